"""The pipeline files that are looked at."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.finding import Finding, ok, warning
from harness.doctor.subject import Subject
from harness.location import shown

NAME = "pipelines"


def look(subject: Subject) -> Iterator[Finding]:
    """How many there are, and those that cannot be read."""
    good = sum(file.pipeline is not None for file in subject.files)
    bad = [file for file in subject.files if file.problems]
    if bad:
        first = bad[0].problems[0]
        yield warning(
            NAME,
            f"{len(bad)} of {len(subject.files)} pipeline files cannot be read, and were not looked at",
            seen=f"for example: {first.message}",
            remedy="harness check",
            where=str(first.location),
        )
    elif good:
        yield ok(NAME, f"{good} pipeline{'' if good == 1 else 's'} below {shown(subject.root)}")
    else:
        yield ok(NAME, f"none below {shown(subject.root)}; looked at what a first run needs")
