"""What a person sees while jars are fetched: a bar on a terminal, one line elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from harness.clock import monotonic
from harness.launch.artefacts import OnProgress


@contextmanager
def shown_progress(console: Console, what: str = "jars") -> Iterator[OnProgress]:
    """Yield the callback for `ensure`; says nothing if nothing had to be fetched."""
    started = monotonic()
    seen = {"done": 0, "total": 0}
    if console.is_terminal:
        columns = (
            TextColumn("fetching {task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(what, total=None, visible=False)

            def draw(done: int, total: int) -> None:
                seen.update(done=done, total=total)
                bar.update(task, completed=done, total=total, visible=True)

            yield draw
    else:

        def note(done: int, total: int) -> None:
            seen.update(done=done, total=total)

        yield note
    if seen["total"]:
        took = monotonic() - started
        console.print(f"fetched {what}: {decimal(seen['total'])} in {took:.1f} s", highlight=False)
