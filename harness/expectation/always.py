"""What holds in every scenario that does not say otherwise: restarts, dead letters, readable records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.expectation.sink_rows import MOST_SHOWN, unexpected
from harness.expectation.wording import are, times
from harness.result import Failure
from harness.scenario.model import ExpectConserved, ExpectJob, ExpectRows, Place, Scenario
from harness.sinks import stored_records
from harness.sinks.record import Read, Record


def restarts(scenario: Scenario, count: int, cause: Callable[[], str | None]) -> Iterable[Failure]:
    """The job does not restart; `count` leaves out what the scenario's own faults did."""
    if not count or any(map(_speaks_of_restarts, scenario.steps)):
        return
    yield Failure(
        message=f"the job must not restart, and it did {times(count)}",
        location=scenario.location,
        subject="job",
        detail=cause(),
    )


def dead_letters(
    scenario: Scenario, sinks: Mapping[str, Place], read: Callable[[str], Read]
) -> Iterable[Failure]:
    """No dead-letter sink has rows, but those that the scenario names."""
    named = named_sinks(scenario)
    for name, place in sinks.items():
        if place.dead_letter and name not in named and (rows := read(name).records):
            yield Failure(
                message=f"a dead-letter sink must be empty where it is not named, and there {are(len(rows))}",
                location=scenario.location,
                subject=name,
                rows=unexpected(place, rows),
            )


def undecodable(
    scenario: Scenario, sinks: Mapping[str, Place], read: Callable[[str], Read]
) -> Iterable[Failure]:
    """Every record of every sink can be decoded, whether the scenario names the sink or not."""
    for name, place in sinks.items():
        # Where a place itself is typed there is nothing to decode.
        if place.format is None:
            continue
        broken = stored_records.undecodable(_all(read(name)))
        if broken:
            yield Failure(
                message=f"every record must be {place.format}, and {len(broken)} cannot be decoded",
                location=scenario.location,
                subject=name,
                detail="\n".join(f"{r.origin}: {r.undecodable}" for r in broken[:MOST_SHOWN]),
            )


def named_sinks(scenario: Scenario) -> set[str]:
    """The sinks whose rows the scenario says something about."""
    rows = {step.sink for step in scenario.steps if isinstance(step, ExpectRows)}
    conserved = (step.sinks for step in scenario.steps if isinstance(step, ExpectConserved))
    return rows.union(*conserved)


def _all(read: Read) -> Sequence[Record]:
    # A later row of the same key takes the place of one that cannot be decoded, and does not mend it.
    return read.records if read.changes is None else read.changes


def _speaks_of_restarts(step: object) -> bool:
    return isinstance(step, ExpectJob) and (
        step.restarts is not None or step.fails_with is not None or step.state == "failed"
    )
