"""What a report says about steps."""

from __future__ import annotations

from harness.rows import Rows
from harness.scenario.model import (
    Evolve,
    ExpectConserved,
    ExpectJob,
    ExpectRows,
    ExpectSchema,
    Put,
    Remove,
    Send,
    Step,
)


def made(rows: Rows, what: str) -> str:
    """How many were written, and the seed that makes the same ones again."""
    return f"{len(rows)} {what}" + ("" if rows.seed is None else f" from seed {rows.seed}")


def step_name(step: Step) -> str:
    """What a report calls a step."""
    match step:
        case Send():
            return f"send {step.source}"
        case Put() | Remove():
            return f"{type(step).__name__.lower()} {step.table}"
        case Evolve():
            return f"evolve {step.source}"
        case ExpectRows():
            return f"expect {step.sink}"
        case ExpectJob():
            return "expect job"
        case ExpectSchema():
            return "expect schema"
        case ExpectConserved():
            return f"expect {', '.join(step.sinks)}"
        case _:
            return type(step).__name__.lower()
