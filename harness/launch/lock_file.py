"""The lock files of the package: which jars a use needs, by coordinate, sha256 and size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache as remembered
from importlib import resources

from harness.errors import ArtefactError, did_you_mean

BUILT_IN = ("blackhole", "csv", "datagen", "filesystem", "json", "print", "raw")
"""What a job may call a connector or a format although Flink's own lib folder has it."""


@dataclass(frozen=True, slots=True)
class Coordinate:
    """What a Maven repository calls a jar."""

    group: str
    artifact: str
    version: str
    classifier: str = ""
    packaging: str = "jar"

    def __str__(self) -> str:
        packaging = "" if self.packaging == "jar" else self.packaging
        parts = (self.group, self.artifact, self.version, self.classifier, packaging)
        return ":".join(part for part in parts if part)

    @classmethod
    def parse(cls, text: str) -> Coordinate:
        """Read `group:artifact:version[:classifier[:packaging]]`."""
        parts = text.split(":")
        if len(parts) not in (3, 4, 5) or not all(parts):
            raise ArtefactError(
                f"`{text}` is no coordinate", hint="write group:artifact:version[:classifier[:packaging]]"
            )
        return cls(*parts)

    @property
    def folder(self) -> str:
        """The folder of all versions, relative to the base of a repository."""
        return f"{self.group.replace('.', '/')}/{self.artifact}"

    @property
    def file_name(self) -> str:
        """The name of the jar or archive."""
        suffix = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{suffix}.{self.packaging}"

    @property
    def path(self) -> str:
        """The jar, relative to the base of a repository."""
        return f"{self.folder}/{self.version}/{self.file_name}"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A jar with the bytes that it must have."""

    coordinate: Coordinate
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Lock:
    """All jars of one use, in the order of the class path.

    Attributes:
        optional: Only a setting asks for it, so `harness fetch` leaves it out unless that is set.
    """

    name: str
    about: str
    artefacts: tuple[Artefact, ...]
    optional: bool = False

    @property
    def size(self) -> int:
        """Bytes of all jars together."""
        return sum(artefact.size for artefact in self.artefacts)


def lock_names() -> tuple[str, ...]:
    """The names of all lock files of the package."""
    folder = resources.files("harness.launch") / "lock"
    return tuple(sorted(f.name.removesuffix(".json") for f in folder.iterdir() if f.name.endswith(".json")))


@remembered
def load_lock(name: str) -> Lock:
    """Read a lock file of the package, for example `kafka-4.3.1`.

    Raises:
        ArtefactError: There is none of that name.
    """
    file = resources.files("harness.launch") / "lock" / f"{name}.json"
    if not file.is_file():
        hint = did_you_mean(name, lock_names(), what="lock files")
        raise ArtefactError(f"there is no lock file `{name}`", hint=hint)
    content = json.loads(file.read_text(encoding="utf-8"))
    artefacts = tuple(
        Artefact(Coordinate.parse(entry["coordinate"]), entry["sha256"], entry["size"])
        for entry in content["artefacts"]
    )
    return Lock(name, content["about"], artefacts, content.get("optional", False))


def connector_lock(flink: str, connector: str) -> Lock | None:
    """The jars of a catalogue connector for a Flink series such as `1.20`; None if Flink has it built in.

    Raises:
        ArtefactError: The catalogue does not know the connector for this Flink.
    """
    if connector in BUILT_IN:
        return None
    prefix = f"flink-{flink}-"
    known = [name.removeprefix(prefix) for name in lock_names() if name.startswith(prefix)]
    if connector not in known:
        raise ArtefactError(
            f"the catalogue has no connector `{connector}` for Flink {flink}",
            hint=did_you_mean(connector, [*known, *BUILT_IN], what="connectors"),
        )
    return load_lock(prefix + connector)
