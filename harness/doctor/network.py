"""The Maven repository; asked only if that is wanted, since nothing but a fetch needs it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.finding import Finding, ok, problem
from harness.doctor.subject import Subject
from harness.launch.lock_file import load_lock
from harness.launch.repository import Refused, choose_repository
from harness.services.jars import KAFKA_LOCK

NAME = "network"


def look(subject: Subject) -> Iterator[Finding]:
    """Whether the repository gives a jar that every run needs."""
    if not subject.network:
        yield ok(NAME, "not asked (--network)")
        return
    origin = subject.settings.origins()["maven"]
    repository = choose_repository(subject.settings.maven, environ=subject.environ, setting_origin=origin)
    smallest = min(load_lock(KAFKA_LOCK).artefacts, key=lambda artefact: artefact.size)
    remedy = "export HARNESS_MAVEN=https://...  # the base URL of a repository that can be reached"
    try:
        stream, _ = repository.open(smallest.coordinate.path)
        with stream:
            stream.read(1)
    except Refused as refused:
        yield problem(
            NAME, f"{repository} does not have {smallest.coordinate}", seen=str(refused), remedy=remedy
        )
    except OSError as error:
        yield problem(NAME, f"{repository} does not answer", seen=str(error), remedy=remedy)
    else:
        yield ok(NAME, f"{repository} answers")
