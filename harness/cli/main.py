"""The `harness` command, its exit codes, and what a person sees of an error."""

from __future__ import annotations

import importlib
import sys
import traceback

import click

from harness import __version__
from harness.errors import HarnessError, InvalidFiles, NothingSelected, SettingsError

OK, FAILED, INTERRUPTED, INTERNAL, USAGE, NOTHING = range(6)
"""pytest's exit codes."""


COMMANDS = (
    *("run", "check", "plan", "fmt", "accept", "init", "schema", "config", "fetch", "doctor"),
    *("up", "down", "status", "logs", "leases", "gc"),
)
"""Each is the function of its name in the module of its name."""


class Commands(click.Group):
    """Imports a command when it is asked for: none waits for what only another one needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, in the order of a user's day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"harness.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="harness")
def cli() -> None:
    """Run scenarios against real, unmodified Flink jobs, and explain what stands in the sinks."""


def main(argv: list[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    sys.exit(status_of(argv))


def status_of(argv: list[str] | None) -> int:
    """Run a command; no expected error shows a traceback."""
    try:
        result = cli.main(argv, standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except NothingSelected as error:
        click.echo(error.render(), err=True)
        return NOTHING
    except (InvalidFiles, SettingsError) as error:
        click.echo(error.render(), err=True)
        return USAGE
    except HarnessError as error:
        click.echo(error.render(), err=True)
        return FAILED
    except Exception:  # noqa: BLE001 - the last line of defence: our own fault, and said so
        click.echo(
            f"{traceback.format_exc()}\nthis is a fault of the harness itself, not of your files", err=True
        )
        return INTERNAL
    return result if isinstance(result, int) else OK


if __name__ == "__main__":
    main()
