"""The result document: a run as JSON, which every other report could be made from."""

from __future__ import annotations

import json
from pathlib import Path

from harness.events import Event, RunFinished
from harness.report.file import write_atomically
from harness.result import RunResult, to_json


class JsonDocument:
    """Writes the document of a run when it is over."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def handle(self, event: Event) -> None:
        """Write the document if this is the end of the run."""
        if isinstance(event, RunFinished):
            write_document(event.result, self._path)

    def close(self) -> None:
        """Nothing is left open."""


def write_document(result: RunResult, path: Path) -> None:
    """Write a run as JSON.

    Raises:
        OSError: if the file cannot be written.
    """
    text = json.dumps(to_json(result), indent=2, ensure_ascii=False)
    # Half a surrogate pair is the one thing UTF-8 cannot hold; its backslash form is JSON's own.
    write_atomically(path, f"{text}\n".encode(errors="backslashreplace"))
