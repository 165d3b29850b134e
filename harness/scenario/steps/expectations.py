"""`expect:`: what a sink must hold."""

from __future__ import annotations

import re

from harness.rows import Cell, Row, Rows
from harness.scenario import vocabulary
from harness.scenario.language.choices import OPERATIONS
from harness.scenario.language.expectations import ROWS_OF, SAYING
from harness.scenario.model import Between, Expectation, ExpectRows, Match, Mode, Place, Scope, System, Text
from harness.scenario.place_words import SHOWN
from harness.scenario.places import schemas
from harness.scenario.places.places import Role
from harness.scenario.problems import Problems
from harness.scenario.rows import columns, kafka_rows, rowlist
from harness.scenario.steps import (
    conserved,
    counts,
    job_expectation,
    row_checks,
    schema_expectation,
    step_rows,
)
from harness.scenario.steps.surroundings import Surroundings, find_place
from harness.scenario.yaml.nodes import MapNode, Scalar
from harness.scenario.yaml.reader import Fields

_NEEDED = "`rows`, `file`, `count` or `empty: true`"
_NUMBER = re.compile(r"\d{1,30}(?:\.\d{1,30})?")


def read(node: MapNode, verb: str, surroundings: Surroundings) -> Expectation | None:
    """An expectation, or None where it cannot be used; why is noted."""
    problems = surroundings.problems
    entry = node.entries[verb]
    target = entry.value
    if not isinstance(target, Scalar) or "conserves" in node.entries:
        return conserved.read(node, surroundings)
    if target.text == "job":
        return job_expectation.read(Fields(node, vocabulary.EXPECT_JOB, problems), surroundings)
    if target.text == "schema":
        return schema_expectation.read(Fields(node, vocabulary.EXPECT_SCHEMA, problems), surroundings)
    return _read_sink(Fields(node, vocabulary.EXPECT_SINK, problems), target, surroundings)


def _read_sink(fields: Fields, target: Scalar, surroundings: Surroundings) -> ExpectRows | None:
    problems = fields.problems
    before = len(problems)
    place = find_place(target, (Role.SINK,), "expect", surroundings)
    given = [key for key in ROWS_OF if key in fields]
    if len(given) > 1 and given != ["rows", "file"]:
        message = f"`{given[0]}` and `{given[1]}` contradict each other"
        problems.add(fields.where(given[1]), message, "an `expect` of its own can say the second")
        return None
    scope = Scope(given[0]) if given and given[0] in ("new_rows", "changes") else Scope.ALL
    rows = step_rows.read(
        fields, surroundings, place, if_none="nothing is expected with `empty: true`", key=scope.value
    )
    expected = ExpectRows(
        sink=target.text,
        location=fields.where("expect"),
        rows=rows,
        scope=scope,
        count=_read_count(fields),
        match=_read_match(fields),
        all_columns=fields.boolean("all_columns") or False,
        tolerance=_read_tolerance(fields),
        each={key.text: rowlist.read_cell(node, surroundings.cells) for key, node in fields.entries("each")},
        unique=fields.names("unique"),
    )
    if not given:
        _check_without_rows(fields, target)
    if place:
        _check_scope(fields, scope, place)
        if expected.match in (Match.ORDERED, Match.ORDERED_BY_KEY):
            _check_order(fields, expected.match, scope, place)
        if rows:
            _check_rows(rows, scope, place, problems)
            row_checks.check_expected(rows, place, surroundings)
        _check_named(fields, expected, place)
    return expected if len(problems) == before else None


def _check_without_rows(fields: Fields, target: Scalar) -> None:
    problems = fields.problems
    for option in ("match", "all_columns", "tolerance"):
        if option in fields:
            problems.add(fields.where(option), f"`{option}` says how `rows` are compared, and there are none")
    if not any(key in fields for key in SAYING):
        hint = f"add {_NEEDED}"
        problems.add(fields.where("expect"), f"nothing is said about `{target.text}`", hint)


def _read_match(fields: Fields) -> Match:
    word = fields.choice("match")
    return Match(word) if word else Match.EXACT


def _read_tolerance(fields: Fields) -> dict[str, Text]:
    tolerance = fields.named_texts("tolerance")
    for text in tolerance.values():
        if not _NUMBER.fullmatch(text.value.strip()):
            fields.problems.add(
                text.location, f"`{text.value}` is no tolerance", "how far a number may be off, as in `0.01`"
            )
    return tolerance


def _check_scope(fields: Fields, scope: Scope, place: Place) -> None:
    """Note what a sink of this mode has not."""
    problems = fields.problems
    where = fields.where(scope.value)
    if scope is Scope.NEW and place.mode is not Mode.APPEND:
        hint = "`rows` are the state now, `changes` what led to it"
        problems.add(where, f"`{place.name}` holds one row per key, and none of them is new", hint)
    elif scope is Scope.CHANGES and place.system in (System.POSTGRES, System.OPENSEARCH, System.DYNAMODB):
        hint = "`rows` are the state now"
        message = f"`{place.name}` is on {SHOWN[place.system]}, which keeps no changes"
        problems.add(where, message, hint)


def _check_named(fields: Fields, expected: ExpectRows, place: Place) -> None:
    """Note fields that the place cannot have in the options that name fields."""
    names = {key.text: key.location for key, _ in fields.entries("each")}
    names |= {key.text: key.location for key, _ in fields.entries("tolerance")}
    names |= {text.value: text.location for text in expected.unique}
    columns.check_about(names, place.system, fields.problems)
    if place.schema is not None:
        schemas.check_fields(names.items(), place.schema.schema, fields.problems)
    if (
        "count" in fields
        and expected.count
        and expected.count.most == 0
        and (expected.each or expected.unique)
    ):
        hint = "leave one of them out"
        fields.problems.add(
            fields.where("count"), "no rows are expected, and something is said of each", hint
        )


def _read_count(fields: Fields) -> Between | None:
    problems = fields.problems
    count = counts.read(fields, "count")
    if "empty" not in fields:
        return count
    if fields.boolean("empty") is False:
        problems.add(fields.where("empty"), "`empty` can only be `true`", "write `count: <at least 1>`")
    for other in (*ROWS_OF, "count", "each", "unique"):
        if other in fields:
            problems.add(
                fields.where("empty"), f"`empty` and `{other}` contradict each other", "leave one of them out"
            )
    return Between(least=0, most=0)


def _check_rows(rows: Rows, scope: Scope, place: Place, problems: Problems) -> None:
    columns.check_about(rows.columns, place.system, problems)
    kafka_rows.check_fields(rows, place, problems)
    if place.schema is not None:
        schemas.check_rows(rows, place.schema.schema, problems)
    if scope is Scope.CHANGES:
        _check_operations(rows, problems)
        return
    if "$op" in rows.columns:
        problems.add(rows.columns["$op"], "`$op` is about changes, and these are rows", "write `changes:`")
    if place.mode is Mode.APPEND or not place.key or any(key not in rows.columns for key in place.key):
        return
    seen: dict[tuple[object, ...], Row] = {}
    for row in rows:
        cells = [row.cells.get(key) for key in place.key]
        if any(cell is None or cell.is_matcher for cell in cells):
            continue
        identity = tuple(_identity(cell) for cell in cells if cell)
        first = seen.setdefault(identity, row)
        if first is not row:
            shown = ", ".join(
                f"{key} {cell.shown()}" for key, cell in zip(place.key, cells, strict=True) if cell
            )
            problems.add(
                row.location,
                f"two expected rows have one key: {shown}",
                f"`{place.name}` holds one row per key; the first is on line {first.location.line}",
            )


def _check_operations(rows: Rows, problems: Problems) -> None:
    if "$op" not in rows.columns:
        known = ", ".join(f"`{name}`" for name in dict.fromkeys(OPERATIONS.values()))
        problems.add(rows.location, "changes need the column `$op`", f"it is one of {known}")
        return
    for row in rows:
        cell = row.cells.get("$op")
        if cell is None:
            problems.add(row.location, "a change without its `$op`")
        elif not cell.is_matcher and cell.text not in OPERATIONS:
            hint = vocabulary.suggest(cell.text, OPERATIONS, what="changes")
            problems.add(cell.location, f"`{cell.text}` is no change", hint)


def _identity(cell: Cell) -> object:
    return (cell.text, cell.word, repr(cell.items) if cell.items is not None else None)


def _check_order(fields: Fields, match: Match, scope: Scope, place: Place) -> None:
    where = fields.where("match")
    if scope is Scope.CHANGES:
        message = "`changes` are in order per key anyway"
        fields.problems.add(where, message, "leave `match` out, or write `match: contains`")
    elif place.mode is not Mode.APPEND:
        fields.problems.add(
            where,
            f"`{place.name}` holds one row per key, and they have no order",
            "leave `match` out, or write `match: contains`",
        )
    elif match is Match.ORDERED_BY_KEY and not place.key:
        fields.problems.add(
            where, f"`ordered_by_key` needs the `key` of `{place.name}`", "add it in the pipeline"
        )
