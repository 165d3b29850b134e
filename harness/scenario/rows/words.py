"""The arguments of the `<word ...>` forms, checked as far as no type is needed."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import TypeAlias

from harness.rows import Word

Fault: TypeAlias = "tuple[str, str | None]"
"""What is wrong with an argument, and the edit that mends it."""

NO_ARGUMENT = frozenset({Word.ANY, Word.NOT_NULL, Word.ABSENT, Word.UUID})
_EXAMPLES = {
    Word.REGEX: "<regex decl.*>",
    Word.NEAR: "<near 12.5 by 0.01>",
    Word.BETWEEN: "<between 1 and 9>",
    Word.AFTER: "<after T>",
    Word.BEFORE: "<before T+1m>",
    Word.ONE_OF: "<one of a or b>",
    Word.UNORDERED: '<unordered ["a", "b"]>',
    Word.JSON: '<json {"a": 1}>',
    Word.SAME: "<same id>",
    Word.HEX: "<hex 00ff>",
    Word.BASE64: "<base64 AP8=>",
}
VERBATIM = frozenset({Word.TEXT, Word.REGEX})
"""Words whose argument keeps its outer spaces, all but the one behind the word."""

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_DURATION = r"(?:\d+(?:ms|s|m|h|d))+"
_TIME = rf"T(?:[+-]{_DURATION})?|\d{{4}}-\d\d-\d\d\S*(?: \d\d:\S+)?|\d\d:\d\d\S*"
NUMBER = re.compile(_NUMBER)
_IS_DISTANCE = re.compile(rf"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|{_DURATION}")
_IS_ORDERED = re.compile(rf"{_NUMBER}|{_TIME}")
_IS_NAME = re.compile(r"[^\W\d][\w-]*")


def fault(word: Word, argument: str) -> Fault | None:
    """What is wrong with `<word argument>`, or None.

    An argument with `${...}` in it is not judged, as it is not complete.
    """
    name = word.value
    if word in NO_ARGUMENT:
        return (f"`<{name}>` takes no argument", f"write `<{name}>`") if argument else None
    if not argument.strip():
        return _missing(word)
    if "${" in argument:
        return None
    check = _CHECKS.get(word)
    return check(name, argument) if check else None


def _missing(word: Word) -> Fault:
    if word is Word.TEXT:
        return "`<text>` needs the text", 'empty text is written `""`'
    return f"`<{word.value}>` needs an argument", f"as in `{_EXAMPLES.get(word, f'<{word.value} 1>')}`"


def _check_regex(_name: str, argument: str) -> Fault | None:
    try:
        re.compile(argument)
    except (re.error, RecursionError, OverflowError) as error:
        return f"`{argument}` is no regular expression: {error}", None
    return None


def _check_near(_name: str, argument: str) -> Fault | None:
    value, by, distance = argument.rpartition(" by ")
    if not by:
        return "`<near>` needs `by` and how far off is near", f"as in `<near {argument} by 0.01>`"
    if not _IS_ORDERED.fullmatch(value.strip()):
        return f"`{value.strip()}` is neither a number nor a time", None
    if not _IS_DISTANCE.fullmatch(distance.strip()):
        return f"`{distance.strip()}` is no distance", "write a number such as `0.01`, or for times `5s`"
    return None


def _check_between(_name: str, argument: str) -> Fault | None:
    least, joint, most = (part.strip() for part in argument.partition(" and "))
    if not joint or not least or not most:
        return "`<between>` needs both ends", "as in `<between 1 and 9>`"
    for end in (least, most):
        if not _IS_ORDERED.fullmatch(end):
            return f"`{end}` is neither a number nor a time", None
    if NUMBER.fullmatch(least) and NUMBER.fullmatch(most) and float(least) > float(most):
        return "the ends of `<between>` are the wrong way round", f"write `<between {most} and {least}>`"
    return None


def _check_ordered(_name: str, argument: str) -> Fault | None:
    if _IS_ORDERED.fullmatch(argument):
        return None
    return f"`{argument}` is neither a number nor a time", "times are `T`, `T+5s` or ISO"


def _check_one_of(_name: str, argument: str) -> Fault | None:
    parts = alternatives(argument)
    if len(parts) > 1 and all(parts):
        return None
    wanted = (
        " or ".join(re.split(r"\s*[,|]\s*", argument))
        if re.search(r"[,|]", argument)
        else f"{argument} or ..."
    )
    return "`<one of>` needs at least two values with `or` between them", f"write `<one of {wanted}>`"


def _check_unordered(name: str, argument: str) -> Fault | None:
    bad = _check_json(name, argument)
    if bad:
        return bad
    if not isinstance(json.loads(argument), list):
        return "`<unordered>` needs a list", 'as in `<unordered ["a", "b"]>`'
    return None


def _check_json(name: str, argument: str) -> Fault | None:
    try:
        json.loads(argument)
    except json.JSONDecodeError as error:
        return f"the argument of `<{name}>` is no JSON: {error.msg.lower()} (character {error.pos + 1})", None
    except (ValueError, RecursionError):
        return f"the argument of `<{name}>` is no JSON that can be read", None
    return None


def _check_same(_name: str, argument: str) -> Fault | None:
    if _IS_NAME.fullmatch(argument):
        return None
    return f"`{argument}` is no name", "a name is letters, digits, `_` and `-`, as in `<same trip_id>`"


def _check_hex(_name: str, argument: str) -> Fault | None:
    digits = argument.replace(" ", "")
    odd = re.search(r"[^0-9a-fA-F]", digits)
    if odd:
        return f"`{odd.group()}` is no hexadecimal digit", "as in `<hex 00 ff>`"
    return ("`<hex>` needs two digits for each byte", "as in `<hex 00 ff>`") if len(digits) % 2 else None


def _check_base64(_name: str, argument: str) -> Fault | None:
    try:
        base64.b64decode(argument.encode(), validate=True)
    except (binascii.Error, ValueError):
        return f"`{argument}` is no base64", "as in `<base64 AP8=>`"
    return None


_CHECKS: dict[Word, Callable[[str, str], Fault | None]] = {
    Word.REGEX: _check_regex,
    Word.NEAR: _check_near,
    Word.BETWEEN: _check_between,
    Word.AT_LEAST: _check_ordered,
    Word.AT_MOST: _check_ordered,
    Word.AFTER: _check_ordered,
    Word.BEFORE: _check_ordered,
    Word.ONE_OF: _check_one_of,
    Word.UNORDERED: _check_unordered,
    Word.JSON: _check_json,
    Word.SAME: _check_same,
    Word.HEX: _check_hex,
    Word.BASE64: _check_base64,
}


def alternatives(argument: str) -> tuple[str, ...]:
    """The values of `<one of A or B>`."""
    return tuple(part.strip() for part in argument.split(" or "))
