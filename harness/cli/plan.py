"""`harness plan`: what a run would do, without doing it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from harness.cli.options import on_flink, on_versions, selected, selection, setting_flags, settings_of
from harness.location import shown
from harness.plan import Plan
from harness.scenario import runnable
from harness.scenario.model import (
    Advance,
    EndOfInput,
    Evolve,
    ExpectConserved,
    ExpectJob,
    ExpectRows,
    ExpectSchema,
    Fault,
    Link,
    Put,
    Remove,
    Reshard,
    Savepoint,
    Send,
    Start,
    Step,
    Stop,
    Victim,
)
from harness.session import plan_of


@click.command()
@selection
@on_flink
@setting_flags
def plan(
    paths: tuple[Path, ...], words: str | None, tags: tuple[str, ...], versions: tuple[str, ...], **flags: Any
) -> int:
    """Show what a run would need and do."""
    settings = settings_of(flags)
    scenarios = selected(paths, words, tags)
    plans = [
        plan_of(scenario, version, settings) for scenario in scenarios for version in scenario.pipeline.flink
    ]
    for planned in on_versions(plans, versions):
        click.echo("\n".join(_lines(planned)))
    return 0


def _lines(planned: Plan) -> Iterator[str]:
    scenario, needs = planned.scenario, planned.needs
    yield f"{planned.title}  ({scenario.location})"
    yield f"  pipeline  {planned.pipeline.name}  ({shown(planned.pipeline.location.path)})"
    if needs.flink:
        yield f"  flink     {needs.flink.version}, connectors {', '.join(needs.flink.connectors) or 'none'}"
        yield f"  job       {shown(Path(planned.pipeline.job.path))} with {planned.python}"
    if needs.kafka:
        for topic in needs.kafka.topics:
            name = "literal name, held alone" if topic.literal else "fresh name"
            yield f"  kafka     {topic.name}, {topic.partitions} partition(s), {name}"
        yield from _secured("kafka", needs.kafka.tls, needs.kafka.sasl, needs.kafka.certificate)
        yield from _fixed("kafka", needs.kafka.hosts)
    if needs.schema_registry:
        yield f"  registry  empty, compatibility {needs.schema_registry.compatibility}"
        yield from _secured(
            "registry", needs.schema_registry.tls, "basic" if needs.schema_registry.auth else "off"
        )
        yield from _fixed("registry", needs.schema_registry.hosts)
    if needs.postgres:
        schema = shown(Path(needs.postgres.schema)) if needs.postgres.schema else "nothing"
        name = f"the database {needs.postgres.database}" if needs.postgres.database else "a database"
        yield f"  postgres  {name} from {schema}"
        yield from _fixed("postgres", needs.postgres.hosts)
    for target, text in planned.pipeline.files.items():
        yield f"  file      {target} is {text}"
    for step in (*scenario.given, *scenario.steps):
        yield f"  {_verb(step):<9} {_subject(step)}  ({step.location})"
    yield f"  timeout   {planned.timeout_s:g} s"
    for hindrance in runnable.hindrances(scenario):
        yield f"  cannot    {hindrance.message}  ({hindrance.location})"


def _secured(service: str, tls: str, login: str, certificate: str = "valid") -> Iterator[str]:
    words = {"server": "TLS", "mutual": "TLS with a certificate of the client"}
    said = [words[tls]] if tls != "off" else []
    said += [f"login by {login}"] if login != "off" else []
    said += [f"a certificate that is {certificate}"] if certificate != "valid" else []
    if said:
        yield f"  {service:<9} {', '.join(said)}"


def _fixed(service: str, hosts: tuple[str, ...]) -> Iterator[str]:
    if hosts:
        yield f"  {service:<9} at {', '.join(hosts)}, held alone"


def _verb(step: Step) -> str:
    match step:
        case ExpectRows() | ExpectConserved() | ExpectJob() | ExpectSchema():
            return "expect"
        case Fault():
            return "fail" if step.victim is Victim.JOB else "kill"
        case Link():
            return step.state.value
        case _:
            return "end_of_input" if isinstance(step, EndOfInput) else type(step).__name__.lower()


def _subject(step: Step) -> str:  # noqa: PLR0911  (one kind of step each)
    match step:
        case Send() | Evolve() | Reshard():
            return step.source
        case Put() | Remove():
            return step.table
        case Advance():
            return step.to
        case Stop() | Start():
            return step.savepoint or "fresh"
        case Savepoint():
            return step.name
        case Fault():
            return step.victim.value
        case Link():
            return step.place
        case ExpectRows():
            return step.sink
        case ExpectConserved():
            return ", ".join(step.sinks)
        case ExpectJob():
            return step.of or "job"
        case ExpectSchema():
            return f"schema of {step.of}"
        case _:
            return ""
