"""What only some layouts of Flink can do: known from the plan, before anything is started."""

from __future__ import annotations

from collections.abc import Iterator

from harness.environment import Layout
from harness.errors import Problem
from harness.location import Location
from harness.plan import Plan
from harness.scenario.model import Advance, EndOfInput, ExpectJob, Fault, Settle, Step, System, Victim

INSIDE: tuple[Layout, ...] = ("in-process",)
OURS: tuple[Layout, ...] = ("in-process", "two-process")
APART: tuple[Layout, ...] = ("two-process",)


def hindrances(plan: Plan) -> tuple[Problem, ...]:
    """All that a scenario wants and the layout of its Flink cannot do, in the order of the file."""
    assert plan.needs.flink is not None
    layout = plan.needs.flink.layout
    return tuple(
        Problem(location, f"the layout `{layout}` of Flink cannot do {words}", hint=_remedy(able, plan))
        for words, able, location in _wanted(plan)
        if layout not in able
    )


def _wanted(plan: Plan) -> Iterator[tuple[str, tuple[Layout, ...], Location]]:
    steps = plan.scenario.steps
    pipeline = plan.pipeline
    if pipeline.hosts:
        # Who runs the tasks elsewhere looks names up as that machine does.
        yield "`hosts`", OURS, pipeline.location
    for place in (*pipeline.sources.values(), *pipeline.tables.values(), *pipeline.sinks.values()):
        if place.system is System.PRINT:
            yield "`print`", INSIDE, place.location
        if place.system in (System.MEMORY, System.FOLDER):
            yield f"`{place.system.value}`", OURS, place.location
    advances = any(isinstance(step, Advance) for step in steps)
    for step in steps:
        for words, able in _of_step(step, advances=advances):
            yield words, able, step.location


def _of_step(step: Step, *, advances: bool) -> Iterator[tuple[str, tuple[Layout, ...]]]:
    match step:
        case Fault(victim=Victim.JOB):
            yield "`fail: job`", INSIDE
        case Fault(victim=Victim.JOBMANAGER):
            yield "`kill: jobmanager`", APART
        case Fault():
            yield f"`kill: {step.victim.value}`", OURS
        case Advance():
            yield "`advance`", OURS
        case EndOfInput() if advances:
            # Sources are left as they are, and which of them is idle must be seen before the drain.
            yield "`end_of_input` after `advance`", INSIDE
        case Settle(timers=True):
            yield "`settle: timers`", INSIDE
        case ExpectJob():
            if step.watermark is not None:
                yield "`watermark`", INSIDE


def _remedy(able: tuple[Layout, ...], plan: Plan) -> str:
    """Which layout can, and why it is not the one that is used."""
    layouts = " and ".join(f"`{layout}`" for layout in able)
    can = f"{layouts} can" if len(able) > 1 else f"only {layouts} can"
    assert plan.needs.flink is not None
    if plan.needs.flink.layout == "two-process":
        for step in plan.scenario.steps:
            if isinstance(step, Fault) and step.victim is Victim.JOBMANAGER:
                return f"{can}, and `kill: jobmanager` in line {step.location.line} needs `two-process`"
    return f"{can}: change the setting `layout`"
