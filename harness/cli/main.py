"""The `harness` command, its exit codes, and what a person sees of an error."""

from __future__ import annotations

import sys
import traceback

import click

from harness import __version__
from harness.cli.check import check
from harness.cli.config import config
from harness.cli.fetch import fetch
from harness.cli.options import NothingSelected
from harness.cli.plan import plan
from harness.cli.run import run
from harness.errors import HarnessError, InvalidFiles, SettingsError

OK, FAILED, INTERRUPTED, INTERNAL, USAGE, NOTHING = range(6)
"""pytest's exit codes."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="harness")
def cli() -> None:
    """Run scenarios against real, unmodified Flink jobs, and explain what stands in the sinks."""


for command in (run, check, plan, config, fetch):
    cli.add_command(command)


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
