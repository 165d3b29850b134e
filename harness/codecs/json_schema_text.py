"""Schemas that are JSON: their data, and where in the text a part of it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from harness.codecs.schema_error import SchemaError

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def read(text: str) -> object:
    """The data of a schema's text.

    Raises:
        SchemaError: It is no JSON, or nested too deep.
    """
    try:
        data: object = json.loads(text)
    except json.JSONDecodeError as error:
        fact = f"this is no JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise SchemaError(fact, position=error.pos) from None
    except RecursionError:
        raise SchemaError("the schema is nested too deep") from None
    return data


def position(text: str, path: Sequence[str | int]) -> int:
    """The character at which the value at a path begins; where it leads nowhere, as far as it led."""
    here = _skip(text, 0)
    for step in path:
        found = _member(text, here, step) if isinstance(step, str) else _item(text, here, step)
        if found is None:
            return here
        here = found
    return here


def _member(text: str, here: int, name: str) -> int | None:
    if text[here] != "{":
        return None
    while text[here] in "{,":
        here = _skip(text, here + 1)
        if text[here] != '"':
            return None
        key, after = _DECODER.raw_decode(text, here)
        here = _skip(text, _skip(text, after) + 1)
        if key == name:
            return here
        here = _behind(text, here)
    return None


def _item(text: str, here: int, index: int) -> int | None:
    if text[here] != "[":
        return None
    here = _skip(text, here + 1)
    for _ in range(index):
        here = _behind(text, here)
        if text[here] != ",":
            return None
        here = _skip(text, here + 1)
    return None if text[here] == "]" else here


def _behind(text: str, here: int) -> int:
    """The comma or bracket behind a value."""
    _, after = _DECODER.raw_decode(text, here)
    return _skip(text, after)


def _skip(text: str, here: int) -> int:
    match = _SPACE.match(text, here)
    return match.end() if match else here
