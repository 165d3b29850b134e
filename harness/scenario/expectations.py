"""`expect:`: what a sink must hold and what must be true of the job."""

from __future__ import annotations

from harness.location import Location
from harness.rows import Cell, Row, Rows
from harness.scenario import columns, counts, row_checks, schemas, step_rows, vocabulary
from harness.scenario.model import Between, ExpectJob, ExpectRows, Match, Mode, Place
from harness.scenario.nodes import MapNode, Scalar
from harness.scenario.places import Role
from harness.scenario.problems import Problems
from harness.scenario.reader import Fields
from harness.scenario.surroundings import Surroundings, find_place

STATES = ("running", "finished", "failed")
_NEEDED = "`rows`, `file`, `count` or `empty: true`"


def read(node: MapNode, surroundings: Surroundings) -> ExpectRows | ExpectJob | None:
    """An expectation, or None where it cannot be used; why is noted."""
    problems = surroundings.problems
    entry = node.entries["expect"]
    target = entry.value
    if isinstance(target, Scalar):
        if target.text == "job":
            return _read_job(Fields(node, vocabulary.EXPECT_JOB, problems), entry.key.location)
        if target.text == "schema":
            problems.add(target.location, vocabulary.not_yet("expect: schema"))
            return None
        return _read_sink(Fields(node, vocabulary.EXPECT_SINK, problems), target, surroundings)
    if "conserves" in node.entries:
        problems.add(node.entries["conserves"].key.location, vocabulary.not_yet("conserves"))
        return None
    problems.add(
        target.location, "`expect` wants the name of one sink", "several sinks are several `expect` steps"
    )
    return None


def _read_job(fields: Fields, where: Location) -> ExpectJob | None:
    problems = fields.problems
    before = len(problems)
    state = fields.choice("state", STATES)
    restarts = counts.read(fields, "restarts", any_allowed=True)
    fails_with = fields.text("fails_with")
    if not any(key in fields for key in ("state", "restarts", "fails_with")) and not fields.unsupported:
        problems.add(
            where, "`expect: job` says nothing about the job", "add `state`, `restarts` or `fails_with`"
        )
    if fails_with and state in ("running", "finished"):
        problems.add(
            fields.where("fails_with"), f"a job that is {state} fails with nothing", "write `state: failed`"
        )
    if len(problems) > before:
        return None
    return ExpectJob(location=where, state=state, restarts=restarts, fails_with=fails_with)


def _read_sink(fields: Fields, target: Scalar, surroundings: Surroundings) -> ExpectRows | None:
    problems = fields.problems
    before = len(problems)
    place = find_place(target, (Role.SINK,), "expect", surroundings)
    rows = step_rows.read(fields, surroundings, place, if_none="nothing is expected with `empty: true`")
    count = _read_count(fields, unfilled=surroundings.cells.unfilled)
    word = fields.choice("match", tuple(match.value for match in Match))
    match = Match(word) if word else Match.EXACT
    all_columns = fields.boolean("all_columns") or False
    has_rows = "rows" in fields or "file" in fields
    if not has_rows and not fields.unsupported:
        for option in ("match", "all_columns"):
            if option in fields:
                problems.add(
                    fields.where(option), f"`{option}` says how `rows` are compared, and there are none"
                )
        if not any(key in fields for key in ("count", "empty")):
            hint = f"add {_NEEDED}"
            problems.add(fields.where("expect"), f"nothing is said about `{target.text}`", hint)
    if place and rows:
        _check_rows(rows, place, problems)
        row_checks.check_expected(rows, place, surroundings)
    if place and match in (Match.ORDERED, Match.ORDERED_BY_KEY):
        _check_order(fields, match, place)
    if len(problems) > before:
        return None
    return ExpectRows(
        sink=target.text,
        location=fields.where("expect"),
        rows=rows,
        count=count,
        match=match,
        all_columns=all_columns,
    )


def _read_count(fields: Fields, *, unfilled: bool) -> Between | None:
    problems = fields.problems
    count = counts.read(fields, "count", unfilled=unfilled)
    if "empty" not in fields:
        return count
    if fields.boolean("empty") is False:
        problems.add(fields.where("empty"), "`empty` can only be `true`", "write `count: <at least 1>`")
    for other in ("rows", "file", "count"):
        if other in fields:
            problems.add(
                fields.where("empty"), f"`empty` and `{other}` contradict each other", "leave one of them out"
            )
    return Between(least=0, most=0)


def _check_rows(rows: Rows, place: Place, problems: Problems) -> None:
    columns.check_about(rows.columns, place.system, problems)
    if place.schema is not None:
        schemas.check_rows(rows, place.schema.schema, problems)
    if place.mode is not Mode.UPSERT or not place.key or any(key not in rows.columns for key in place.key):
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


def _identity(cell: Cell) -> object:
    return (cell.text, cell.word, repr(cell.items) if cell.items is not None else None)


def _check_order(fields: Fields, match: Match, place: Place) -> None:
    where = fields.where("match")
    if place.mode is Mode.UPSERT:
        fields.problems.add(
            where,
            f"`{place.name}` holds one row per key, and they have no order",
            "leave `match` out, or write `match: contains`",
        )
    elif match is Match.ORDERED_BY_KEY and not place.key:
        fields.problems.add(
            where, f"`ordered_by_key` needs the `key` of `{place.name}`", "add it in the pipeline"
        )
