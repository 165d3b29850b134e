"""Expectations as the loader reads them, held against records that no service has to hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.codecs.fields import field_types
from harness.codecs.moments import Moment
from harness.expectation.sink_rows import SinkRows
from harness.location import Location
from harness.result import Failure
from harness.scenario.discover import Pipelines
from harness.scenario.load import load_file
from harness.scenario.model import Expectation, ExpectRows, Place, Scenario, Scope
from harness.sinks.record import Read, Record

PIPELINE = """\
pipeline: p
job:
  python: job.py
  args: ["${sources.orders.name}", "${sinks.accepted.name}", "${sinks.refused.name}", "${sinks.typed.name}"]
services:
  postgres: {schema: tables.sql}
sources:
  orders: {kafka: <fresh>, format: json, columns: {id: text, amount: "decimal(10, 2)"}}
sinks:
  accepted: {kafka: <fresh>, format: json, columns: {id: text, amount: "decimal(10, 2)"}, key: [id]}
  refused: {kafka: <fresh>, format: json, columns: {id: text}}
  repeated: {kafka: repeated, format: json, key: [id], delivery: at_least_once}
  beating: {kafka: beating, format: json, columns: {id: text, amount: int}, ignore: {id: tick}}
  letters: {kafka: letters, format: json, dead_letter: true}
  current: {kafka: current, format: json, mode: upsert, key: [id]}
  stored: {postgres: public.stored, key: [id]}
  typed: {kafka: <fresh>, format: avro-confluent}
"""
CLOCK = Moment.from_text("2026-01-01T00:00:00Z")
LINE = Location(Path("some.scenario.yaml"), 7)

Load = Callable[[str], Scenario]
Expect = Callable[[str], Expectation]
Hold = Callable[..., tuple[Failure, ...]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Reads the steps of `when` as a scenario."""
    (tmp_path / "p.pipeline.yaml").write_text(PIPELINE)
    (tmp_path / "job.py").write_text("")
    (tmp_path / "tables.sql").write_text("")

    def load(when: str) -> Scenario:
        path = tmp_path / "some.scenario.yaml"
        path.write_text(f"scenario: s\npipeline: p\nwhen:\n{when}\n")
        found = load_file(path, Pipelines(tmp_path))
        assert not found.problems, "\n".join(problem.render() for problem in found.problems)
        (scenario,) = found.scenarios
        return scenario

    return load


@pytest.fixture
def expect(load: Load) -> Expect:
    """Reads one expectation, in YAML's one-line form."""

    def expect(text: str) -> Expectation:
        (step,) = load(f"  - {{{text}}}").steps
        return step  # type: ignore[return-value]  # an expectation by its form

    return expect


@pytest.fixture
def hold(load: Load) -> Hold:
    """Holds an expectation against rows; those that came before it was said last are `old`."""

    def hold(
        text: str,
        rows: Sequence[Mapping[str, object] | Record],
        *,
        old: Sequence[Mapping[str, object]] = (),
        repeats: bool = False,
    ) -> tuple[Failure, ...]:
        scenario = load(f"  - {{{text}}}")
        (step,) = scenario.steps
        assert isinstance(step, ExpectRows)
        place = scenario.pipeline.sinks[step.sink]
        before, now = records(*old), records(*rows, first=len(old))
        return SinkRows(
            place=place,
            read=read_of(place, *before, *now),
            rows=now if step.scope is Scope.NEW else (*before, *now),
            clock=CLOCK,
            repeats=repeats,
        ).hold(step)

    return hold


def records(*rows: Mapping[str, object] | Record, first: int = 0) -> tuple[Record, ...]:
    """Rows as the records of a topic with one partition."""
    return tuple(
        row if isinstance(row, Record) else Record(values=row, origin=f"out[0]@{offset}")
        for offset, row in enumerate(rows, first)
    )


def read_of(place: Place, *found: Record) -> Read:
    """Everything that a sink holds."""
    types = field_types({name: str(text) for name, text in place.columns.items()}, {})
    return Read(records=found, types=types, closed=place.format is None)


def with_delivery(place: Place, delivery: str) -> Place:
    """The same place with another guarantee."""
    return replace(place, delivery=delivery)
