"""Room for what a run writes: the cache, the temporary folder, and shared memory."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness import platform
from harness.doctor.finding import Finding, ok, problem, warning
from harness.doctor.jars import locks_of
from harness.doctor.java import without
from harness.doctor.subject import Subject
from harness.keeper.address import run_parent
from harness.launch.artefacts import missing
from harness.launch.cached import unwritable

CACHE, DISK, MEMORY = "cache", "disk", "memory"
NEEDED_BYTES = 256 << 20
"""What logs and small files of a run take at most, with a reserve."""
ARCHIVE_BYTES = 512 << 20
"""What two archives and the copies of Flink's jars take in the cache."""
SHARED_BYTES = 64 << 20
"""Below this, programs of all kinds fail that use shared memory."""


def look_at_cache(subject: Subject) -> Iterator[Finding]:
    """Whether files can be put into the cache."""
    cache = subject.settings.cache
    origin = subject.settings.origins()["cache"]
    try:
        _write(cache)
    except OSError as error:
        usual = Path.home() / ".cache" / "flink-harness"
        remedy = without(subject, "cache") if origin != "default" else _mend(cache, usual)
        yield problem(
            CACHE,
            f"{unwritable(error).message}",
            seen=f"{cache} ({origin}): {(error.strerror or str(error)).lower()}",
            remedy=remedy,
            where=str(cache),
        )
    else:
        yield ok(CACHE, f"{cache} can be written")


def _write(cache: Path) -> None:
    """Write a file into the folder, or see whether the folder could be made.

    Raises:
        OSError: Why not.
    """
    place = cache
    while not place.exists() and not place.is_symlink():
        place = place.parent
    if place == cache:
        with tempfile.TemporaryFile(dir=cache):
            return
    if not place.is_dir():
        raise NotADirectoryError(20, os.strerror(20), str(place))
    with tempfile.TemporaryDirectory(dir=place):
        return


def _mend(cache: Path, usual: Path) -> str:
    if cache.is_dir() and cache == usual and cache.stat().st_uid != os.getuid():
        return f"sudo chown -R {os.getuid()} {shlex.quote(str(cache))}"
    return "export HARNESS_CACHE=$(mktemp -d)  # or a folder of your own that lasts"


def look_at_disk(subject: Subject) -> Iterator[Finding]:
    """Whether the cache and the temporary folder have room."""
    cache, temporary = subject.settings.cache, run_parent()
    locks = {lock.name: lock for use in subject.uses for lock in locks_of(use)}
    wanted = sum(artefact.size for artefact in missing(locks.values(), cache))
    data = subject.settings.data or platform.data_parent()
    places = {
        "cache": (cache, wanted + (0 if _is_folder(cache / "class-data") else ARCHIVE_BYTES)),
        "temporary folder": (temporary, NEEDED_BYTES),
    }
    if data not in (temporary, platform.SHARED_MEMORY):
        places["data of services"] = (data, platform.DATA_BYTES)
    free = {}
    for what, (folder, needed) in places.items():
        free[what] = free_bytes(folder)
        finding = judge_disk(what, folder, free[what], max(needed, NEEDED_BYTES))
        if finding is not None:
            yield finding
            free.pop(what)
    if free:
        yield ok(DISK, ", ".join(f"{_amount(size)} free for the {what}" for what, size in free.items()))


def judge_disk(what: str, folder: Path, free: int, needed: int) -> Finding | None:
    """What is wrong with so much room, or None."""
    seen = f"{folder} has {_amount(free)} free, and {_amount(needed)} are needed"
    remedies = {
        "cache": "export HARNESS_CACHE=/path/on/a/larger/disk",
        "temporary folder": "harness gc; export TMPDIR=/path/on/a/larger/disk",
    }
    remedy = remedies.get(what, "export HARNESS_DATA=/path/on/a/larger/disk")
    fact = f"there is too little room for the {what}"
    if free < needed:
        return problem(DISK, fact, seen=seen, remedy=remedy, where=str(folder))
    if free < 2 * needed:
        return warning(DISK, f"there is little room for the {what}", seen=seen, remedy=remedy)
    return None


def look_at_memory(subject: Subject) -> Iterator[Finding]:
    """Whether the data of services can lie in shared memory."""
    settings = subject.settings
    if settings.data is not None or platform.portable():
        yield ok(MEMORY, f"not used: data lie in {settings.data or tempfile.gettempdir()}")
        return
    if not _is_folder(platform.SHARED_MEMORY):
        yield ok(MEMORY, f"there is no {platform.SHARED_MEMORY}: data lie in {tempfile.gettempdir()}")
        return
    room = os.statvfs(platform.SHARED_MEMORY)
    writable = os.access(platform.SHARED_MEMORY, os.W_OK)
    yield judge_memory(room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize, writable=writable)


def judge_memory(free: int, size: int, *, writable: bool = True) -> Finding:
    """What is to be said of so much shared memory."""
    place = platform.SHARED_MEMORY
    seen = f"{_amount(free)} of {_amount(size)} are free, and {_amount(platform.DATA_BYTES)} are wanted"
    if not writable:
        return warning(
            MEMORY,
            f"{place} cannot be written; data lie on disk, which is slower",
            remedy=f"sudo chmod 1777 {place}",
        )
    # What is full is emptied; what is too small is made larger.
    remedy = (
        f"harness gc; du -ah {place} | sort -h | tail  # and remove what nobody needs"
        if size >= platform.DATA_BYTES
        else f"sudo mount -o remount,size=2g {place}  # of a container: docker run --shm-size=2g"
    )
    if free < SHARED_BYTES:
        return problem(
            MEMORY, "there is no space in shared memory", seen=seen, remedy=remedy, where=str(place)
        )
    if free < platform.DATA_BYTES:
        return warning(
            MEMORY,
            "shared memory has too little room; data lie on disk, which is slower",
            seen=seen,
            remedy=remedy,
            where=str(place),
        )
    return ok(MEMORY, f"{_amount(free)} of {place} are free")


def free_bytes(folder: Path) -> int:
    """What is free where a folder is, or will be."""
    while not _is_folder(folder):
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _is_folder(path: Path) -> bool:
    """Whether it is one that this user may see; `Path.is_dir` raises where a folder above it is closed."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _amount(size: int) -> str:
    """So many bytes, as a person reads them."""
    return f"{size / (1 << 30):.1f} GB" if size >= 1 << 30 else f"{size >> 20} MB"
