"""`harness plan`: what a run would do, without doing it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from harness.cli.options import selected, selection, setting_flags, settings_of
from harness.location import shown
from harness.plan import Plan
from harness.scenario.model import ExpectJob, ExpectRows, Step
from harness.session import plan_of


@click.command()
@selection
@setting_flags
def plan(paths: tuple[Path, ...], words: str | None, tag: str | None, **flags: Any) -> int:
    """Show what a run would need and do."""
    settings = settings_of(flags)
    for scenario in selected(paths, words, tag):
        for version in scenario.pipeline.flink:
            click.echo("\n".join(_lines(plan_of(scenario, version, settings))))
    return 0


def _lines(planned: Plan) -> Iterator[str]:
    scenario, needs = planned.scenario, planned.needs
    yield f"{scenario.name}  ({scenario.location})"
    yield f"  pipeline  {planned.pipeline.name}  ({shown(planned.pipeline.location.path)})"
    if needs.flink:
        yield f"  flink     {needs.flink.version}, connectors {', '.join(needs.flink.connectors) or 'none'}"
        yield f"  job       {shown(Path(planned.pipeline.job.path))} with {planned.python}"
    if needs.kafka:
        for topic in needs.kafka.topics:
            name = "literal name, held alone" if topic.literal else "fresh name"
            yield f"  kafka     {topic.name}, {topic.partitions} partition(s), {name}"
    if needs.postgres:
        schema = shown(Path(needs.postgres.schema)) if needs.postgres.schema else "nothing"
        yield f"  postgres  a database from {schema}"
    for step in (*scenario.given, *scenario.steps):
        yield f"  {_verb(step):<9} {_subject(step)}  ({step.location})"
    yield f"  timeout   {planned.timeout_s:g} s"


def _verb(step: Step) -> str:
    return "expect" if isinstance(step, ExpectRows | ExpectJob) else type(step).__name__.lower()


def _subject(step: Step) -> str:
    for name in ("source", "table", "sink"):
        if hasattr(step, name):
            return str(getattr(step, name))
    return "job" if type(step).__name__ == "ExpectJob" else ""
