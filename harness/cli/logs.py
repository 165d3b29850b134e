"""`harness logs`: what the keeper and its services wrote, as long as they are there."""

from __future__ import annotations

from collections.abc import Iterable

import click

from harness.cli.keepers import NOTHING, is_own, keepers_of, this_project
from harness.clock import pause
from harness.errors import SettingsError, did_you_mean
from harness.keeper.log_files import LogFile, Logs, without_secrets
from harness.keeper.sweep import locked

FOLLOW_SECONDS = 0.2
COLOURS = ("cyan", "yellow", "green", "magenta", "blue")


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("-f", "--follow", is_flag=True, help="go on until Ctrl-C")
@click.option(
    "-n", "--tail", "lines", type=click.IntRange(min=0), default=100, help="lines of each log (100)"
)
def logs(services: tuple[str, ...], *, follow: bool, lines: int) -> int:
    """Show the logs of the warm services.

    Each line comes after the name of its service. Secrets are masked.
    """
    found = sorted(keepers_of(this_project()), key=lambda keeper: not (keeper.kept and is_own(keeper)))
    if not found:
        click.echo(NOTHING)
        return 0
    reading = Logs(found[0])
    files = reading.find()
    _check(services, files)
    printer = _Printer(reading, services)
    for file in files:
        printer.show(file, file.end(lines))
    try:
        while follow and locked(reading.keeper.folder / "lock"):
            pause(FOLLOW_SECONDS)
            reading.find()
            for file in list(reading.files.values()):
                printer.show(file, file.more())
    except KeyboardInterrupt:
        return 0
    if follow:
        click.echo("the keeper has ended", err=True)
    return 0


def _check(services: tuple[str, ...], files: Iterable[LogFile]) -> None:
    names = list(dict.fromkeys(file.name for file in files))
    for service in services:
        if not any(_is_of(service, name) for name in names):
            hint = did_you_mean(service, names, what="there are")
            raise SettingsError(f"there is no log of `{service}`", hint=hint)


def _is_of(service: str, name: str) -> bool:
    return service in (name, name.rpartition("-")[0])


class _Printer:
    """Writes lines after the names of their services, one colour each on a terminal."""

    def __init__(self, logs: Logs, services: tuple[str, ...]) -> None:
        self._logs = logs
        self._services = services
        self._colours: dict[str, str] = {}

    def show(self, file: LogFile, lines: list[str]) -> None:
        if not lines or (self._services and not any(_is_of(s, file.name) for s in self._services)):
            return
        colour = self._colours.setdefault(file.name, COLOURS[len(self._colours) % len(COLOURS)])
        width = max(len(f.name) for f in self._logs.files.values())
        secrets = self._logs.secrets()
        for line in lines:
            head = click.style(f"{file.name:<{width}} |", fg=colour)
            click.echo(f"{head} {without_secrets(line, secrets)}")
