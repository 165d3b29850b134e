"""What could be accepted after a run: per expectation the edits, or why there are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import HarnessError
from harness.expectation.acceptance import rewrite_of
from harness.location import Location, shown
from harness.plan import Plan
from harness.result import Failure, ScenarioResult, Status
from harness.scenario.file_names import SCENARIOS
from harness.scenario.model import ExpectRows, Put, Remove, Scenario, Send
from harness.scenario.moments import NOW
from harness.scenario.problems import Problems
from harness.scenario.rewrite.edits import FileText
from harness.scenario.rewrite.rewrite import Edits, edits_of
from harness.scenario.rewrite.row_slots import CannotRewrite
from harness.scenario.yaml import source

Run = tuple[Plan, ScenarioResult]
MOST_BYTES = 64 * 1024 * 1024
"""Of a file that is rewritten, which is in memory as a whole."""


class Files:
    """The bytes of files as they were when they were first looked at."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._data: dict[Path, bytes] = {}
        for path in paths:
            self._read(path)

    def note(self, scenarios: Iterable[Scenario]) -> None:
        """Look at the files of expected rows, too."""
        for step in _steps_with_rows(scenarios):
            if isinstance(step, ExpectRows) and step.rows is not None:
                self._read(step.rows.location.path)

    def data(self, path: Path) -> bytes:
        """What a file held."""
        return self._data[path]

    def text(self, path: Path) -> FileText:
        """What a file held, as text.

        Raises:
            CannotRewrite: It is too large.
        """
        if path not in self._data:
            raise CannotRewrite(f"{shown(path)} is larger than {MOST_BYTES // 1024 // 1024} MB")
        return FileText(self._data[path])

    def _read(self, path: Path) -> None:
        # Loading tells what is wrong with a file; one that cannot be read is never written.
        if path not in self._data and path.is_file() and path.stat().st_size <= MOST_BYTES:
            self._data[path] = path.read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An expectation that does not hold.

    Attributes:
        result: The scenario it belongs to.
        failure: Why it does not.
        edits: What would make it hold.
        refusal: Why that cannot be, or None.
    """

    result: ScenarioResult
    failure: Failure
    edits: Edits = field(default_factory=dict)
    refusal: str | None = None


def not_acceptable(plan: Plan, result: ScenarioResult) -> list[Failure]:
    """The failures that are about no rows and no count of a sink."""
    if result.status is not Status.FAILED:
        return []
    places = {step.location for step in _expectations(plan.scenario)}
    return [failure for failure in result.failures if failure.location not in places]


def proposals(runs: Sequence[Run], scenarios: Iterable[Scenario], files: Files) -> list[Proposal]:
    """What could be accepted, in the order of the runs; one text is proposed once, whoever runs it."""
    by_place: dict[Location, list[Run]] = {}
    for plan, result in runs:
        for step in _expectations(plan.scenario):
            by_place.setdefault(step.location, []).append((plan, result))
    users = _users(scenarios)
    found = (_proposal(place, among, users, files) for place, among in by_place.items())
    return [proposal for proposal in found if proposal is not None]


def _proposal(
    place: Location, runs: Sequence[Run], users: Mapping[Path, set[Location]], files: Files
) -> Proposal | None:
    failed = [(plan, result, failure) for plan, result in runs if (failure := _failure(result, place))]
    if not failed:
        return None
    plan, result, failure = failed[0]
    if len(failed) < len(runs):
        other = next(result for _, result in runs if _failure(result, place) is None)
        fact = "did not come to it" if other.status is Status.ERROR else "holds it"
        refusal = f"one text stands for several results, and {_named(other)} {fact}"
        return Proposal(result=result, failure=failure, refusal=refusal)
    try:
        edits = _edits(plan, failure, files)
        for other_plan, other, other_failure in failed[1:]:
            if _edits(other_plan, other_failure, files) != edits:
                names = f"{_named(result)} and {_named(other)}"
                raise CannotRewrite(f"one text stands for several results, and those of {names} differ")
        _refuse_shared(edits, place, users)
        _refuse_broken(edits, files)
    except HarnessError as error:
        where = f" ({error.location})" if error.location else ""
        hint = f"; {error.hint}" if error.hint else ""
        return Proposal(result=result, failure=failure, refusal=f"{error.message}{where}{hint}")
    return Proposal(result=result, failure=failure, edits=edits)


def _edits(plan: Plan, failure: Failure, files: Files) -> Edits:
    return edits_of(rewrite_of(failure, moving=plan.scenario.T == NOW), files.text)


def _refuse_shared(edits: Edits, place: Location, users: Mapping[Path, set[Location]]) -> None:
    for path in edits:
        others = sorted(users.get(path, set()) - {place})
        if path != place.path and others:
            raise CannotRewrite(
                f"the rows of {shown(path)} are used by another step, too", location=others[0]
            )


def _refuse_broken(edits: Edits, files: Files) -> None:
    """A last look at what would be written: it must be a file that can be read."""
    for path, found in edits.items():
        problems = Problems()
        if path.name.endswith(SCENARIOS):
            source.parse(files.text(path).edited(found), path, problems)
        for problem in problems.found():
            raise CannotRewrite(f"the file would be broken: {problem.message}", location=problem.location)


def _failure(result: ScenarioResult, place: Location) -> Failure | None:
    if result.status is not Status.FAILED:
        return None
    return next((failure for failure in result.failures if failure.location == place), None)


def _named(result: ScenarioResult) -> str:
    return f"`{result.name}`"


def _expectations(scenario: Scenario) -> list[ExpectRows]:
    return [step for step in scenario.steps if isinstance(step, ExpectRows)]


def _steps_with_rows(scenarios: Iterable[Scenario]) -> Iterator[ExpectRows | Send | Put | Remove]:
    for scenario in scenarios:
        for step in (*scenario.given, *scenario.steps):
            if isinstance(step, ExpectRows | Send | Put | Remove):
                yield step


def _users(scenarios: Iterable[Scenario]) -> dict[Path, set[Location]]:
    """The steps that have their rows from a file of its own."""
    users: dict[Path, set[Location]] = {}
    for step in _steps_with_rows(scenarios):
        if step.rows is not None:
            users.setdefault(step.rows.location.path, set()).add(step.location)
    return users
