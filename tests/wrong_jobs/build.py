"""Builds the jars and packages of the jobs that are wrong on purpose."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

VERSION = slice(6, 8)
"""Where a class file says which Java it is for."""
CLASS_VERSION = "class-version"


def build(job: Path, class_path: Sequence[Path]) -> None:
    """Build what a job's folder has sources of: `jars/NAME` becomes NAME.jar, `zip` becomes job.zip.

    Args:
        job: The folder.
        class_path: What the sources are compiled with. `stubs/` in the folder comes before it, and stands
            for classes of another version.
    """
    stubs = job / "stubs"
    if stubs.is_dir():
        _compile(stubs, stubs, ())
    for source in sorted((job / "jars").glob("*")):
        classes = job / "classes" / source.name
        _compile(source, classes, (stubs, *class_path))
        marked = source / CLASS_VERSION
        if marked.exists():
            _mark(classes, int(marked.read_text()))
        _pack(classes, job / f"{source.name}.jar")
    if (job / "zip").is_dir():
        _pack(job / "zip", job / "job.zip")


def _compile(source: Path, classes: Path, class_path: Sequence[Path]) -> None:
    java = shutil.which("javac")
    assert java is not None, "a JDK is needed to build the jars that are wrong on purpose"
    path = ":".join(map(str, class_path))
    sources = [str(file) for file in source.rglob("*.java")]
    subprocess.run(
        [
            java,
            "-J-XX:TieredStopAtLevel=1",
            "-proc:none",
            "-nowarn",
            "-cp",
            path,
            "-d",
            str(classes),
            *sources,
        ],
        check=True,
    )


def _mark(classes: Path, version: int) -> None:
    """Say that the classes are for another Java than the one that compiled them."""
    for file in classes.rglob("*.class"):
        data = bytearray(file.read_bytes())
        data[VERSION] = version.to_bytes(2, "big")
        file.write_bytes(data)


def _pack(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w") as target:
        for file in sorted(folder.rglob("*")):
            # The same bytes each time: a jar is known by its content.
            if file.is_file():
                target.writestr(zipfile.ZipInfo(str(file.relative_to(folder))), file.read_bytes())
