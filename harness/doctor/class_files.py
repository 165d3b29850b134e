"""What a jar says of the Flink that it was built for, and which classes of Flink its own classes name."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.clock import Deadline

SCAN_SECONDS = 3.0
"""An uber jar of 60 MB takes about one."""
_OF_FLINK = re.compile(rb"org/apache/flink/[\w/$]+")
_CONNECTOR = re.compile(r"-\d+(?:\.\d+)+-([12]\.\d+)$")
_MODULE = re.compile(r"-([12]\.\d+)\.\d+$")
_MAGIC = b"\xca\xfe\xba\xbe"
_CLASS, _UTF8 = 7, 1
_SIZES = {
    3: 4,
    4: 4,
    5: 8,
    6: 8,
    7: 2,
    8: 2,
    9: 4,
    10: 4,
    11: 4,
    12: 4,
    15: 3,
    16: 2,
    17: 4,
    18: 4,
    19: 2,
    20: 2,
}
"""Bytes of each kind of constant behind its tag; JVMS, table 4.4-A."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFor:
    """The Flink that a jar was built for.

    Attributes:
        series: Such as `1.19`.
        artefact: The connector or module in it that says so.
        source: Where it says so: `its name`, `its manifest`, or the path of a pom.properties in it.
    """

    series: str
    artefact: str
    source: str


def built_for(jar: Path) -> list[BuiltFor]:
    """What a jar says of itself, once for every series; [] where it says nothing.

    Raises:
        OSError: It cannot be read.
        zipfile.BadZipFile: It is no zip.
    """
    found: dict[str, BuiltFor] = {}
    for artefact, version, source in _versions(jar):
        series = _series(artefact, version)
        if series and series not in found:
            found[series] = BuiltFor(series=series, artefact=artefact, source=source)
    return list(found.values())


def _versions(jar: Path) -> Iterator[tuple[str, str, str]]:
    """All (artefact, version, source) of Flink's in a jar."""
    name = re.fullmatch(r"(flink-[\w.-]*?)(?:_2\.1\d)?-(\d[\w.-]*)", jar.stem)
    if name:
        yield name[1], name[2], "its name"
    with zipfile.ZipFile(jar) as archive:
        for entry in archive.namelist():
            pom = re.fullmatch(r"META-INF/maven/org\.apache\.flink/([^/]+)/pom\.properties", entry)
            if pom:
                version = re.search(rb"^version=(\S+)", archive.read(entry), re.MULTILINE)
                if version:
                    yield pom[1], version[1].decode(errors="replace"), entry
        if "META-INF/MANIFEST.MF" in archive.namelist():
            manifest = archive.read("META-INF/MANIFEST.MF").decode(errors="replace")
            said = dict(re.findall(r"^([\w-]+): (.*?)\r?$", manifest, re.MULTILINE))
            if said.get("Implementation-Vendor-Id") == "org.apache.flink":
                title = said.get("Implementation-Title", jar.stem)
                yield title, said.get("Implementation-Version", ""), "its manifest"


def _series(artefact: str, version: str) -> str | None:
    """`1.20` of the connector `3.4.0-1.20` and of the module `1.20.3`; shaded libraries say nothing."""
    match = _CONNECTOR.search(f"-{version}")
    if match is None and "shaded" not in artefact.lower():
        match = _MODULE.fullmatch(f"-{version}")
    return match[1] if match else None


def lacking(jar: Path, known: Container[str], seconds: float = SCAN_SECONDS) -> dict[str, str]:
    """Classes of Flink that a jar's classes name and nobody has, each with one that names it.

    Args:
        jar: The jar.
        known: Every class that is there, the jar's own among them, as `org/apache/flink/Name`.
        seconds: After that time, what was found is all.

    Raises:
        OSError: It cannot be read.
        zipfile.BadZipFile: It is no zip.
    """
    found: dict[str, str] = {}
    deadline = Deadline(seconds)
    with zipfile.ZipFile(jar) as archive:
        for entry in archive.infolist():
            name = entry.filename
            if not name.endswith(".class") or name.startswith("META-INF/") or deadline.passed:
                continue
            data = archive.read(entry)
            texts = {text.decode() for text in _OF_FLINK.findall(data)}
            candidates = {text for text in texts if text not in known and text not in found}
            # Signatures and annotations name classes too, and nothing fails if those are not there.
            for text in candidates & set(_named_classes(data)) if candidates else ():
                found[text] = name.removesuffix(".class")
    return found


def _named_classes(data: bytes) -> Iterator[str]:
    """The names of all CONSTANT_Class entries of a class file; JVMS, 4.4."""
    if data[:4] != _MAGIC:
        return
    (count,) = struct.unpack_from(">H", data, 8)
    texts: dict[int, bytes] = {}
    named: list[int] = []
    place, index = 10, 1
    while index < count:
        tag = data[place]
        if tag == _UTF8:
            (length,) = struct.unpack_from(">H", data, place + 1)
            texts[index] = data[place + 3 : place + 3 + length]
            place += 3 + length
        else:
            if tag == _CLASS:
                named.append(struct.unpack_from(">H", data, place + 1)[0])
            place += 1 + _SIZES[tag]
        # A long and a double take two places.
        index += 2 if tag in (5, 6) else 1
    for number in named:
        text = texts.get(number, b"").decode(errors="replace")
        # An array of a class is written as `[Lname;`.
        yield text.lstrip("[").removeprefix("L").removesuffix(";") if text.startswith("[") else text
