"""JSON typed into a cell, as nested cells: every number keeps its text until a type reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.codecs.cell_error import CellError
from harness.rows import Cell, Word

if TYPE_CHECKING:
    from harness.location import Location

_LONGEST_FIRST = sorted(Word, key=lambda word: -len(word.value))


class _Number(str):
    """The text of a JSON number or constant, told apart from JSON text."""

    __slots__ = ()


def json_cell(text: str, location: Location) -> Cell:
    """The cell that this JSON text is; text in it that is wholly `<word ...>` is that word.

    Raises:
        CellError: if it is no JSON.
    """
    try:
        value: object = json.loads(
            text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_record
        )
    except json.JSONDecodeError as error:
        where = f"at character {error.pos + 1}"
        raise CellError(
            f"`{_short(text)}` is no JSON: {error.msg[:1].lower()}{error.msg[1:]} {where}",
            "put it in double quotes if it is text",
            location,
        ) from None
    except RecursionError:
        raise CellError(f"`{_short(text)}` is nested too deep", None, location) from None
    except CellError as error:
        raise error.at(location) from None
    return _cell(value, location)


def word_cell(text: str, location: Location) -> Cell | None:
    """The cell of a text that is wholly `<word ...>`, or None if it is not of that form.

    Raises:
        CellError: if the word is unknown or its `>` is missing.
    """
    if not text.startswith("<"):
        return None
    inner = text[1:-1]
    for word in _LONGEST_FIRST:
        if inner == word.value or inner.startswith(f"{word.value} "):
            if not text.endswith(">"):
                raise CellError(f"`{text}` has no closing `>`", f"write `{text}>`", location)
            return Cell(text=inner[len(word.value) + 1 :], location=location, quoted=True, word=word)
    if text.endswith(">"):
        raise CellError(
            f"`{text}` has no word that is known", f"write `<text {text}>` if it is text", location
        )
    return None


def _record(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record: dict[str, object] = {}
    for name, value in pairs:
        if name in record:
            raise CellError(f"the key `{name}` is there twice")
        record[name] = value
    return record


def _cell(value: object, location: Location) -> Cell:
    match value:
        case dict():
            items = {str(name): _cell(item, location) for name, item in value.items()}
            return Cell(text="", location=location, items=items)
        case list():
            return Cell(text="", location=location, items=tuple(_cell(item, location) for item in value))
        case _Number():
            return Cell(text=str(value), location=location)
        case str():
            return word_cell(value, location) or Cell(text=value, location=location, quoted=True)
        case None:
            return Cell(text="null", location=location)
        case _:
            return Cell(text="true" if value else "false", location=location)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
