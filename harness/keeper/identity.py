"""Which code and which surroundings a keeper stands for: what differs gets a keeper of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness import __version__
from harness.settings import Settings

PACKAGE = Path(__file__).parent.parent
OF_A_RUN = frozenset(
    {"timeout", "evidence", "log_level", "keep", "python", "python_1_20", "python_2_2", "layout"}
)
"""Settings that a run brings along; every other one is the keeper's own.

The interpreter and the layout of Flink are part of what each lease asks for.
"""
SURROUNDINGS = (
    "HOME",
    "JAVA_HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
)
"""Variables that services inherit or that decide which Java is found."""


def code_identity(package: Path = PACKAGE) -> str:
    """What tells this harness from every other: version, interpreter, and the state of each of its files.

    No file is read: a place, a size and a time take a few milliseconds for the whole package.
    """
    digest = hashlib.sha256()
    for word in (__version__, sys.prefix, sys.version, str(package)):
        digest.update(word.encode() + b"\0")
    for state in sorted(_states(str(package))):
        digest.update(repr(state).encode())
    return digest.hexdigest()[:16]


def _states(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _states(entry.path)
            else:
                info = entry.stat()
                yield entry.path, info.st_size, info.st_mtime_ns


def keeper_key(root: Path, settings: Settings, code: str, environ: Mapping[str, str] = os.environ) -> str:
    """The name of the one keeper that serves runs of this user, project, settings and code.

    Args:
        root: The project's folder.
        settings: Those of the run.
        code: See `code_identity`.
        environ: The variables that the keeper would inherit.
    """
    words = {
        "user": os.getuid(),
        "project": str(root.resolve()),
        "code": code,
        "settings": {s.name: str(s.value) for s in settings.describe() if s.name not in OF_A_RUN},
        "surroundings": {name: environ.get(name) for name in SURROUNDINGS},
        "java": shutil.which("java", path=environ.get("PATH")),
    }
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()[:12]
