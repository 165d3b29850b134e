"""An expectation with other rows or another count in it; not a byte changes beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from harness.location import Location
from harness.scenario.rewrite.edits import Edit, FileText
from harness.scenario.rewrite.list_slots import JsonSlots, YamlSlots
from harness.scenario.rewrite.row_slots import CannotRewrite, NewRow, Slots, Spelling, replaced
from harness.scenario.rewrite.spans import EntrySpan, ListSpan, MapSpan, removal, step_at
from harness.scenario.rewrite.table_slots import DelimitedSlots, TableSlots

Edits: TypeAlias = Mapping[Path, tuple[Edit, ...]]
"""What changes in which file."""
_GIVERS = ("rows", "new_rows", "changes", "file")
_NEEDS_ROWS = ("match", "all_columns", "tolerance", "count", "blank", "sheet")
"""What says nothing in an expectation without rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """What an expectation shall say.

    Attributes:
        location: Where its `expect` stands.
        rows: All its rows, in their order, or None where they stay.
        spelling: How values are written; needed with `rows`.
        count: How many rows it shall count, or None where that stays.
    """

    location: Location
    rows: tuple[NewRow, ...] | None = None
    spelling: Spelling | None = None
    count: int | None = None


def edits_of(rewrite: Rewrite, text_of: Callable[[Path], FileText]) -> Edits:
    """The edits that make an expectation say it.

    Raises:
        CannotRewrite: It cannot be written so; the reason is the message.
    """
    path = rewrite.location.path
    text = text_of(path)
    step = step_at(text, rewrite.location)
    if step is None:
        raise CannotRewrite("the expectation is not where it was", location=rewrite.location)
    edits: dict[Path, tuple[Edit, ...]] = {}
    if rewrite.rows is not None:
        assert rewrite.spelling is not None
        if rewrite.rows:
            edits = _rows(text, step, rewrite.rows, rewrite.spelling, text_of)
        else:
            return {path: tuple(_emptied(text, step))}
    if rewrite.count is not None:
        edits[path] = (*edits.get(path, ()), *_counted(step, rewrite.count))
    return edits


def _rows(
    text: FileText,
    step: MapSpan,
    rows: tuple[NewRow, ...],
    spelling: Spelling,
    text_of: Callable[[Path], FileText],
) -> dict[Path, tuple[Edit, ...]]:
    entry = _giver(step)
    path = spelling.rows.location.path
    known = spelling.rows.columns
    more = list(dict.fromkeys(name for row in rows for name in row.values if name not in known))
    slots: Slots
    if entry.key.text == "file":
        text = text_of(path)
        slots = _file_slots(text, path, step, spelling, more)
    elif isinstance(entry.value, ListSpan):
        slots = YamlSlots(text, entry.value, spelling)
    else:
        first = text.line_of(entry.value.start) + 1
        slots = TableSlots(text, range(first, text.line_of(entry.value.end) + 1), spelling, more)
    if list(slots.places()) != [row.location for row in spelling.rows]:
        raise CannotRewrite("its rows are not where they were", location=spelling.rows.location)
    return {path: tuple(replaced(slots, rows))}


def _file_slots(text: FileText, path: Path, step: MapSpan, spelling: Spelling, more: list[str]) -> Slots:
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        if more:
            named = ", ".join(f"`{name}`" for name in more)
            raise CannotRewrite(f"the file has no column {named}", location=spelling.rows.location)
        return DelimitedSlots(text, spelling, blank_is_null=step.entry("blank") is not None)
    if ending in (".json", ".jsonl"):
        return JsonSlots(text, spelling, lines=ending == ".jsonl")
    fact = f"a {ending} file is not rewritten"
    raise CannotRewrite(fact, hint="save it as .csv, or edit it by hand", location=spelling.rows.location)


def _giver(step: MapSpan) -> EntrySpan:
    return next(entry for entry in step.entries if entry.key.text in _GIVERS)


def _emptied(text: FileText, step: MapSpan) -> list[Edit]:
    """`empty: true` in the place of rows, and nothing about rows beside it."""
    giver = _giver(step)
    edits = [Edit(giver.start, giver.end, "empty: true")]
    gone = [n for n, entry in enumerate(step.entries) if entry.key.text in _NEEDS_ROWS]
    kept = max(n for n in range(len(step.entries)) if n not in gone)
    for number in gone:
        if number < kept:
            edits.append(removal(text, step, number))
        else:
            before = step.entries[number - 1].end
            start = before if step.flow else text.line_end(text.line_of(before))
            edits.append(Edit(start, step.entries[number].end, ""))
    return edits


def _counted(step: MapSpan, count: int) -> list[Edit]:
    entry = step.entry("count")
    if entry is not None:
        return [Edit(entry.value.start, entry.value.end, str(count))]
    empty = step.entry("empty")
    assert empty is not None
    return [Edit(empty.start, empty.end, f"count: {count}")]
