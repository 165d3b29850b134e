"""The interpreters of the jobs: whether their PyFlink is there, whole, and the one that pipelines want."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.doctor.finding import Finding, ok, problem, warning
from harness.doctor.subject import Subject, Use
from harness.errors import ArtefactError
from harness.launch.flink_distribution import find_distribution
from harness.launch.flink_python import NEWEST, RELEASES, is_made, made

NAME = "pyflink"
_PROBE_TIMEOUT_S = 5.0

# Runs in the interpreter of the job; imports nothing of PyFlink.
_PROBE = """
import json, re, sys
from importlib.metadata import distribution
def of(name):
    try:
        return distribution(name)
    except Exception:
        return None
flink, libraries = of("apache-flink"), of("apache-flink-libraries")
missing = []
for text in (flink.requires or []) if flink else []:
    name, _, marker = text.partition(";")
    name = re.match(r"[A-Za-z0-9._-]+", name)[0]
    if not marker and of(name) is None:
        missing.append(name)
print(json.dumps({
    "python": list(sys.version_info[:3]),
    "flink": flink.version if flink else None,
    "libraries": libraries.version if libraries else None,
    "classifiers": flink.metadata.get_all("Classifier") or [] if flink else [],
    "missing": missing,
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What an interpreter says of itself.

    Attributes:
        newest: The last Python that its PyFlink promises to run with, if it says so.
        libraries: The version of the package that brings Flink's jars.
        missing: What PyFlink requires and nobody installed.
    """

    python: tuple[int, ...]
    flink: str | None
    libraries: str | None
    newest: tuple[int, int] | None
    missing: tuple[str, ...]


def look(subject: Subject) -> Iterator[Finding]:
    """One finding for each interpreter and version of Flink that is wanted of it."""
    wanted: dict[tuple[Path, str], Use] = {}
    for use in subject.uses:
        if use.flink.scripts or use.flink.python:
            wanted.setdefault((use.python, use.flink.version), use)
    for (python, version), use in wanted.items():
        where = use.where if subject.has_pipelines else ""
        if python == made(version, subject.settings.cache) and not is_made(python):
            yield _to_be_made(version, where)
            continue
        yield _look_at(python, version, subject.settings.cache, where)


def _to_be_made(version: str, where: str) -> Finding:
    return warning(
        NAME,
        f"PyFlink {RELEASES[version]} is not in the cache; the first run installs it",
        seen="half a minute, and 0.8 GB",
        remedy=f"harness fetch --flink {version}",
        where=where,
    )


def _look_at(python: Path, version: str, cache: Path, where: str) -> Finding:
    try:
        installed = ask(python)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return problem(
            NAME,
            f"{python} is no Python that runs",
            seen=_reason(error),
            remedy=f"{_new_environment(version)}; export HARNESS_PYTHON=.venv/bin/python",
            where=where,
        )
    found = judge(installed, python, version, where)
    if found is not None:
        return found
    try:
        distribution = find_distribution(python, cache)
    except ArtefactError as error:
        return problem(NAME, error.message, seen=error.detail or "", remedy=error.hint or "", where=where)
    if distribution.series != version:
        return _other_version(distribution.version, python, version, where)
    return ok(NAME, f"PyFlink {distribution.version} on Python {_dotted(installed.python)} ({python})")


def ask(python: Path) -> Installed:
    """What the packages of an interpreter are.

    Raises:
        OSError: It cannot be started.
        subprocess.SubprocessError: It fails, or takes too long.
        ValueError: It answers something else.
    """
    done = subprocess.run(
        [python, "-c", _PROBE],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_PROBE_TIMEOUT_S,
        check=True,
        stdin=subprocess.DEVNULL,
        cwd="/",
    )
    lines = done.stdout.splitlines()
    answer = json.loads(lines[-1] if lines else "")
    known = [re.fullmatch(r"Programming Language :: Python :: 3\.(\d+)", c) for c in answer["classifiers"]]
    minors = [int(match[1]) for match in known if match]
    return Installed(
        python=tuple(answer["python"]),
        flink=answer["flink"],
        libraries=answer["libraries"],
        newest=(3, max(minors)) if minors else None,
        missing=tuple(answer["missing"]),
    )


def judge(installed: Installed, python: Path, version: str, where: str = "") -> Finding | None:
    """What is wrong with the packages, or None if nothing is."""
    newest = installed.newest or NEWEST.get(version)
    if newest is not None and installed.python[:2] > newest:
        has = f"PyFlink {installed.flink}" if installed.flink else f"Flink {version}"
        return problem(
            NAME,
            f"Python {_dotted(installed.python)} is too new for {has}",
            seen=f"{python}; Python {_dotted(newest)} is the last that it knows",
            remedy=f"{_new_environment(version, newest)}; export HARNESS_PYTHON=.venv/bin/python",
            where=where,
        )
    if installed.flink is None and installed.libraries is None:
        return problem(
            NAME,
            f"{python} has no PyFlink",
            seen=f"it is Python {_dotted(installed.python)}",
            remedy=_install(python, version),
            where=where,
        )
    if installed.flink is not None and not installed.flink.startswith(f"{version}."):
        return _other_version(installed.flink, python, version, where)
    lacks = list(installed.missing)
    if installed.flink is None:
        lacks.append("apache-flink")
    elif installed.libraries is None:
        lacks.append("apache-flink-libraries")
    elif installed.libraries != installed.flink:
        lacks.append(f"apache-flink-libraries {installed.flink} (it has {installed.libraries})")
    if not lacks:
        return None
    return problem(
        NAME,
        f"the PyFlink of {python} is not whole",
        seen=f"missing: {', '.join(dict.fromkeys(lacks))}",
        remedy=f"{_install(python, version)} --force-reinstall",
        where=where,
    )


def _other_version(has: str, python: Path, version: str, where: str) -> Finding:
    return problem(
        NAME,
        f"Flink {version} is wanted, and {python} has PyFlink {has}",
        seen="`flink:` of the pipeline" if where else "",
        remedy=_install(python, version),
        where=where,
    )


def _install(python: Path, version: str) -> str:
    return f"{shlex.quote(str(python))} -m pip install 'apache-flink=={version}.*'"


def _new_environment(version: str, newest: tuple[int, int] | None = None) -> str:
    python = f"python{_dotted(newest or NEWEST.get(version, (3, 11)))}"
    return f"{python} -m venv .venv && .venv/bin/pip install 'flink-harness[flink-{version}]'"


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = str(error.stderr).strip().splitlines()
        return lines[-1] if lines else f"exit code {error.returncode}"
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return "it did not answer" if isinstance(error, subprocess.TimeoutExpired) else "it answered nonsense"
