"""`harness fetch`: everything that a run would fetch, so that a later one needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from harness.cli.options import setting_flags, settings_of
from harness.launch.java import find_java
from harness.launch.lock_file import load_lock, lock_names
from harness.launch.progress import shown_progress
from harness.location import shown
from harness.services.jars import fetched


@click.command()
@setting_flags
def fetch(**flags: Any) -> int:
    """Fetch and verify all jars of the lock files into the cache."""
    settings = settings_of(flags)
    console = Console(soft_wrap=True)
    locks = [load_lock(name) for name in lock_names()]
    with shown_progress(console) as progress:
        jars = fetched(locks, settings, progress)
    java = find_java(settings.java, settings.cache)
    console.print(f"{len(jars)} jars are in {_short(settings.cache)}", highlight=False)
    console.print(f"Java {java.version} ({java.origin})", highlight=False)
    return 0


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else shown(path)
