"""Options that several commands share; the flags of settings are made from their declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from harness.errors import InvalidFiles, NothingSelected, Problem, SettingsError, did_you_mean
from harness.scenario.language.choices import FLINK
from harness.scenario.load import load_scenarios
from harness.scenario.model import Scenario
from harness.settings import OPTIONS, Settings, load_settings, project_root

if TYPE_CHECKING:
    from harness.plan import Plan

Command = TypeVar("Command", bound=Callable[..., Any])


class Tagged(Protocol):
    """What a scenario is chosen by."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def tags(self) -> Sequence[str]:
        """Its tags."""


Chosen = TypeVar("Chosen", bound=Tagged)


def setting_flags(command: Command) -> Command:
    """One flag per setting."""
    for name, option in reversed(list(OPTIONS.items())):
        flag = f"--{name.replace('_', '-')}"
        command = click.option(flag, name, metavar="VALUE", help=option["help"])(command)
    return command


def selection(command: Command) -> Command:
    """Paths and filters that select scenarios."""
    command = click.option(
        *("-m", "--tag", "tags"),
        multiple=True,
        metavar="TAG",
        help="only scenarios with this tag, with !TAG those without it; several must all hold",
    )(command)
    command = click.option(
        "-k",
        "words",
        metavar="TEXT",
        help="only the scenario of this name, else all whose name holds this text",
    )(command)
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path))(command)


def on_flink(command: Command) -> Command:
    """Selects versions of Flink."""
    return click.option(
        *("--flink", "versions"),
        multiple=True,
        type=click.Choice(FLINK),
        help="only on this version of those that the pipelines name",
    )(command)


def on_versions(plans: Iterable[Plan], versions: Sequence[str]) -> list[Plan]:
    """The plans on these versions of Flink; all if none was asked for.

    Raises:
        NothingSelected: No pipeline names one of them.
    """
    chosen = [plan for plan in plans if not versions or plan.flink in versions]
    if not chosen:
        words = " or ".join(versions)
        raise NothingSelected(
            f"none of the selected scenarios runs on Flink {words}",
            hint=f'a pipeline names its versions, as in `flink: ["{FLINK[0]}", "{FLINK[1]}"]`',
        )
    return chosen


def settings_of(flags: dict[str, Any]) -> Settings:
    """The settings, with the flags of this command; see `load_settings` for what it raises."""
    return load_settings(Path.cwd(), given(flags))


def given(flags: dict[str, Any]) -> dict[str, str]:
    """The setting flags that were given."""
    return {name: flags[name] for name in OPTIONS if flags.get(name) is not None}


def selected(paths: tuple[Path, ...], words: str | None, tags: Sequence[str]) -> tuple[Scenario, ...]:
    """The scenarios that were asked for.

    Raises:
        InvalidFiles: With every problem of every file.
        SettingsError: A path that is not there.
        NothingSelected: A filter that leaves nothing.
    """
    return chosen(load_scenarios(paths, project_root(Path.cwd())), words, tags)


def chosen(
    read: tuple[Sequence[Chosen], Sequence[Problem]], words: str | None, tags: Sequence[str]
) -> tuple[Chosen, ...]:
    """Those of the scenarios that were read which the filters leave; see `selected` for what it raises."""
    scenarios, problems = read
    for tag in tags:
        if not tag.removeprefix("!").strip() or len(tag.split()) > 1:
            raise SettingsError(f"`{tag}` is no tag", hint="as in `--tag smoke --tag '!slow'`")
    if problems:
        raise InvalidFiles(problems)
    # A whole name is what reports give to run one scenario again; other names may hold it.
    named = [s for s in scenarios if s.name == words] or [
        s for s in scenarios if not words or words.lower() in s.name.lower()
    ]
    left = tuple(s for s in named if all(_has(s, tag) for tag in tags))
    if not left:
        raise NothingSelected(
            "no scenario was found" if not scenarios else f"none of {len(scenarios)} scenarios was selected",
            hint=_nearest_tag(scenarios, tags)
            or "scenario files are named `*.scenario.yaml`; look at the paths, -k and --tag",
        )
    return left


def _has(scenario: Tagged, tag: str) -> bool:
    return tag in scenario.tags if not tag.startswith("!") else tag[1:] not in scenario.tags


def _nearest_tag(scenarios: Sequence[Tagged], tags: Sequence[str]) -> str | None:
    """What a tag that no scenario has may have meant."""
    known = sorted({tag for scenario in scenarios for tag in scenario.tags})
    unknown = next((tag for tag in tags if not tag.startswith("!") and tag not in known), None)
    return did_you_mean(unknown, known, what="tags") if unknown else None
