"""The jars of the class paths: whether they are there, and whether two of them hold the same classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.doctor.finding import Finding, ok, problem, warning
from harness.doctor.subject import Subject, Use
from harness.errors import ArtefactError
from harness.launch.artefacts import ensure, missing
from harness.launch.flink_distribution import FlinkDistribution, find_distribution
from harness.launch.lock_file import Lock, connector_lock, load_lock
from harness.launch.repository import Repository
from harness.location import shown
from harness.scenario.model import JobKind
from harness.services.jars import KAFKA_LOCK, MANAGED_LOCK, classes

NAME = "jars"
CLASH = "class path"
_LITERAL = re.compile(r"[\"']([^\"'\n]+\.jar)[\"']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jars:
    """What one use brings together, as far as it is there.

    Attributes:
        own: The jars of PyFlink's lib folder.
        catalogue: Of the connectors that were named, in the cache.
        named: Those that the pipeline, its job or its script names by path.
    """

    distribution: FlinkDistribution
    catalogue: tuple[Path, ...]
    named: tuple[Path, ...]

    @property
    def own(self) -> tuple[Path, ...]:
        """The jars of Flink."""
        return (*self.distribution.jars, self.distribution.python_jar)


def jars_of(use: Use, cache: Path) -> Jars | None:
    """The jars of a use; None where its interpreter has no Flink, of which another check speaks."""
    try:
        distribution = find_distribution(use.python, cache)
    except ArtefactError:
        return None
    absent = {artefact.sha256 for artefact in missing(locks_of(use), cache)}
    there = [
        Lock(lock.name, lock.about, tuple(a for a in lock.artefacts if a.sha256 not in absent))
        for lock in connector_locks(use)
    ]
    return Jars(distribution=distribution, catalogue=tuple(ensure(there, cache, _nobody)), named=named(use))


def connector_locks(use: Use) -> list[Lock]:
    """The locks of the catalogue's connectors; one that it does not have is for `harness check`."""
    found = []
    for name in sorted(use.flink.connectors):
        try:
            lock = connector_lock(use.flink.version, name)
        except ArtefactError:
            continue
        found += [lock] if lock else []
    return found


def locks_of(use: Use) -> list[Lock]:
    """All locks of a use."""
    runtime = use.flink.managed and use.flink.programs
    names = [*([KAFKA_LOCK] if use.needs.kafka else []), *([MANAGED_LOCK] if runtime else [])]
    return [*connector_locks(use), *map(load_lock, names)]


def named(use: Use) -> tuple[Path, ...]:
    """The jars that are named by path: by the pipeline, as the job itself, or in its script."""
    job, folder = use.pipeline.job, use.pipeline.folder
    names = list(use.flink.jars)
    if job.path.endswith(".jar") and job.kind in (JobKind.JAR, JobKind.MANAGED_FLINK):
        names.append(job.path)
    for key in ("pipeline.jars", "pipeline.classpaths"):
        text = job.config.get(key)
        names += re.split(r"[;,]", text.value) if text else []
    names += [text.value for text in (*job.args, *job.env.values()) if text.value.endswith(".jar")]
    script = Path(job.path)
    if script.suffix == ".py" and script.is_file():
        names += _LITERAL.findall(script.read_text(encoding="utf-8", errors="replace"))
        folder = script.parent
    paths = [Path(name.strip().removeprefix("file://")) for name in names if "${" not in name]
    found = [place for path in paths for place in _places(path, (folder, use.pipeline.folder))]
    return tuple(dict.fromkeys(found))


def _places(path: Path, folders: Iterable[Path]) -> list[Path]:
    """Where a jar lies that a script names; names that it puts together are not found, and no problem."""
    places = [(folder / path).resolve() for folder in folders]
    return [place for place in places if place.is_file()][:1]


def look(subject: Subject) -> Iterator[Finding]:
    """The locked jars that the cache does not have, and the named ones that cannot be read."""
    locks = {lock.name: lock for use in subject.uses for lock in locks_of(use)}
    absent = missing(locks.values(), subject.settings.cache)
    total = {artefact.sha256 for lock in locks.values() for artefact in lock.artefacts}
    broken = list(_broken(subject))
    yield from broken
    if absent:
        size = sum(artefact.size for artefact in absent)
        yield warning(
            NAME,
            f"{len(absent)} of {len(total)} jars are not in the cache; the first run fetches {size >> 20} MB",
            seen=f"for example {absent[0].coordinate}",
            remedy="harness fetch  # while there is a network",
            where=shown(subject.settings.cache),
        )
    elif not broken:
        yield ok(NAME, f"all {len(total)} are in the cache")


def _broken(subject: Subject) -> Iterator[Finding]:
    users = {jar: use for use in subject.uses for jar in named(use)}
    for jar, user in users.items():
        try:
            classes(jar)
        except ArtefactError as error:
            yield problem(
                NAME,
                f"{jar.name} is no jar that can be read",
                seen=error.detail or "",
                remedy=f"unzip -t {shown(jar)}  # then build or fetch it again",
                where=user.where,
            )


def look_for_clashes(subject: Subject) -> Iterator[Finding]:
    """Jars that hold the same classes in two versions: whichever comes first in the class path wins."""
    found: dict[tuple[Path, Path], Finding] = {}
    every: set[Path] = set()
    looked: set[Jars] = set()
    for use in subject.uses:
        jars = jars_of(use, subject.settings.cache)
        if jars is None or jars in looked:
            continue
        looked.add(jars)
        every.update((*jars.own, *jars.catalogue, *jars.named))
        for first, second, name in clashes(jars):
            found.setdefault((first, second), _clash(first, second, name, use, jars))
    yield from found.values() or [ok(CLASH, f"no class is in two of {len(every)} jars in two versions")]


def clashes(jars: Jars) -> Iterator[tuple[Path, Path, str]]:
    """Pairs of jars, with a class that both hold with other bytes.

    What a named jar and Flink itself both hold is no clash: the class loader of the job keeps them apart.
    """
    holders: dict[str, tuple[Path, int]] = {}
    seen: set[tuple[Path, Path]] = set()
    for jar in dict.fromkeys((*jars.own, *jars.catalogue, *jars.named)):
        try:
            content = classes(jar)
        except ArtefactError:
            continue
        for name, crc in content.items():
            if name.startswith("META-INF/") or name.endswith(("module-info.class", "package-info.class")):
                continue
            holder, other = holders.setdefault(name, (jar, crc))
            if other == crc or (holder, jar) in seen:
                continue
            if jar in jars.named and holder in jars.own:
                continue
            seen.add((holder, jar))
            yield holder, jar, name


def _clash(first: Path, second: Path, name: str, use: Use, jars: Jars) -> Finding:
    if first in jars.catalogue and second in jars.named:
        connector = next(
            lock.name.removeprefix(f"flink-{use.flink.version}-")
            for lock in connector_locks(use)
            if any(artefact.coordinate.file_name == first.name for artefact in lock.artefacts)
        )
        remedy = f"take `{connector}` out of `connectors:`, or {second.name} out of the job"
    elif first in jars.own:
        extra = second if second in jars.own else first
        remedy = f"rm {extra}  # it is no part of PyFlink {jars.distribution.version}"
    else:
        remedy = f"keep one of {shown(first)} and {shown(second)}"
    return problem(
        CLASH,
        f"{first.name} and {second.name} hold the same classes in two versions",
        seen=f"for example {name.removesuffix('.class').replace('/', '.')}",
        remedy=remedy,
        where=use.where,
    )


def _nobody() -> Repository:
    raise AssertionError("everything that was asked for is in the cache")
