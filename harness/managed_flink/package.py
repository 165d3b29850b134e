"""A Managed Flink package: the zip or folder that a team uploads, and what its run options name in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import PlanError, did_you_mean

RUN_OPTIONS = "kinesis.analytics.flink.run.options"
"""The property group that says what of a package is the job."""
KEYS = ("python", "jarfile", "pyFiles", "pyArchives", "pyModule")
MOST_BYTES = 4 << 30
"""What a package may unpack to; the service itself takes zips of 512 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An unpacked package.

    Attributes:
        folder: Where it was unpacked.
        script: The script that is run, or None where a module is.
        module: The module that is run in its place.
        jar: The one jar.
        py_files: What is added to the Python path of script and workers.
        archives: What is unpacked in the working directory of the workers, each perhaps with `#name`.
    """

    folder: Path
    script: Path | None
    module: str | None
    jar: Path | None
    py_files: tuple[Path, ...]
    archives: tuple[str, ...]


def open_package(path: Path, options: Mapping[str, str], cache: Path) -> Package:
    """The package at a path, unpacked once for each content.

    Args:
        path: A zip, or a folder that holds what the zip would.
        options: The group of run options.
        cache: Where it is unpacked.

    Raises:
        PlanError: It cannot be read, or lacks what its run options name.
    """
    unknown = [key for key in options if key not in KEYS]
    if unknown:
        raise PlanError(
            f"`{unknown[0]}` is no run option of Managed Flink", hint=did_you_mean(unknown[0], KEYS)
        )
    folder = path if path.is_dir() else _unpacked(path, cache)

    def inside(name: str) -> Path:
        found = (folder / name).resolve()
        if not found.is_relative_to(folder.resolve()) or not found.exists():
            names = (str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
            raise PlanError(
                f"{path.name} has no `{name}`", hint=did_you_mean(name, sorted(names), what="files in it")
            )
        return found

    archives = tuple(
        f"{inside(name.partition('#')[0])}{''.join(name.partition('#')[1:])}"
        for name in listed(options.get("pyArchives", ""))
    )
    script = options.get("python")
    module = options.get("pyModule")
    if not script and not module:
        raise PlanError(
            f"nothing says which script of {path.name} is run",
            hint=f"the group `{RUN_OPTIONS}` needs `python`, as in `python: job.py`",
        )
    return Package(
        folder=folder,
        script=inside(script) if script else None,
        module=module,
        jar=inside(options["jarfile"]) if options.get("jarfile") else None,
        py_files=tuple(inside(name) for name in listed(options.get("pyFiles", ""))),
        archives=archives,
    )


def listed(text: str) -> list[str]:
    """The names of an option that takes several."""
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def _unpacked(path: Path, cache: Path) -> Path:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        target = cache / "packages" / digest[:32]
        if not target.exists():
            _unpack(path, target)
    except zipfile.BadZipFile:
        raise PlanError(f"{path.name} is no zip", hint="build it again; a jar is given as `jar:`") from None
    except OSError as error:
        raise PlanError(f"{path} cannot be unpacked", detail=str(error)) from error
    os.utime(target)
    return target


def _unpack(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(dir=target.parent, prefix=".unpacking."))
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MOST_BYTES:
                raise PlanError(f"{path.name} would unpack to {size >> 20} MiB")
            archive.extractall(making)
        making.chmod(0o755)
        making.rename(target)
    except OSError:
        if not target.exists():
            raise
    finally:
        # Also what somebody who was faster made unneeded.
        shutil.rmtree(making, ignore_errors=True)
