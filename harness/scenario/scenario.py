"""A scenario file to the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.location import Location
from harness.scenario import moments, source, steps, vocabulary
from harness.scenario.cells import Cells
from harness.scenario.model import ExpectJob, ExpectRows, Scenario, Step, Text
from harness.scenario.nodes import ListNode, MapNode, Node, kind
from harness.scenario.pipeline import PipelineFile
from harness.scenario.places import Places
from harness.scenario.problems import Problems
from harness.scenario.reader import Fields
from harness.scenario.surroundings import Seeds, Surroundings

DEFAULT_T = "2026-01-01T00:00:00Z"


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
        found = _Reader(problems, find_pipeline, names).read(root, path)
        if is_sound:
            scenarios += found
    return tuple(scenarios)


class _Reader:
    """Reads one document of a file."""

    def __init__(
        self,
        problems: Problems,
        find_pipeline: Callable[[Text], PipelineFile | None],
        names: dict[str, Location],
    ) -> None:
        self._problems = problems
        self._find_pipeline = find_pipeline
        self._names = names

    def read(self, root: Node, path: Path) -> tuple[Scenario, ...]:
        """The scenario of the document, once for each of its pipelines; none where it cannot be used."""
        problems = self._problems
        if not isinstance(root, MapNode):
            hint = "it begins with `scenario: what it shows`"
            problems.add(root.location, f"a scenario is a mapping, not {kind(root)}", hint)
            return ()
        before = len(problems)
        fields = Fields(root, vocabulary.SCENARIO, problems)
        name = self._read_name(fields)
        pipelines = self._read_pipelines(fields)
        timeout_s = self._read_timeout(fields)
        time = self._read_time(fields)
        tags = self._read_tags(fields)
        skip, known_failure = fields.text("skip"), fields.text("known_failure")
        fields.choice("finish", ("settle",), ("end_of_input",))
        scenarios = []
        for found in pipelines or (None,):
            given, when, then = self._read_steps(fields, found.places if found else Places(), path)
            warnings = problems.take_warnings()
            expects = any(isinstance(step, ExpectRows | ExpectJob) for step in (*when, *then))
            if not expects and len(problems) == before:
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
                    given=(*found.pipeline.given, *given),
                    steps=(*when, *then),
                    timeout_s=timeout_s,
                    skip=skip,
                    known_failure=known_failure,
                    warnings=warnings,
                )
            )
        return tuple(scenarios) if len(problems) == before else ()

    def _read_steps(
        self, fields: Fields, places: Places, path: Path
    ) -> tuple[tuple[Step, ...], tuple[Step, ...], tuple[Step, ...]]:
        """What is given, done and expected, held against the places of one pipeline."""
        problems = self._problems
        cells = Cells(problems, unfilled="examples" in fields)
        seeds = Seeds(fields.text("scenario") or "")
        surroundings = Surroundings(problems, cells, places, path.parent, seeds=seeds)
        return (
            steps.read(fields, "given", steps.GIVEN, surroundings),
            steps.read(fields, "when", steps.WHEN, surroundings),
            steps.read(fields, "then", steps.THEN, surroundings),
        )

    def _read_name(self, fields: Fields) -> str | None:
        if not fields.need("scenario", "as in `scenario: what it shows`"):
            return None
        name = fields.text("scenario")
        if name is None:
            return None
        where = fields.where("scenario")
        if name in self._names:
            first = self._names[name].line
            self._problems.add(
                where, "two scenarios of the file have one name", f"the first is on line {first}"
            )
        elif "\n" in name:
            self._problems.add(where, "the name of a scenario is one line")
        elif "${" in name and "examples" not in fields:
            self._problems.add(where, "`${...}` in a name is filled in by `examples`, and there are none")
        self._names.setdefault(name, where)
        return name

    def _read_pipelines(self, fields: Fields) -> tuple[PipelineFile, ...]:
        if not fields.need("pipeline", "the name that a `*.pipeline.yaml` file gives itself"):
            return ()
        if isinstance(fields.take("pipeline"), MapNode):
            # Says what is wrong with it.
            fields.scalar("pipeline")
            return ()
        found = (self._find_pipeline(name) for name in fields.names("pipeline"))
        return tuple(filter(None, found))

    def _read_timeout(self, fields: Fields) -> float | None:
        scalar = fields.scalar("timeout")
        if scalar is None:
            return None
        try:
            seconds = moments.duration_s(scalar.text.strip())
        except ValueError as error:
            unit = f"{scalar.text}s" if scalar.text.isdigit() else "30s"
            self._problems.add(scalar.location, str(error), f"write `{unit}`; units are ms, s, m, h, d")
            return None
        if seconds <= 0:
            self._problems.add(scalar.location, "`timeout` leaves no time at all")
        return seconds

    def _read_time(self, fields: Fields) -> str:
        scalar = fields.scalar("T")
        if scalar is None or scalar.text.strip() == moments.NOW:
            return scalar.text.strip() if scalar else DEFAULT_T
        try:
            return moments.instant(scalar.text.strip())
        except ValueError as error:
            hint = getattr(error, "hint", None) or "as in `2026-03-01T12:00:00Z`, or `now`"
            self._problems.add(scalar.location, str(error), hint)
            return DEFAULT_T

    def _read_tags(self, fields: Fields) -> tuple[str, ...]:
        node = fields.take("tags")
        if isinstance(node, ListNode) and not node.items:
            self._problems.add(node.location, "an empty list of tags", "leave `tags` out")
        tags = fields.names("tags")
        for tag in tags:
            if len(tag.value.split()) > 1 or "," in tag.value:
                self._problems.add(
                    tag.location, f"the tag `{tag.value}` is not one word", "several tags are `[a, b]`"
                )
        return tuple(tag.value for tag in tags)
