"""Builds the jars and packages of the jobs that are wrong on purpose."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

def build(job: Path, class_path: Sequence[Path]) -> None:
    """Build what a job's folder has sources of: `jars/NAME` becomes NAME.jar, `zip` becomes job.zip.

    A `.class.hex` is a class file of which nothing but these bytes matters.

    Args:
        job: The folder.
        class_path: What the sources are compiled with. `stubs/` in the folder comes before it, and stands
            for classes of another version.
    """
    for source in sorted((job / "jars").glob("*")):
        classes = job / "classes" / source.name
        for file in source.rglob("*.class.hex"):
            target = classes / file.relative_to(source).with_suffix("")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(bytes.fromhex(file.read_text()))
        if any(source.rglob("*.java")):
            _compile(source, classes, job / "stubs", class_path)
        _pack(classes, job / f"{source.name}.jar")
    if (job / "zip").is_dir():
        _pack(job / "zip", job / "job.zip")


def _compile(source: Path, classes: Path, stubs: Path, class_path: Sequence[Path]) -> None:
    java = shutil.which("javac")
    assert java is not None, "a JDK is needed to build the jars that are wrong on purpose"
    options = ["-J-XX:TieredStopAtLevel=1", "-proc:none", "-nowarn", "-implicit:none", "-Xprefer:source"]
    paths = ["-cp", ":".join(map(str, class_path)), "-sourcepath", str(stubs), "-d", str(classes)]
    subprocess.run([java, *options, *paths, *map(str, source.rglob("*.java"))], check=True)


def _pack(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w") as target:
        for file in sorted(folder.rglob("*")):
            # The same bytes each time: a jar is known by its content.
            if file.is_file():
                target.writestr(zipfile.ZipInfo(str(file.relative_to(folder))), file.read_bytes())
