"""Options that several commands share; the flags of settings are made from their declaration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.errors import InvalidFiles, NothingSelected
from harness.scenario.load import load_scenarios
from harness.scenario.model import Scenario
from harness.settings import OPTIONS, Settings, load_settings, project_root

Command = TypeVar("Command", bound=Callable[..., Any])


def setting_flags(command: Command) -> Command:
    """One flag per setting."""
    for name, option in reversed(list(OPTIONS.items())):
        flag = f"--{name.replace('_', '-')}"
        command = click.option(flag, name, metavar="VALUE", help=option["help"])(command)
    return command


def selection(command: Command) -> Command:
    """Paths and filters that select scenarios."""
    command = click.option("-m", "tag", metavar="TAG", help="only scenarios with this tag")(command)
    command = click.option("-k", "words", metavar="TEXT", help="only scenarios whose name holds this text")(
        command
    )
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path))(command)


def settings_of(flags: dict[str, Any]) -> Settings:
    """The settings, with the flags of this command; see `load_settings` for what it raises."""
    return load_settings(Path.cwd(), given(flags))


def given(flags: dict[str, Any]) -> dict[str, str]:
    """The setting flags that were given."""
    return {name: flags[name] for name in OPTIONS if flags.get(name) is not None}


def selected(paths: tuple[Path, ...], words: str | None, tag: str | None) -> tuple[Scenario, ...]:
    """The scenarios that were asked for.

    Raises:
        InvalidFiles: With every problem of every file.
        SettingsError: A path that is not there.
        NothingSelected: A filter that leaves nothing.
    """
    scenarios, problems = load_scenarios(paths, project_root(Path.cwd()))
    if problems:
        raise InvalidFiles(problems)
    chosen = tuple(
        s for s in scenarios if (not words or words.lower() in s.name.lower()) and (not tag or tag in s.tags)
    )
    if not chosen:
        raise NothingSelected(
            "no scenario was found" if not scenarios else f"none of {len(scenarios)} scenarios was selected",
            hint="scenario files are named `*.scenario.yaml`; look at the paths, -k and -m",
        )
    return chosen
