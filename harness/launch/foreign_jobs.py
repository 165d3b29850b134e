"""Jobs of ours on a cluster that is not ours: noted before they are sent, cancelled whatever became of us."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from pathlib import Path

NAME = "foreign-jobs"
"""A file beside the log of a Flink: one line per job, its cluster's address and its id."""
SECONDS = 5.0


def cancel_of_run(folder: Path) -> None:
    """Cancel what the Flinks of a run have noted, in the folder of the run."""
    for note in folder.glob(f"*/{NAME}"):
        cancel_all(note)


def cancel_all(note: Path) -> None:
    """Cancel the jobs of a note that have not ended; one that is unknown or unreachable is passed over."""
    try:
        lines = note.read_text().splitlines()
    except OSError:
        return
    for rest, job in (line.split() for line in lines if len(line.split()) == 2):
        with contextlib.suppress(OSError, ValueError, KeyError):
            if _state(rest, job) not in ("FINISHED", "FAILED", "CANCELED"):
                request = urllib.request.Request(f"{rest}/jobs/{job}?mode=cancel", method="PATCH")
                urllib.request.urlopen(request, timeout=SECONDS).close()


def _state(rest: str, job: str) -> str:
    with urllib.request.urlopen(f"{rest}/jobs/{job}/status", timeout=SECONDS) as answer:
        return str(json.load(answer)["status"])
