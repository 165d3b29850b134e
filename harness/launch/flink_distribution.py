"""Flink as a PyFlink brings it: which version an interpreter has, and where its jars are."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from harness.errors import ArtefactError
from harness.launch.asked import ask
from harness.launch.cached import put_note

# Runs in the interpreter of the job: finds PyFlink without importing it (an import takes a second).
_PROBE = """
import importlib.util, json, os, sys
spec = importlib.util.find_spec("pyflink")
home = os.path.dirname(spec.origin) if spec and spec.origin else None
version = None
if home:
    try:
        from importlib.metadata import version as of
        version = of("apache-flink")
    except Exception:
        names = {}
        with open(os.path.join(home, "version.py")) as file:
            exec(file.read(), names)
        version = names["__version__"]
print(json.dumps({"home": home, "version": version, "paths": sys.path, "python": sys.version.split()[0]}))
"""


class _Found(TypedDict):
    home: str | None
    version: str
    paths: list[str]
    python: str


@dataclass(frozen=True, slots=True)
class FlinkDistribution:
    """The Flink inside a PyFlink.

    Attributes:
        version: The full version, for example `1.20.3`.
        home: PyFlink's folder, which is also a Flink home with conf, lib, opt and plugins.
        jars: All jars of its lib folder, sorted by name.
        python_jar: The jar that runs Python functions, from its opt folder.
        jmx_jar: The plugin that shows metrics over JMX.
    """

    version: str
    home: Path
    jars: tuple[Path, ...]
    python_jar: Path
    jmx_jar: Path

    @property
    def series(self) -> str:
        """The version without its patch level: `1.20`."""
        return ".".join(self.version.split(".")[:2])


def find_distribution(python: Path, cache: Path, series: str | None = None) -> FlinkDistribution:
    """The distribution of an interpreter, remembered until its packages change.

    Args:
        python: The interpreter.
        cache: Where its answer is kept.
        series: The version that is wanted, such as `1.20`: another one is never run in its place.

    Raises:
        ArtefactError: The interpreter does not run, has no PyFlink, or that of another version.
    """
    key = hashlib.sha256(os.fsencode(python.absolute()) + os.fsencode(os.environ.get("PYTHONPATH", "")))
    note = cache / "pyflink" / f"{key.hexdigest()[:16]}.json"
    known = _remembered(note)
    if known is None:
        known = ask(python, _PROBE, of="PyFlink")
        if known["home"]:
            watched = {path: _time(path) for path in (str(python.absolute()), *known["paths"]) if path}
            put_note(note, json.dumps({"found": known, "watched": watched}))
    if not known["home"]:
        raise ArtefactError(
            f"{python} has no PyFlink",
            detail=f"it is Python {known['python']}",
            hint=f"pip install 'flink-harness[flink-{series or '1.20'}]' into it, "
            "or name another with --python",
        )
    found = _distribution(Path(known["home"]), known["version"])
    if series is not None and found.series != series:
        raise ArtefactError(
            f"Flink {series} is wanted, and {python} has PyFlink {found.version}",
            hint=f"name one that has 'apache-flink=={series}.*' under `python_env`, or with "
            f"--python-{series.replace('.', '-')} (`auto`: the harness makes one)",
        )
    return found


def _distribution(home: Path, version: str) -> FlinkDistribution:
    jars = tuple(sorted((home / "lib").glob("*.jar")))
    python_jars = sorted((home / "opt").glob("flink-python*.jar"))
    jmx_jars = sorted((home / "plugins" / "metrics-jmx").glob("*.jar"))
    if not (jars and python_jars and jmx_jars):
        raise ArtefactError(
            f"the PyFlink in {home} is not whole",
            detail=f"jars: {len(jars)} in lib, {len(python_jars)} flink-python, {len(jmx_jars)} metrics-jmx",
            hint=f"pip install --force-reinstall apache-flink=={version} apache-flink-libraries=={version}",
        )
    return FlinkDistribution(version, home, jars, python_jars[-1], jmx_jars[-1])


def _remembered(note: Path) -> _Found | None:
    try:
        content = json.loads(note.read_bytes())
        watched: dict[str, int | None] = content["watched"]
        found: _Found = content["found"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # A folder's time changes with every package that is installed into it or removed from it.
    return found if all(_time(path) == time for path, time in watched.items()) else None


def _time(path: str) -> int | None:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return None
