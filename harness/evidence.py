"""What is kept of a scenario that did not pass: the script's output and the logs of its services."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from harness.environment import Grant
from harness.location import shown
from harness.scenario.model import Scenario

MASK = "***"
WHY_NOT = "why-not-done.json"
"""In the folder of a lease: what stood in the way of a job that was not done in time."""
MOST_BYTES = 1 << 20
"""Of each file so much of its end is kept."""


def keep(grant: Grant, scenario: Scenario, folder: Path, mark: str = "") -> tuple[str, ...]:
    """Copy output and logs below `folder`; returns what was kept.

    A full disk loses evidence, never a verdict.

    Args:
        grant: What the scenario held.
        scenario: What was run.
        folder: Where evidence is kept.
        mark: What tells this run from that on another version of Flink.
    """
    file = scenario.location.path.name.partition(".")[0]
    place = folder / "evidence" / "-".join(filter(None, [_slug(f"{file}-{scenario.name}"), _slug(mark)]))
    own = sorted(p for p in Path(grant.folder).glob("*") if p.suffix in (".out", ".log") or p.name == WHY_NOT)
    sources = [*own, *map(Path, grant.logs)]
    kept = False
    with contextlib.suppress(OSError):
        shutil.rmtree(place, ignore_errors=True)
        for source in sources:
            if source.exists() and source.stat().st_size:
                place.mkdir(parents=True, exist_ok=True)
                _copy_end(source, place / source.name, grant.secrets)
                kept = True
        if kept and not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text("*\n")
    return (shown(place),) if kept else ()


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()[:80]


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets that got into it, such as a password in a driver's message."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def _copy_end(source: Path, target: Path, secrets: Iterable[str]) -> None:
    with source.open("rb") as f:
        f.seek(max(0, source.stat().st_size - MOST_BYTES))
        data = f.read()
    for secret in secrets:
        data = data.replace(secret.encode(), MASK.encode())
    target.write_bytes(data)
