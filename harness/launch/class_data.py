"""Class-data archives (AppCDS): a JVM that maps one starts in half the time.

An archive belongs to one build of Java, one list of flags and one class path; another of any of
them is refused by the JVM, silently. So the three make the name of the archive.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.launch.java import Java

log = logging.getLogger(__name__)

MOST_BYTES = 2 << 30
"""What all archives together may take; the ones that were not used for longest go first."""

QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")
"""A JVM that refuses an archive warns on standard output, where some protocols speak."""

_DUMP_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class ClassData:
    """The archive of one kind of JVM.

    Attributes:
        path: Where it is, or will be once it was trained.
        base: The archive of the JDK's own classes below it, where Java brings none.
        exists: Whether the next start can use it.
        jvm_flags: What to start with, to use it or the one for a shorter class path; only the quiet flags
            if there is neither.
        mapped: The archive that those flags name, or None.
        java: The Java that it belongs to.
        flags: The other flags that it belongs to.
    """

    path: Path
    base: Path | None
    exists: bool
    jvm_flags: tuple[str, ...]
    mapped: Path | None
    java: Java
    flags: tuple[str, ...]

    @property
    def training(self) -> Path:
        """The file that a training run of this process writes."""
        return self.path.with_name(f"{self.path.stem}.{os.getpid()}.tmp")


def archive_for(java: Java, flags: Sequence[str], class_path: Iterable[Path], cache: Path) -> ClassData:
    """The archive that fits a JVM started with these flags (heap, collector, compiler) and class path.

    Where there is none for the whole class path, one for its beginning does nearly as well: the JVM
    takes it as long as what follows is only added.
    """
    jars = [(str(path), (state := path.stat()).st_size, state.st_mtime_ns) for path in class_path]
    folder = cache / "class-data"
    base = (
        None
        if java.has_base_archive
        else folder / f"{_key(java.build, str(java.home), list(flags))}.base.jsa"
    )
    has_base = base is None or base.is_file()
    fitting = [
        folder / f"{_key(java.build, list(flags), jars[:count])}.jsa" for count in range(len(jars), 0, -1)
    ]
    path = fitting[0] if fitting else folder / f"{_key(java.build, list(flags), jars)}.jsa"
    best = next((archive for archive in fitting if archive.is_file()), None) if has_base else None
    if best is None:
        return ClassData(
            path, base, exists=False, jvm_flags=QUIET, mapped=None, java=java, flags=tuple(flags)
        )
    for used in filter(None, (best, base)):
        _touch(used)
    mapped = f"{base}{os.pathsep}{best}" if base else str(best)
    jvm_flags = (f"-XX:SharedArchiveFile={mapped}", "-Xshare:auto", *QUIET)
    return ClassData(
        path, base, exists=best == path, jvm_flags=jvm_flags, mapped=best, java=java, flags=tuple(flags)
    )


def written(cache: Path) -> frozenset[tuple[str, int]]:
    """The archives that are there, each with its inode: one that is trained again is another file."""
    return frozenset((path.name, path.stat().st_ino) for path in (cache / "class-data").glob("*.jsa"))


def train_flags(data: ClassData) -> tuple[str, ...]:
    """The flags of a start that writes the archive when the JVM exits cleanly; `commit` puts it in place.

    Where Java brings no archive of its own classes this makes one first, which takes half a second.
    No flags come back where that is not possible.
    """
    data.path.parent.mkdir(parents=True, exist_ok=True)
    if data.base is None:
        return (f"-XX:ArchiveClassesAtExit={data.training}", *QUIET)
    if not data.base.is_file() and not _dump_base(data.java, data.flags, data.base):
        return QUIET
    return (f"-XX:SharedArchiveFile={data.base}", f"-XX:ArchiveClassesAtExit={data.training}", *QUIET)


def commit(data: ClassData) -> bool:
    """Put a trained archive in place; False if the JVM wrote none (killed, or disk full)."""
    try:
        if data.training.stat().st_size == 0:
            data.training.unlink()
            return False
        data.training.chmod(0o644)
        data.training.replace(data.path)
    except FileNotFoundError:
        return False
    evict(data.path.parent, keep=data.path)
    log.info("trained class-data archive %s", data.path.name)
    return True


def evict(folder: Path, *, keep: Path | None = None, most_bytes: int = MOST_BYTES) -> list[Path]:
    """Delete the archives that were not used for longest, until the rest takes at most `most_bytes`."""
    archives = [(path, path.stat()) for path in folder.glob("*.jsa")]
    total = sum(state.st_size for _, state in archives)
    gone = []
    for path, state in sorted(archives, key=lambda pair: pair[1].st_mtime_ns):
        if total <= most_bytes:
            break
        if path != keep:
            path.unlink(missing_ok=True)
            total -= state.st_size
            gone.append(path)
    return gone


def _dump_base(java: Java, flags: Sequence[str], base: Path) -> bool:
    temporary = base.with_name(f"{base.stem}.{os.getpid()}.tmp")
    command = [str(java.executable), *flags, "-Xshare:dump", f"-XX:SharedArchiveFile={temporary}", *QUIET]
    log.debug("running %s", command)
    try:
        done = subprocess.run(command, capture_output=True, timeout=_DUMP_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.info("no base archive: %s", error)
        return False
    if done.returncode != 0 or not temporary.is_file():
        log.info("no base archive: exit code %d: %s", done.returncode, done.stderr.decode(errors="replace"))
        temporary.unlink(missing_ok=True)
        return False
    temporary.replace(base)
    return True


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError:
        log.debug("%s is read-only; it may be evicted although it is used", path)


def _key(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
