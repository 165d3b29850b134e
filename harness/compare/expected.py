"""A cell of an expected row as a value or a matcher: reads what stands inside of `<word ...>`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from harness.codecs.cell_error import CellError
from harness.codecs.cells import read_cell
from harness.codecs.json_cells import json_cell, word_cell
from harness.codecs.moments import Moment, read_duration
from harness.codecs.numbers import read_decimal
from harness.codecs.types import NUMBERS, TIMES, Type, TypeKind
from harness.compare import matchers
from harness.compare.matchers import Bound, Matcher, Range
from harness.compare.show import show
from harness.rows import Cell, Word

_WRITTEN_OUT = frozenset({TypeKind.JSON, TypeKind.ARRAY, TypeKind.MAP, TypeKind.RECORD})
_NAME = re.compile(r"[^\W\d][\w-]*")
_HOLDS_TEXT = frozenset({TypeKind.TEXT, TypeKind.ENUM, TypeKind.JSON})


def expect_cell(cell: Cell, type_: Type | None, clock: Moment) -> object | Matcher:
    """What a cell expects of a field of that type: a value, or a matcher.

    Raises:
        CellError: if it is neither, or a matcher that such a field can never fit.
    """
    try:
        return _expect(cell, type_, clock)
    except CellError as error:
        raise error.at(cell.location) from None


def _expect(cell: Cell, type_: Type | None, clock: Moment) -> object:
    if type_ is not None:
        type_ = type_.resolved()
        if type_.kind is TypeKind.UNION and not cell.is_null:
            return _of_first_branch(cell, type_, clock)
    if cell.word is not None and cell.is_matcher:
        return _WORDS[cell.word](cell, type_, clock)
    opened = _opened(cell, type_)
    if not _holds_matcher(opened):
        return read_cell(opened, type_, clock)
    if isinstance(opened.items, Mapping):
        fields = dict(type_.fields) if type_ else {}
        others = type_.of if type_ else None
        if type_ is not None and type_.kind not in (TypeKind.RECORD, TypeKind.MAP, TypeKind.JSON):
            raise CellError(f"a mapping is no {type_.kind.value}")
        return matchers.RecordOf(
            {n: expect_cell(c, fields.get(n, others), clock) for n, c in opened.items.items()}
        )
    if type_ is not None and type_.kind not in (TypeKind.ARRAY, TypeKind.JSON):
        raise CellError(f"a list is no {type_.kind.value}")
    inner = type_.of if type_ else None
    return matchers.ListOf(tuple(expect_cell(item, inner, clock) for item in opened.items or ()))


def _of_first_branch(cell: Cell, type_: Type, clock: Moment) -> object:
    """As the first branch that can read the cell, the way it is sent."""
    if not _holds_matcher(cell) and cell.text[:1] not in ("[", "{"):
        return read_cell(cell, type_, clock)
    for branch in type_.choices:
        try:
            return _expect(cell, branch, clock)
        except CellError:
            continue
    raise CellError(f"`{cell.shown() or 'this'}` fits none of {type_}")


def _opened(cell: Cell, type_: Type | None) -> Cell:
    """The cell with JSON that is typed into it taken apart, where its field can hold such."""
    written_out = type_ is None or type_.kind in _WRITTEN_OUT
    if cell.items is None and cell.word is None and written_out and cell.text[:1] in ("[", "{"):
        typed_so = type_ is not None and type_.kind is not TypeKind.JSON
        if not cell.quoted or typed_so:
            return json_cell(cell.text, cell.location)
    return cell


def _holds_matcher(cell: Cell) -> bool:
    if cell.is_matcher:
        return True
    items = cell.items.values() if isinstance(cell.items, Mapping) else cell.items or ()
    return any(_holds_matcher(item) for item in items)


def _bare(make: Callable[[], Matcher]) -> Callable[[Cell, Type | None, Moment], Matcher]:
    def read(cell: Cell, _: Type | None, __: Moment) -> Matcher:
        if cell.text:
            raise CellError(f"`{cell.shown()}` takes nothing behind its word", f"write `{make()}`")
        return make()

    return read


def _regex(cell: Cell, type_: Type | None, _: Moment) -> Matcher:
    _needs(cell, type_, _HOLDS_TEXT | {TypeKind.UUID}, "text")
    try:
        return matchers.Regex(re.compile(cell.text))
    except re.error as error:
        raise CellError(f"`{cell.text}` is no regular expression: {error.msg}") from None


def _uuid(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    _needs(cell, type_, _HOLDS_TEXT | {TypeKind.UUID}, "text or a uuid")
    return _bare(matchers.AnyUuid)(cell, type_, clock)


def _near(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    value_text, by_text = _pieces(cell, "by", 2)
    value = _bound(cell, value_text, type_, clock)
    if isinstance(value, time):
        raise CellError(f"`{cell.shown()}` cannot be used for a time of day", "use `<between A and B>`")
    by = read_decimal(by_text) if isinstance(value, Decimal) else read_duration(by_text)
    if (isinstance(by, Decimal) and by < 0) or by == timedelta():
        raise CellError(f"`{by_text}` is no distance")
    if type(value) is date and isinstance(by, timedelta) and by % timedelta(days=1):
        raise CellError(f"`{by_text}` is no number of days, and the field is a date")
    try:
        return matchers.around(value, by, f"near {show(value)} by {by_text}")
    except ValueError as error:
        raise CellError(f"`{cell.shown()}` cannot be used: {error}") from None


def _between(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    low, high = (_bound(cell, piece, type_, clock) for piece in _pieces(cell, "and", 2))
    if low > high:  # type: ignore[operator]  # both are of the field's kind
        raise CellError(f"nothing is {cell.shown()[1:-1]}", f"write `<between {show(high)} and {show(low)}>`")
    return Range(low, high, f"between {show(low)} and {show(high)}")


def _at_least(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    low = _bound(cell, cell.text, type_, clock)
    return Range(low, None, f"at least {show(low)}")


def _at_most(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    high = _bound(cell, cell.text, type_, clock)
    return Range(None, high, f"at most {show(high)}")


def _after(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    low = _bound(cell, cell.text, type_, clock)
    return Range(low, None, f"after {show(low)}", strict=True)


def _before(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    high = _bound(cell, cell.text, type_, clock)
    return Range(None, high, f"before {show(high)}", strict=True)


def _one_of(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    pieces = _pieces(cell, "or", None)
    return matchers.OneOf(tuple(_literal(cell, piece, type_, clock) for piece in pieces))


def _not(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    return matchers.Not(_literal(cell, _pieces(cell, "", 1)[0], type_, clock))


def _unordered(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    _needs(cell, type_, frozenset({TypeKind.ARRAY, TypeKind.JSON}), "a list")
    opened = json_cell(cell.text, cell.location)
    if isinstance(opened.items, Mapping) or opened.items is None:
        raise CellError(f"`{cell.text}` is no list", 'such as `<unordered ["a", "b"]>`')
    inner = type_.of if type_ else None
    return matchers.Unordered(tuple(expect_cell(item, inner, clock) for item in opened.items))


def _json(cell: Cell, type_: Type | None, clock: Moment) -> Matcher:
    _needs(cell, type_, _HOLDS_TEXT, "text")
    value = expect_cell(json_cell(cell.text, cell.location), None, clock)
    return matchers.JsonText(value, structured=type_ is not None and type_.kind is TypeKind.JSON)


def _same(cell: Cell, _: Type | None, __: Moment) -> Matcher:
    if not _NAME.fullmatch(cell.text):
        fact = f"`{cell.text}` is no name" if cell.text else f"`{cell.shown()}` is not complete"
        raise CellError(fact, f"its form is `{_FORMS[Word.SAME]}`, a name of letters, digits, `_` and `-`")
    return matchers.Same(cell.text)


def _needs(cell: Cell, type_: Type | None, kinds: frozenset[TypeKind], what: str) -> None:
    # Failing here, before anything runs, beats a matcher that can never fit.
    if type_ is not None and type_.kind not in kinds:
        raise CellError(f"`{cell.shown()}` needs {what}, and the field is {type_}")


def _bound(cell: Cell, text: str, type_: Type | None, clock: Moment) -> Bound:
    if type_ is None or type_.kind in NUMBERS or type_.kind is TypeKind.JSON:
        try:
            return read_decimal(text)
        except CellError as error:
            if type_ is not None and type_.kind in NUMBERS:
                raise
            hint = error.hint or "a time needs a type: name the field under `columns:` in the pipeline file"
            raise CellError(error.message, hint) from None
    _needs(cell, type_, TIMES, "a number or a time")
    value = read_cell(Cell(text=text, location=cell.location), type_, clock)
    if not isinstance(value, datetime | date | time):
        raise CellError(f"`{text}` cannot be ordered")
    return value


def _literal(cell: Cell, text: str, type_: Type | None, clock: Moment) -> object:
    word = word_cell(text, cell.location)
    if word is not None and word.is_matcher:
        raise CellError(f"`{text}` cannot stand inside of another matcher")
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    piece = word or Cell(text=text[1:-1] if quoted else text, location=cell.location, quoted=quoted)
    return read_cell(piece, type_, clock)


def _pieces(cell: Cell, joint: str, count: int | None) -> Sequence[str]:
    """What stands between the joints (` or `, ` and `, ` by `), outside of double quotes."""
    pieces, start, quoted = [], 0, False
    mark = f" {joint} " if joint else None
    for position, char in enumerate(cell.text):
        if char == '"':
            quoted = not quoted
        elif mark and not quoted and position >= start and cell.text.startswith(mark, position):
            pieces.append(cell.text[start:position].strip())
            start = position + len(mark)
    pieces.append(cell.text[start:].strip())
    if "" in pieces or (count is not None and len(pieces) != count):
        form = _FORMS[cell.word] if cell.word else ""
        raise CellError(f"`{cell.shown()}` is not complete", f"its form is `{form}`")
    return pieces


_FORMS = {
    Word.NEAR: "<near 12.5 by 0.01>",
    Word.BETWEEN: "<between A and B>",
    Word.ONE_OF: "<one of A or B>",
    Word.NOT: "<not A>",
    Word.SAME: "<same NAME>",
}

_WORDS: dict[Word, Callable[[Cell, Type | None, Moment], Matcher]] = {
    Word.ANY: _bare(matchers.Anything),
    Word.NOT_NULL: _bare(matchers.NotNull),
    Word.ABSENT: _bare(matchers.Absent),
    Word.REGEX: _regex,
    Word.UUID: _uuid,
    Word.NEAR: _near,
    Word.BETWEEN: _between,
    Word.AT_LEAST: _at_least,
    Word.AT_MOST: _at_most,
    Word.AFTER: _after,
    Word.BEFORE: _before,
    Word.ONE_OF: _one_of,
    Word.NOT: _not,
    Word.UNORDERED: _unordered,
    Word.JSON: _json,
    Word.SAME: _same,
}
