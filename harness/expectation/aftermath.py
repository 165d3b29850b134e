"""What a fault of the scenario, or a new start of the job, may have to do with rows that differ."""

from __future__ import annotations

from collections.abc import Iterable

from harness.result import Kind, RowDifference
from harness.scenario.model import Fault, Start, Step, Victim

_AGAIN = (
    "since {step} the job has read again what came behind its last checkpoint: a sink that is neither "
    "transactional nor written by key then holds rows twice (`delivery: at_least_once` allows it)"
)
_GONE = (
    "since {step} the job has gone on with what Flink keeps for it, and what it keeps elsewhere was not "
    "taken back: variables are as they were in the beginning, files and other systems hold all that was "
    "done to them"
)


def why(steps: Iterable[Step], rows: Iterable[RowDifference]) -> str | None:
    """What to look at first, or None where nothing has happened to the job.

    Args:
        steps: The steps that are over.
        rows: The rows that differ.
    """
    happened = [step for step in steps if isinstance(step, Fault | Start)]
    if not happened:
        return None
    step = f"{_named(happened[-1])} on line {happened[-1].location.line}"
    kinds = {row.kind for row in rows}
    told = []
    if kinds & {Kind.DUPLICATE, Kind.UNEXPECTED} and any(isinstance(one, Fault) for one in happened):
        told.append(_AGAIN.format(step=step))
    if kinds & {Kind.CHANGED, Kind.MISSING}:
        told.append(_GONE.format(step=step))
    return "\n".join(told) or None


def _named(step: Fault | Start) -> str:
    if isinstance(step, Start):
        return f"`start: {step.savepoint or 'fresh'}`"
    return "`fail: job`" if step.victim is Victim.JOB else f"`kill: {step.victim.value}`"
