"""Instants and durations as a user writes them."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from harness.codecs.cell_error import CellError
from harness.codecs.moments import read_instant

NOW = "now"
_INSTANT = re.compile(
    r"(?P<local>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(?P<offset>Z|[+-]\d\d:?\d\d)?"
    r"(?:\[(?P<zone>[\w+/-]+)\])?"
)
_DURATION = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d))+")
_PART = re.compile(r"([\d.]+)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def instant(text: str) -> str:
    """The ISO instant with offset that `text` writes; a zone in `[...]` is turned into its offset.

    Raises:
        ValueError: It is no instant; the message is the fact. Of a local time that its zone has twice or
            not at all it is a CellError, with both offsets as its hint.
    """
    match = _INSTANT.fullmatch(text)
    if not match:
        raise ValueError(f"`{text}` is no instant")
    try:
        datetime.fromisoformat(match["local"] + (match["offset"] or ""))
        if match["zone"]:
            zone = ZoneInfo(match["zone"])
            return read_instant(text.replace(",", ".")).astimezone(zone).isoformat()
    except CellError:
        raise
    except (ValueError, OverflowError, OSError, LookupError) as error:
        known = "zone" if match["zone"] and "zone" in str(error).lower() else "instant"
        what = match["zone"] if known == "zone" else text
        raise ValueError(f"`{what}` is no {'time zone' if known == 'zone' else 'instant'}") from error
    if not match["offset"]:
        raise ValueError(f"`{text}` has no offset")
    return text.replace(" ", "T")


def duration_s(text: str) -> float:
    """The seconds of `30s`, `3m` or `1m30s`.

    Raises:
        ValueError: It is no duration; the message is the fact.
    """
    if not _DURATION.fullmatch(text):
        raise ValueError(f"`{text}` is no duration")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
