"""Holding a scenario's expectations, and the rules that always hold, against what is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.codecs.cell_error import CellError
from harness.codecs.moments import Moment
from harness.codecs.paths import ABSENT, pick, split_path
from harness.codecs.types import Type, TypeKind
from harness.compare import ActualRow, ExpectedRow, Matcher, compare_rows, expect_cell, problems_of, show
from harness.environment import Grant
from harness.errors import ExpectationError, InvalidFiles, Problem, did_you_mean
from harness.location import Location
from harness.plan import Plan
from harness.result import Failure, Kind, RowDifference
from harness.rows import Cell, Row
from harness.scenario.model import ExpectJob, ExpectRows, Match, Mode, Place, System
from harness.sinks import kafka as kafka_sink
from harness.sinks import postgres as postgres_sink
from harness.sinks.record import Read, Record

SHOWN_RECORDS = 20
ABOUT = {
    System.KAFKA: ("$at", "$key", "$partition", "$value"),
    System.POSTGRES: (),
}


@dataclass(frozen=True, slots=True)
class _Typed:
    """The rows of an expectation, typed."""

    rows: tuple[ExpectedRow, ...]
    columns: tuple[str, ...]


class Expectations:
    """All expectations of one run; a sink is read once between two changes."""

    def __init__(self, plan: Plan, grant: Grant, clock: Moment) -> None:
        self._plan = plan
        self._grant = grant
        self._clock = clock
        self._reads: dict[str, Read] = {}

    def forget(self) -> None:
        """What sinks hold may have changed."""
        self._reads.clear()

    def wait_until_visible(self) -> None:
        """Wait until every committed record can be read by a careful consumer."""
        for name, place in self._plan.pipeline.sinks.items():
            if place.system is System.KAFKA and place.isolation == "read_committed":
                kafka_sink.wait_until_visible(self._bootstrap(), self._plan.names[name], place.partitions)

    def read(self, name: str) -> Read:
        """Everything that a sink holds, without what its `ignore` leaves out."""
        if name not in self._reads:
            place = self._plan.pipeline.sinks[name]
            if place.system is System.KAFKA:
                read = kafka_sink.read(self._bootstrap(), place, self._plan.names[name])
            else:
                assert self._grant.postgres is not None
                read = postgres_sink.read(self._grant.postgres, place)
            kept = tuple(r for r in read.records if not self._ignored(place, r, read))
            self._reads[name] = Read(records=kept, types=read.types, closed=read.closed)
        return self._reads[name]

    def _bootstrap(self) -> str:
        assert self._grant.kafka is not None
        return self._grant.kafka.bootstrap_servers

    def _ignored(self, place: Place, record: Record, read: Read) -> bool:
        if not place.ignore or record.undecodable is not None:
            return False
        cells = place.ignore
        row = Row(cells=cells, location=place.location)
        expected = ExpectedRow(self._typed_row(row, read, tuple(cells)), place.location)
        return compare_rows(
            [expected],
            [ActualRow(record.values)],
            key=(),
            mode=Mode.APPEND,
            match=Match.EXACT,
            all_columns=False,
            columns=tuple(cells),
        ).passed

    # Rows

    def rows(self, expected: ExpectRows) -> Failure | None:
        """What a sink must hold.

        Raises:
            InvalidFiles: Cells that their columns cannot read, and columns that do not exist, all at once.
            SinkError: The sink cannot be read.
        """
        read = self.read(expected.sink)
        if expected.rows is None:
            return self._count(expected, read, len(read.records))
        place = self._plan.pipeline.sinks[expected.sink]
        typed = self._typed(expected, place, read)
        actual = [ActualRow(r.values, r.origin or None) for r in read.records if r.undecodable is None]
        comparison = compare_rows(
            typed.rows,
            actual,
            key=place.key,
            mode=place.mode,
            match=expected.match,
            all_columns=expected.all_columns,
            columns=typed.columns,
        )
        if comparison.differences:
            count = len(comparison.differences)
            verb = "differs" if count == 1 else "differ"
            return Failure(
                message=f"{count} of {max(len(typed.rows), len(actual))} rows {verb}",
                location=expected.location,
                subject=expected.sink,
                rows=comparison.differences,
                matched=comparison.matched,
            )
        if expected.count is not None:
            return self._count(expected, read, len(actual))
        return None

    def _count(self, expected: ExpectRows, read: Read, there: int) -> Failure | None:
        assert expected.count is not None
        if expected.count.holds(there):
            return None
        wanted = "no rows" if str(expected.count) == "0" else f"{expected.count} rows"
        return Failure(
            message=f"expected {wanted}, and there {_are(there)}",
            location=expected.location,
            subject=expected.sink,
            rows=self._shown(self._plan.pipeline.sinks[expected.sink], read),
        )

    def _typed(self, expected: ExpectRows, place: Place, read: Read) -> _Typed:
        assert expected.rows is not None
        problems = [
            self._unknown(name, location, place, read)
            for name, location in expected.rows.columns.items()
            if not self._known(name, place, read)
        ]
        columns = tuple(expected.rows.columns)
        rows = []
        if not problems:
            for row in expected.rows:
                try:
                    rows.append(ExpectedRow(self._typed_row(row, read, columns), row.location))
                except InvalidFiles as error:
                    problems += error.problems
        problems += problems_of(
            rows,
            columns=columns,
            key=place.key,
            mode=place.mode,
            match=expected.match,
            location=expected.location,
        )
        if problems:
            raise _invalid(problems)
        return _Typed(tuple(rows), columns)

    def _typed_row(self, row: Row, read: Read, columns: tuple[str, ...]) -> dict[str, object | Matcher]:
        values: dict[str, object | Matcher] = {}
        problems = []
        for name, cell in row.cells.items():
            try:
                values[name] = expect_cell(cell, self._type(name, read), self._clock)
            except CellError as error:
                problems.append(_problem(cell, error))
        if read.closed:
            problems += [
                Problem(
                    row.location,
                    f"`{name}` is left empty, and a column of a table is always there",
                    hint='write `null`, `""` or `<any>`',
                )
                for name in columns
                if name not in row.cells and not name.startswith("$")
            ]
        if problems:
            raise InvalidFiles(problems)
        return values

    def _type(self, name: str, read: Read) -> Type | None:
        found = read.types.get(name)
        if found is None and name == "$at":
            return Type(TypeKind.INSTANT)
        if found is None and (name in ("$key", "$value") or name.startswith("$headers.")):
            return Type(TypeKind.TEXT)
        return found

    def _known(self, name: str, place: Place, read: Read) -> bool:
        """Whether a column can be there at all: an unknown one must never pass for null."""
        if name.startswith("$"):
            return name in ABOUT[place.system] or name.startswith("$headers.")
        if read.closed:
            return name in read.types or split_path(name)[0] in read.types
        if name in read.types or not read.records:
            return True
        return any(pick(record.values, name) is not ABSENT for record in read.records) or all(
            record.undecodable is not None for record in read.records
        )

    def _unknown(self, name: str, location: Location, place: Place, read: Read) -> Problem:
        if name.startswith("$"):
            known: list[str] = list(ABOUT[place.system])
        elif read.closed:
            known = list(read.types)
        else:
            fields = {f: None for r in read.records for f in r.values if not f.startswith("$")}
            known = [*read.types, *(f for f in fields if f not in read.types)]
        what = "column" if read.closed else "field"
        fact = f"{place.name} has no {what} `{name}`"
        if not read.closed:
            fact = f"no record of {place.name} has a field `{name}`"
        return Problem(location, fact, hint=did_you_mean(name, known, what=f"{what}s"))

    def _shown(self, place: Place, read: Read) -> tuple[RowDifference, ...]:
        """The rows that are there, for an expectation that named none."""
        return tuple(
            RowDifference(
                kind=Kind.UNEXPECTED,
                key={name: show(record.values.get(name)) for name in place.key if name in record.values},
                row={n: show(v) for n, v in record.values.items() if not n.startswith("$")}
                or {n: show(v) for n, v in record.values.items()},
                origin=record.origin or None,
            )
            for record in read.records[:SHOWN_RECORDS]
        )

    # The job and the rules

    def job(self, expected: ExpectJob, state: str, restarts: int, cause: str | None) -> Failure | None:
        """What must be true of the job."""
        facts = []
        if expected.state is not None and state != expected.state:
            facts.append(f"expected the job to be {expected.state}, and it is {state}")
        if expected.restarts is not None and not expected.restarts.holds(restarts):
            facts.append(f"expected {expected.restarts} restarts, and there {_were(restarts)}")
        if expected.fails_with is not None:
            if cause is None:
                facts.append(f"expected the job to fail with `{expected.fails_with}`, and it did not fail")
            elif expected.fails_with not in cause:
                facts.append(
                    f"expected the job to fail with `{expected.fails_with}`, and it failed otherwise"
                )
        if not facts:
            return None
        return Failure(
            message="; ".join(facts), location=expected.location, subject="job", detail=cause or None
        )

    def always(self, restarts: int, cause: Callable[[], str | None]) -> list[Failure]:
        """The job does not restart, dead letters are empty, every record can be decoded."""
        scenario = self._plan.scenario
        named = {step.sink for step in scenario.steps if isinstance(step, ExpectRows)}
        allowed = any(
            isinstance(step, ExpectJob)
            and (step.restarts is not None or step.fails_with is not None or step.state == "failed")
            for step in scenario.steps
        )
        failures = []
        if restarts and not allowed:
            failures.append(
                Failure(
                    message=f"the job must not restart, and it did {_times(restarts)}",
                    location=scenario.location,
                    subject="job",
                    detail=cause(),
                )
            )
        for name, place in self._plan.pipeline.sinks.items():
            if place.dead_letter and name not in named:
                read = self.read(name)
                if read.records:
                    failures.append(
                        Failure(
                            message=f"a dead-letter sink must be empty where it is not named, and "
                            f"there {_are(len(read.records))}",
                            location=scenario.location,
                            subject=name,
                            rows=self._shown(place, read),
                        )
                    )
        for name in sorted(named | {n for n, p in self._plan.pipeline.sinks.items() if p.dead_letter}):
            failures += self._undecodable(name)
        return failures

    def _undecodable(self, name: str) -> list[Failure]:
        broken = [r for r in self.read(name).records if r.undecodable is not None]
        if not broken:
            return []
        place = self._plan.pipeline.sinks[name]
        return [
            Failure(
                message=f"every record must be {place.format}, and {len(broken)} cannot be decoded",
                location=self._plan.scenario.location,
                subject=name,
                detail="\n".join(f"{r.origin}: {r.undecodable}" for r in broken[:SHOWN_RECORDS]),
            )
        ]


def _problem(cell: Cell, error: CellError) -> Problem:
    return Problem(cell.location, error.message, source=_source(cell.location), hint=error.hint)


def _source(location: Location) -> str:
    try:
        return location.path.read_text().splitlines()[location.line - 1]
    except (OSError, IndexError, UnicodeDecodeError):
        return ""


def _invalid(problems: list[Problem]) -> ExpectationError:
    """An expectation that cannot be held against what is there: one error with all its problems."""
    located = [
        p if p.source else Problem(p.location, p.message, _source(p.location), p.hint) for p in problems
    ]
    if len(located) == 1:
        (only,) = located
        return ExpectationError(
            only.message, detail=only.source.strip() or None, hint=only.hint, location=only.location
        )
    return ExpectationError(
        f"{len(located)} problems in the expectation",
        detail="\n".join(p.render() for p in located),
        location=located[0].location,
    )


def _are(count: int) -> str:
    return f"is {count}" if count == 1 else f"are {count or 'none'}"


def _were(count: int) -> str:
    return f"was {count}" if count == 1 else f"were {count or 'none'}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
