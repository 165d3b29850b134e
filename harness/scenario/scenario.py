"""A scenario file to the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.codecs.moments import Moment
from harness.location import Location
from harness.scenario import examples, head, phases, vocabulary
from harness.scenario.examples import Example
from harness.scenario.model import EXPECTATIONS, EndOfInput, Scenario, Text
from harness.scenario.pipeline import PipelineFile
from harness.scenario.places.places import Places
from harness.scenario.problems import Problems
from harness.scenario.rows.cells import Cells
from harness.scenario.steps.surroundings import Seeds, Surroundings
from harness.scenario.yaml import source
from harness.scenario.yaml.nodes import MapNode, Node, kind
from harness.scenario.yaml.reader import Fields

END_OF_INPUT = "end_of_input"


def read(
    path: Path, problems: Problems, find_pipeline: Callable[[Text], PipelineFile | None]
) -> tuple[Scenario, ...]:
    """The scenarios of a file that can be used; what is wrong with the others is noted.

    Args:
        path: The file.
        problems: Where to note.
        find_pipeline: The pipeline file of a name, or None where there is none (then noted).
    """
    documents = source.read(path, problems)
    if documents == () and not len(problems):
        problems.add(Location(path), "the file holds no scenario", "it begins with `scenario: what it shows`")
    is_sound = not len(problems)
    scenarios: list[Scenario] = []
    names: dict[str, Location] = {}
    for root in documents or ():
        found = _read_document(root, path, problems, find_pipeline)
        for scenario in found:
            _note_name(scenario, names, problems)
        if is_sound:
            scenarios += found
    return tuple(scenarios)


def _note_name(scenario: Scenario, names: dict[str, Location], problems: Problems) -> None:
    first = names.setdefault(scenario.name, scenario.location)
    if first is not scenario.location:
        problems.add(
            scenario.location, "two scenarios of the file have one name", f"the first is on line {first.line}"
        )


def _read_document(
    root: Node, path: Path, problems: Problems, find_pipeline: Callable[[Text], PipelineFile | None]
) -> tuple[Scenario, ...]:
    """The scenarios of a document: one for each of its examples and pipelines; none where it has problems."""
    if not isinstance(root, MapNode):
        hint = "it begins with `scenario: what it shows`"
        problems.add(root.location, f"a scenario is a mapping, not {kind(root)}", hint)
        return ()
    before = len(problems)
    lines = examples.read(Fields(root, vocabulary.SCENARIO, problems), path)
    if not lines:
        found = _Reader(problems, find_pipeline, path, None).read(root)
    else:
        runs = [_Reader(problems, find_pipeline, path, line).read(line.fill(root)) for line in lines]
        found = examples.told_apart(runs, lines)
    return found if len(problems) == before else ()


class _Reader:
    """Reads a document, with one line of its examples filled in."""

    def __init__(
        self,
        problems: Problems,
        find_pipeline: Callable[[Text], PipelineFile | None],
        path: Path,
        example: Example | None,
    ) -> None:
        self._problems = problems
        self._find_pipeline = find_pipeline
        self._path = path
        self._example = example

    def read(self, root: Node) -> tuple[Scenario, ...]:
        """The scenario, once for each of its pipelines; none where it cannot be used."""
        assert isinstance(root, MapNode)
        problems = self._problems
        before = len(problems)
        fields = Fields(root, vocabulary.SCENARIO, problems)
        name = head.read_name(fields, has_examples=self._example is not None)
        pipelines = self._read_pipelines(fields)
        timeout_s = head.read_timeout(fields)
        time = head.read_time(fields)
        tags = head.read_tags(fields)
        skip, known_failure = fields.text("skip"), fields.text("known_failure")
        finish = fields.choice("finish")
        prove = tuple(text.value for text in fields.choices("prove"))
        scenarios = []
        for found in pipelines or (None,):
            surroundings = self._surroundings(found, time, name or "")
            ends = (finish or (found.pipeline.finish if found and found.pipeline else None)) == END_OF_INPUT
            parts = phases.read(fields, surroundings, EndOfInput(location=fields.location) if ends else None)
            warnings = problems.take_warnings()
            if len(problems) == before and not any(isinstance(step, EXPECTATIONS) for step in parts.steps):
                problems.add(fields.location, "the scenario expects nothing", "add `then:` with an `expect`")
            if len(problems) > before or name is None or found is None or found.pipeline is None:
                continue
            scenarios.append(
                Scenario(
                    name=name if len(pipelines) == 1 else f"{name} [{found.pipeline.name}]",
                    pipeline=found.pipeline,
                    location=fields.where("scenario"),
                    tags=tags,
                    T=time,
                    given=(*found.pipeline.given, *parts.given),
                    steps=parts.steps,
                    phases=parts.names,
                    timeout_s=timeout_s,
                    skip=skip,
                    known_failure=known_failure,
                    prove=prove,
                    warnings=warnings,
                )
            )
        return tuple(scenarios) if len(problems) == before else ()

    def _surroundings(self, found: PipelineFile | None, time: str, name: str) -> Surroundings:
        """What the steps are read against, for one of the pipelines."""
        pipeline = found.pipeline if found else None
        several = pipeline is not None and len(pipeline.jobs) > 1
        values: Mapping[str, str] = self._example.values if self._example else {}
        return Surroundings(
            self._problems,
            Cells(self._problems, values),
            found.places if found else Places(),
            self._path.parent,
            seeds=Seeds(name),
            clock=Moment.from_text(head.DEFAULT_T if time == head.NOW else time),
            jobs=None if pipeline is None else tuple(pipeline.jobs) if several else (),
            versions=None if pipeline is None else tuple(pipeline.versions),
        )

    def _read_pipelines(self, fields: Fields) -> tuple[PipelineFile, ...]:
        if not fields.need("pipeline", "the name that a `*.pipeline.yaml` file gives itself"):
            return ()
        if isinstance(fields.take("pipeline"), MapNode):
            # Says what is wrong with it.
            fields.scalar("pipeline")
            return ()
        found = (self._find_pipeline(name) for name in fields.names("pipeline"))
        return tuple(filter(None, found))
