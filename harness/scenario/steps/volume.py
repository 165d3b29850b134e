"""`repeat: 500` and `generate: 500`: many rows from few; no more of them are in memory than are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.codecs.types import Type
from harness.location import Location
from harness.rows import Cell, LazyRows, Row, Rows
from harness.scenario import variables
from harness.scenario.model import Place
from harness.scenario.problems import Problems
from harness.scenario.rows import columns, generate
from harness.scenario.steps import field_types, row_checks, step_rows
from harness.scenario.steps.surroundings import Surroundings
from harness.scenario.yaml.reader import Fields

MOST = 10_000_000
"""Rows that one step can make; a scenario with more of them is no test any more."""


def read(fields: Fields, surroundings: Surroundings, place: Place | None, verb: str) -> Rows | None:
    """The rows that a step writes, or None where there are none or they cannot be read (then noted).

    Args:
        fields: The step.
        surroundings: What it is read against.
        place: Where the rows go; None where that is not known.
        verb: The step's verb.
    """
    problems = surroundings.problems
    if "repeat" in fields and "generate" in fields:
        problems.add(
            fields.where("generate"), "`repeat` and `generate` both say how many", "leave one of them out"
        )
        return None
    many = "repeat" in fields or "generate" in fields
    inside = replace(surroundings, cells=replace(surroundings.cells, counted=True)) if many else surroundings
    if "generate" in fields:
        return _generated(fields, inside, place, verb)
    rows = step_rows.read(fields, inside, place, if_none=f"a `{verb}` of nothing can be left out")
    if rows is None:
        return None
    row_checks.check(rows, verb, place, surroundings)
    return _repeated(fields, rows, surroundings) if many else rows


def fill(row: Row, n: int) -> Row:
    """The row with `${n}` filled in."""
    return Row({name: _fill(cell, str(n)) for name, cell in row.cells.items()}, row.location)


def _fill(cell: Cell, number: str) -> Cell:
    if isinstance(cell.items, Mapping):
        return replace(cell, items={name: _fill(item, number) for name, item in cell.items.items()})
    if cell.items is not None:
        return replace(cell, items=tuple(_fill(item, number) for item in cell.items))
    if "${" not in cell.text:
        return cell
    text = variables.fill(cell.text, {variables.COUNTER: number})
    return replace(cell, text=variables.unescape(text))


def _repeated(fields: Fields, rows: Rows, surroundings: Surroundings) -> Rows | None:
    times = _count(fields, "repeat", surroundings)
    if times is None:
        return None
    if times * len(rows) > MOST:
        message = f"`repeat` would make {times * len(rows):,} rows of {len(rows):,}"
        surroundings.problems.add(fields.where("repeat"), message, f"a step makes {MOST:,} at most")
        return None

    def walk() -> Iterator[Row]:
        for n in range(1, times + 1):
            for row in rows:
                yield fill(row, n)

    return replace(rows, rows=LazyRows(walk, times * len(rows)))


def _count(fields: Fields, key: str, surroundings: Surroundings) -> int | None:
    count = fields.integer(key, least=1)
    if count is not None and count > MOST:
        message = f"`{key}: {count}` is more than a step can make"
        surroundings.problems.add(fields.where(key), message, f"{MOST:,} rows at most")
        return None
    return count


def _generated(fields: Fields, surroundings: Surroundings, place: Place | None, verb: str) -> Rows | None:
    problems = surroundings.problems
    before = len(problems)
    count = _count(fields, "generate", surroundings)
    for key in ("file", "sheet", "blank"):
        if key in fields:
            hint = "one row of `rows` can fix fields"
            problems.add(fields.where(key), f"`{key}` has no meaning for rows that are generated", hint)
    written = step_rows.read_inline(fields, surroundings.cells)
    if written is not None and len(written) > 1:
        hint = "`<one of a or b>` chooses between values"
        problems.add(written.rows[1].location, "rows are generated from one row, and here is another", hint)
    fixed = written.rows[0] if written is not None and len(written) else None
    if place is None or len(problems) > before:
        return None
    location = written.location if written is not None else fields.where("generate")
    head = {} if written is None else dict(written.columns)
    if written is not None:
        row_checks.check(replace(written, rows=()), "send", place, surroundings)
    template = _template(place, surroundings, fixed, location)
    _check_template(template, fields, place, verb, problems)
    for name, cell in template.fixed.items():
        fault = generate.fault(cell, template.type_of(name))
        if fault is not None:
            problems.add(fault.location or cell.location, fault.message, fault.hint)
    if count is None or len(problems) > before:
        return None
    for name in template.fields:
        head.setdefault(name, location)
    seed = surroundings.seeds.next()
    rows = LazyRows(lambda: map(fill, generate.rows(template, seed, count), range(1, count + 1)), count)
    return Rows(head, rows, location, seed)


def _template(
    place: Place, surroundings: Surroundings, fixed: Row | None, location: Location
) -> generate.Template:
    record = field_types.record(place, surroundings)
    if record is not None:
        fields = record.resolved().fields
        types: dict[str, Type] = {columns.from_quoted(name): type_ for name, type_ in fields}
    else:
        types = {} if place.format == "raw" else field_types.declared(place)
    cells = {} if fixed is None else dict(fixed.cells)
    if "$value" in cells:
        types = {}
    return generate.Template(
        fields=types,
        fixed=cells,
        key=place.key,
        event_time=place.event_time,
        nulls=record is not None,
        location=location,
    )


def _check_template(
    template: generate.Template, fields: Fields, place: Place, verb: str, problems: Problems
) -> None:
    """Note what nothing says how to make."""
    where = fields.where("generate")
    if not template.fields and not template.fixed:
        hint = "give it `schema` or `columns`, or one row of `rows` that names all fields"
        problems.add(where, f"nothing says what fields `{place.name}` has", hint)
        return
    named = {*template.fields, *template.fixed}
    time = place.event_time
    is_made = time in named or "$at" in named or "$value" in named
    if time and time != "$at" and not is_made and template.type_of(time) is None:
        hint = f"add it to `columns` or `times`, or fix it: `| {time} |`"
        problems.add(where, f"nothing says how `{time}` holds its time", hint)
    if verb in ("put", "remove"):
        for field in place.key:
            if field not in named and "$key" not in named:
                hint = f"fix it in a row, as in `{field}: k${{n}}`"
                problems.add(where, f"nothing says what the key `{field}` is", hint)
