"""All expectations of one run, each a verdict: a failure or none."""

from __future__ import annotations

from collections.abc import Callable

from harness.codecs.moments import Moment
from harness.compare import ActualRow, compare_rows, show
from harness.connections.schema_registry import Registry
from harness.environment import Grant
from harness.expectation.reads import Reads
from harness.expectation.sides import Sides, sides_of
from harness.expectation.typed_rows import typed_rows
from harness.plan import Plan
from harness.result import Failure, Kind, RowDifference
from harness.scenario.model import ExpectJob, ExpectRows, Place
from harness.sinks.record import Read

SHOWN_RECORDS = 20


class Expectations:
    """All expectations of one run."""

    def __init__(self, plan: Plan, grant: Grant, clock: Moment, registry: Registry | None = None) -> None:
        self._plan = plan
        self._clock = clock
        self._reads = Reads(plan, grant, clock, registry)

    def forget(self) -> None:
        """What sinks hold may have changed."""
        self._reads.forget()

    def wait_until_visible(self) -> None:
        """Wait until every committed record can be read by a careful consumer."""
        self._reads.wait_until_visible()

    # Rows

    def rows(self, expected: ExpectRows) -> Failure | None:
        """What a sink must hold.

        Raises:
            ExpectationError: Cells that their columns cannot read and columns that do not exist, together.
            SinkError: The sink cannot be read.
        """
        read = self._reads.read(expected.sink)
        if expected.rows is None:
            return self._count(expected, read, len(read.records))
        place = self._plan.pipeline.sinks[expected.sink]
        typed = typed_rows(expected, place, read, self._clock)
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
            count, total = len(comparison.differences), max(len(typed.rows), len(actual))
            verb = "differs" if count == 1 else "differ"
            noun = "row" if total == 1 else "rows"
            return Failure(
                message=f"{count} of {total} {noun} {verb}",
                location=expected.location,
                subject=expected.sink,
                rows=comparison.differences,
                matched=comparison.matched,
                sides=sides_of(expected, typed.rows, actual, read, place, self._clock, comparison),
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
            sides=Sides(step=expected, there=there, clock=self._clock),
        )

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
                read = self._reads.read(name)
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
        broken = [r for r in self._reads.read(name).records if r.undecodable is not None]
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


def _are(count: int) -> str:
    return f"is {count}" if count == 1 else f"are {count or 'none'}"


def _were(count: int) -> str:
    return f"was {count}" if count == 1 else f"were {count or 'none'}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
