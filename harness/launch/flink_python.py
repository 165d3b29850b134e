"""The interpreter of a Flink version: one that was named, this one, or one that the harness makes itself.

An interpreter holds one PyFlink. So a version that this one does not have gets a virtual environment with
nothing but that PyFlink and what it requires, made once and kept in the cache.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache as remembered
from importlib import metadata
from pathlib import Path
from threading import Lock

from harness.clock import monotonic
from harness.errors import ArtefactError
from harness.launch.asked import ask
from harness.launch.cached import unwritable
from harness.settings import Settings

RELEASES = {"1.20": "1.20.3", "2.2": "2.2.1"}
"""The patch levels that the figures were measured with; a newer one comes in with its own measurement."""
NEWEST = {"1.20": (3, 11), "2.2": (3, 12)}
"""The last Python that each Flink promises to run with; used where no PyFlink is there to say so."""
OLDEST = (3, 9)
WHOLE = "whole"
"""A file in an environment that is complete; one without it was given up half-way."""
REFUSED_FOR_S = 60.0
"""So long what could not be installed is not tried again: many scenarios want the same."""

_VERSION = "import json, sys; print(json.dumps(sys.version_info[:2]))"
_refused: dict[Path, tuple[float, ArtefactError]] = {}
_refusing = Lock()


def python_for(version: str, settings: Settings) -> Path:
    """The interpreter that jobs run with whose pipeline names none.

    It may be one that is still to be made; see `make`.

    Args:
        version: A Flink version, such as `2.2`.
        settings: An interpreter that they name is taken as it is: it may have what the jobs import.
    """
    option = option_of(version)
    named: Path | None = getattr(settings, option)
    if named is not None:
        return named
    # `auto` in so many words is for a version that the interpreter of the others does not have.
    asked_to_make = option in settings.came_from
    if not asked_to_make and ("python" in settings.came_from or _own_series() == version):
        return settings.python
    return made(version, settings.cache)


def option_of(version: str) -> str:
    """The setting that names the interpreter of a Flink version."""
    return f"python_{version.replace('.', '_')}"


def made(version: str, cache: Path) -> Path:
    """Where the interpreter lies that the harness makes for a Flink version."""
    return cache / "environments" / f"flink-{RELEASES[version]}" / "bin" / "python"


def is_made(python: Path) -> bool:
    """Whether an interpreter that the harness makes is there, and whole."""
    return (_home(python) / WHOLE).exists() and python.exists()


def make(version: str, cache: Path, progress: Callable[[str], None]) -> Path:
    """The interpreter of `made`, with its environment installed if it is not there.

    Processes and threads that want the same one wait for the first of them.

    Args:
        version: A Flink version.
        cache: Where environments are kept.
        progress: Told before the installation, which takes half a minute.

    Raises:
        ArtefactError: The network, the index or the machine has not what it takes.
    """
    python = made(version, cache)
    if is_made(python):
        return python
    home = _home(python)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with home.with_name(f"{home.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_made(python):
                _refuse_again(python)
                progress(f"installing PyFlink {RELEASES[version]}")
                _install(home, version)
    except OSError as error:
        raise unwritable(error) from error
    except ArtefactError as error:
        with _refusing:
            _refused.setdefault(python, (monotonic(), error))
        raise
    return python


def _refuse_again(python: Path) -> None:
    with _refusing:
        at, error = _refused.get(python, (0.0, None))
        if error is not None and monotonic() - at < REFUSED_FOR_S:
            raise error
        _refused.pop(python, None)


def _install(home: Path, version: str) -> None:
    release = RELEASES[version]
    shutil.rmtree(home, ignore_errors=True)
    base = _base(version)
    install = ("install", "--quiet", "--no-input", "--disable-pip-version-check", f"apache-flink=={release}")
    temporary = home / "tmp"
    try:
        _run([str(base), "-m", "venv", str(home)], home.parent)
        temporary.mkdir()
        _run([str(home / "bin" / "python"), "-m", "pip", *install], temporary)
        shutil.rmtree(temporary)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(home, ignore_errors=True)
        variable = f"HARNESS_{option_of(version).upper()}"
        raise ArtefactError(
            f"PyFlink {release} could not be installed into {home}",
            detail=_reason(f"{error.stderr}\n{error.stdout}"),
            hint=f"`harness fetch --flink {version}` with a network, "
            f"or name an interpreter that has it: export {variable}=PATH",
        ) from error
    (home / WHOLE).touch()


def _run(command: Sequence[str], temporary: Path) -> None:
    # Nothing of the project may come between: its folder, its PYTHONPATH, its own installations. What an
    # installation leaves that is killed goes with the environment when it is made again.
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env={**environ, "PIP_USER": "0", "TMPDIR": str(temporary)},
    )


def _reason(output: str) -> str:
    """The errors in what pip wrote, without the password of an index."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")] or lines[-5:]
    return re.sub(r"//[^/@\s]*@", "//", "\n".join(dict.fromkeys(errors)))


def _base(version: str) -> Path:
    """An interpreter that a Flink version runs with: that of the harness, else the newest in PATH.

    Raises:
        ArtefactError: There is none.
    """
    newest = NEWEST[version]
    for python in _bases(newest):
        try:
            found = tuple(ask(python, _VERSION, of="version", isolated=True))
        except ArtefactError:
            # A name in PATH may stand for a version that nobody installed.
            continue
        if OLDEST <= found <= newest:
            return python
    oldest, last = (".".join(map(str, numbers)) for numbers in (OLDEST, newest))
    raise ArtefactError(
        f"there is no Python that PyFlink {RELEASES[version]} runs with",
        detail=f"it needs {oldest} to {last}; the harness runs with {sys.version.split()[0]}, "
        "and PATH has no other one",
        hint=f"install Python {last}, or name an interpreter that has PyFlink with "
        f"HARNESS_{option_of(version).upper()}",
    )


def _bases(newest: tuple[int, int]) -> Iterator[Path]:
    yield Path(getattr(sys, "_base_executable", None) or sys.executable)
    for minor in range(newest[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            yield Path(found)


def _home(python: Path) -> Path:
    return python.parent.parent


@remembered
def _own_series() -> str:
    """The Flink version of this very interpreter; "" if it has no PyFlink."""
    try:
        return ".".join(metadata.version("apache-flink").split(".")[:2])
    except metadata.PackageNotFoundError:
        return ""
