"""The records on which a job may have failed: what it reads again and again and does not get past."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from harness.diagnosis import Suspect
from harness.errors import HarnessError
from harness.evidence import masked
from harness.flink.contents import Partition
from harness.flink.watch import JobFailed
from harness.sinks.kafka import raw_records
from harness.sinks.raw_record import RawRecord, text_of

MOST_READ = 10_000
"""So many records behind the last checkpoint are looked at."""
MOST_NAMED = 5
MOST_TEXT = 200
SHORTEST = 3
"""A value with fewer characters is in many messages by chance."""

_CONSUMED = re.compile(
    r"ConsumerRecord\(topic = (?P<topic>\S+?), partition = (?P<partition>\d+),.*? offset = (?P<offset>\d+),"
)


def suspects(bootstrap: str, failed: JobFailed) -> tuple[Suspect, ...]:
    """The records that a failed job has not got past; one that is known to be the one alone.

    A job that starts again reads again what came after its last checkpoint. One of these records is the
    one, unless no record is: Flink's own message names it, or holds it, or it is the only one.

    Args:
        bootstrap: The broker.
        failed: How the job failed.
    """
    cause = failed.cause
    if cause is None or not cause.reason.of_record:
        return ()
    try:
        behind = list(itertools.islice(_behind(bootstrap, failed.resumes), MOST_READ))
    except HarnessError:
        return ()
    text = cause.stacktrace
    named = _CONSUMED.search(text)
    if named:
        place = (named["topic"], int(named["partition"]), int(named["offset"]))
        found = [record for record in behind if (record.topic, record.partition, record.offset) == place]
        return tuple(_suspect(record, sure=True) for record in found)
    quoted = [record for record in behind if _payload(record) and _payload(record) in text]
    if len(quoted) == 1 or len(behind) == 1:
        return (_suspect((quoted or behind)[0], sure=True),)
    held = [record for record in behind if any(_says(cause.message, value) for value in _values(record))]
    read = [r for r in behind if r.offset <= failed.positions.get((r.topic, r.partition), -1)]
    chosen = held if len(held) == 1 else read or behind
    return tuple(_suspect(record, sure=False) for record in chosen)


def without_secrets(suspect: Suspect, secrets: Sequence[str]) -> Suspect:
    """The record as it may be shown."""
    key, value = (text if text is None else masked(text, secrets) for text in (suspect.key, suspect.value))
    return replace(suspect, key=key, value=value)


def told(found: Sequence[Suspect]) -> str | None:
    """The suspects in words, or None where there are none."""
    if not found:
        return None
    if len(found) == 1:
        return f"it fails {'' if found[0].sure else 'most likely '}on {_line(found[0])}"
    more = len(found) - MOST_NAMED
    lines = [f"  {_line(suspect)}" for suspect in found[:MOST_NAMED]]
    return "\n".join(
        [
            f"it fails on one of these {len(found)} records, or on none of them:",
            *lines,
            *([f"  ... and {more} more"] if more > 0 else []),
        ]
    )


def _line(suspect: Suspect) -> str:
    key = f", key {suspect.key}" if suspect.key is not None else ""
    value = "a tombstone" if suspect.value is None else suspect.value
    return f"{suspect.topic}[{suspect.partition}]@{suspect.offset}{key}: {value}"


def _behind(bootstrap: str, resumes: Mapping[Partition, int]) -> Iterator[RawRecord]:
    for topic, places in itertools.groupby(sorted(resumes.items()), key=lambda place: place[0][0]):
        # Negative: from the beginning on.
        starts = {partition: max(0, offset) for (_, partition), offset in places}
        yield from raw_records(bootstrap, topic, "read_committed", starts)


def _payload(record: RawRecord) -> str:
    text = text_of(record.value)
    return text if isinstance(text, str) and len(text) >= SHORTEST else ""


def _says(message: str, value: str) -> bool:
    """Whether a message holds a value as a word of its own."""
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", message) is not None


def _values(record: RawRecord) -> Iterator[str]:
    """What stands in the fields of a record that is JSON."""
    try:
        fields = json.loads(record.value or b"null")
    except ValueError:
        return
    values = fields.values() if isinstance(fields, dict) else [fields]
    yield from (text for value in values if len(text := str(value)) >= SHORTEST)


def _suspect(record: RawRecord, *, sure: bool) -> Suspect:
    return Suspect(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=None if record.key is None else _short(record.key),
        value=None if record.value is None else _short(record.value),
        sure=sure,
    )


def _short(data: bytes) -> str:
    text = text_of(data)
    shown = text if isinstance(text, str) else f"<hex {data.hex()}>"
    return shown if len(shown) <= MOST_TEXT else f"{shown[:MOST_TEXT]} ... ({len(data)} bytes)"
