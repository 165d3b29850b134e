"""Why rows may be wrong after a fault of the scenario: what a job does again, and what it forgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.result import Failure, Kind
from harness.scenario.model import Fault, Step, Victim

_AGAIN = (
    "it made the job process again what came after its last checkpoint, and this sink holds both times: "
    "write it with transactions (exactly-once) or by key, or say `delivery: at_least_once`"
)
_FORGOTTEN = (
    "the job went on from its last checkpoint: what it keeps elsewhere than in Flink's state (a field of its "
    "code, a global variable, a file) is lost with its process, or counts what it has counted already"
)


def explained(failure: Failure, steps: Sequence[Step]) -> Failure:
    """The failure with what the scenario's last fault may have to do with it; as it was without one.

    Args:
        failure: Rows that differ.
        steps: What the scenario has done so far.
    """
    faults = [step for step in steps if isinstance(step, Fault)]
    kinds = {row.kind for row in failure.rows}
    if not faults or not kinds:
        return failure
    last = faults[-1]
    word = "fail: job" if last.victim is Victim.JOB else f"kill: {last.victim.value}"
    why = _AGAIN if Kind.DUPLICATE in kinds else _FORGOTTEN
    told = f"after `{word}` in line {last.location.line}: {why}"
    return replace(failure, detail="\n".join(filter(None, [failure.detail, told])))
