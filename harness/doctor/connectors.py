"""Jars that were built for another Flink than the one that runs them."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from harness.doctor.class_files import BuiltFor, built_for, lacking
from harness.doctor.finding import Finding, ok, problem, warning
from harness.doctor.jars import Jars, jars_of
from harness.doctor.subject import Subject, Use
from harness.errors import ArtefactError
from harness.services.jars import classes

NAME = "connectors"
CATALOGUE = {"kafka": "kafka", "jdbc": "jdbc-postgres"}
"""A word of an artefact's name -> the connector of the catalogue that does the same."""


def look(subject: Subject) -> Iterator[Finding]:
    """One finding for each jar that does not fit its Flink."""
    findings: dict[tuple[Path, str], Finding | None] = {}
    for use in subject.uses:
        jars = jars_of(use, subject.settings.cache)
        for jar in jars.named if jars else ():
            assert jars is not None
            key = (jar, jars.distribution.version)
            if key not in findings:
                # One that cannot be read is told by the check of jars.
                with contextlib.suppress(OSError, zipfile.BadZipFile, ArtefactError):
                    findings[key] = _look_at(jar, jars, use)
    bad = [finding for finding in findings.values() if finding is not None]
    count = len(findings)
    yield from bad or [
        ok(NAME, f"{count} jar{'' if count == 1 else 's'} named by path" + (", all fit" if count else ""))
    ]


def _look_at(jar: Path, jars: Jars, use: Use) -> Finding | None:
    version, series = jars.distribution.version, jars.distribution.series
    other = next((built for built in built_for(jar) if built.series != series), None)
    known: set[str] = set()
    for each in (*jars.own, *jars.catalogue, *jars.named):
        with contextlib.suppress(ArtefactError):
            known.update(name.removesuffix(".class") for name in classes(each))
    absent = lacking(jar, known)
    seen = _seen(other, absent, version)
    if other is not None and (absent or other.series[0] != series[0]):
        fact = f"{jar.name} was built for Flink {other.series}, and {series} runs it"
        return problem(NAME, fact, seen=seen, remedy=_remedy(jar, other, series), where=use.where)
    if other is not None:
        fact = f"{jar.name} was built for Flink {other.series}; it may do on {series}"
        return warning(NAME, fact, seen=seen, remedy=_remedy(jar, other, series), where=use.where)
    if absent:
        fact = f"{jar.name} needs classes that Flink {version} does not have"
        remedy = f"build it with `-Dflink.version={version}`, or add the jar that has them to `connectors:`"
        return problem(NAME, fact, seen=seen, remedy=remedy, where=use.where)
    return None


def _seen(other: BuiltFor | None, absent: dict[str, str], version: str) -> str:
    lines = []
    if other is not None:
        lines.append(f"{other.source} says {other.artefact} for Flink {other.series}")
    if absent:
        name, by = min(absent.items())
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        lines.append(f"Flink {version} has no {_dotted(name)}{more}, which {_dotted(by)} uses")
    return "\n".join(lines)


def _remedy(jar: Path, other: BuiltFor, series: str) -> str:
    same = next((name for word, name in CATALOGUE.items() if word in other.artefact.lower()), None)
    if same is not None:
        return f"write `{same}` in place of {jar.name} under `connectors:`"
    return f"take the release of {other.artefact} whose version ends in `-{series}`"


def _dotted(name: str) -> str:
    return name.replace("/", ".")
