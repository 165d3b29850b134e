"""`send`, `put` and `remove`: rows that are written."""

from __future__ import annotations

from harness.rows import Rows
from harness.scenario import columns, schemas, step_rows, vocabulary
from harness.scenario.language.choices import CHANGELOG_FORMATS
from harness.scenario.model import Mode, Place, Put, Remove, Send, Step, System
from harness.scenario.nodes import MapNode, Scalar
from harness.scenario.places import Role
from harness.scenario.reader import Fields
from harness.scenario.surroundings import Surroundings, find_place

_WORDS = {"send": vocabulary.SEND, "put": vocabulary.PUT, "remove": vocabulary.REMOVE}


def read(node: MapNode, verb: str, surroundings: Surroundings) -> Step | None:
    """The step, or None where it cannot be used; why is noted."""
    problems = surroundings.problems
    fields = Fields(node, _WORDS[verb], problems)
    before = len(problems)
    target = fields.scalar(verb)
    if target is None:
        return None
    place = _find_place(target, verb, surroundings)
    rows = None
    if not fields.unsupported:
        rows = step_rows.read(fields, surroundings, if_none=f"a `{verb}` of nothing can be left out")
        if "rows" not in fields and "file" not in fields:
            problems.add(fields.where(verb), f"`{verb}` needs `rows` or `file`")
    if rows is not None:
        step_rows.check_literal(rows, verb, problems)
        if place is not None:
            _check_rows(rows, verb, place, surroundings)
    if rows is None or len(problems) > before:
        return None
    where = fields.where(verb)
    if verb == "send":
        return Send(source=target.text, rows=rows, location=where)
    if verb == "put":
        return Put(table=target.text, rows=rows, location=where)
    return Remove(table=target.text, rows=rows, location=where)


def _find_place(target: Scalar, verb: str, surroundings: Surroundings) -> Place | None:
    if verb == "send":
        return find_place(target, (Role.SOURCE,), verb, surroundings)
    place = find_place(target, (Role.TABLE, Role.SINK), verb, surroundings)
    if place is not None and place.mode is Mode.APPEND:
        surroundings.problems.add(
            target.location,
            f"`{target.text}` is an append sink, and `{verb}` needs keys",
            "a sink that holds one row per key says `mode: upsert` and its `key`",
        )
        return None
    return place


def _check_rows(rows: Rows, verb: str, place: Place, surroundings: Surroundings) -> None:
    problems = surroundings.problems
    columns.check_about(rows.columns, place.system, problems)
    if "$op" in rows.columns and (verb != "send" or place.format not in CHANGELOG_FORMATS):
        hint = f"the formats of changes are {', '.join(f'`{name}`' for name in CHANGELOG_FORMATS)}"
        problems.add(rows.columns["$op"], f"`$op` is about changes, and `{place.name}` takes rows", hint)
    if verb in ("put", "remove") and not (place.system is System.KAFKA and "$key" in rows.columns):
        step_rows.check_key(rows, place, problems)
    schema = surroundings.schemas.of(place)
    if schema is not None:
        schemas.check_rows(rows, schema, problems)
    elif place.format == "raw":
        for column, location in rows.columns.items():
            if not column.startswith("$"):
                hint = "its payload is `$value`"
                problems.add(location, f"`{place.name}` is raw and has no field `{column}`", hint)
    for row in rows:
        others = [name for name in row.cells if not name.startswith("$")]
        if "$value" in row.cells and others:
            problems.add(
                row.cells["$value"].location,
                f"`$value` is the whole payload, and the row also gives `{others[0]}`",
                "leave its cell empty",
            )
