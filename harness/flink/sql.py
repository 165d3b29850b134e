"""Submitting an unmodified SQL file: its statements run in Flink's JVM, one after the other."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from harness.clock import Deadline
from harness.environment import Lease
from harness.errors import JobError
from harness.flink import sql_error
from harness.flink.cluster import Cluster
from harness.flink.report_pipe import NeedsJars, ReportPipe
from harness.flink.submission import job_config
from harness.location import Location
from harness.sql.lines import place
from harness.sql.source import SqlSource
from harness.sql.statements import Statement
from harness.sql.tokens import Unclosed


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFile:
    """A SQL file as it will be run; all names are resolved.

    Attributes:
        path: The file.
        folder: What the paths of jars in it are relative to.
        location: Where the pipeline names it.
        env: What its variables are filled from.
        config: Flink options of its job.
    """

    path: Path
    folder: Path
    location: Location
    env: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)


def submit(
    lease: Lease, cluster: Cluster, file: SqlFile, deadline: Deadline, stack: contextlib.ExitStack
) -> list[str]:
    """Run the statements until the last job is submitted; returns the ids of the jobs, in order.

    Raises:
        JobError: A statement failed, or none submitted a job; with the statement's line.
        NeedsJars: It names jars that this cluster does not have.
    """
    flink = lease.grant.flink
    assert flink is not None
    source = read(file)
    statements = _without_jars(source.statements, file.folder, flink.jars)
    explain = partial(sql_error.explain, source, statements)
    pipe = ReportPipe.open(lease, file.path.name, file.location, stack, explain)
    isolated = [Path(jar).as_uri() for jar in flink.isolated]
    config = {
        **job_config(lease),
        **({"pipeline.jars": ";".join(isolated)} if isolated else {}),
        **file.config,
    }
    texts = [statement.text for statement in statements]
    cluster.run_sql(str(pipe.path), str(pipe.output), texts, isolated, config)
    return pipe.jobs(None, deadline)


def read(file: SqlFile) -> SqlSource:
    """The file with its variables filled in.

    Raises:
        JobError: What is filled in leaves a text, name or comment without its end.
    """
    try:
        return SqlSource.read(file.path, file.env)
    except Unclosed as unclosed:
        # `harness check` has read the file as it is, so this comes with a value.
        line, column = place(unclosed.text, unclosed.start)
        raise JobError(
            f"{file.path.name} has a {unclosed.what} that is never closed, once its variables are filled in",
            detail=f"it begins with {unclosed.opener} in line {line}, column {column} of the filled file",
            hint="does a value in `env` hold a quote?",
            location=file.location,
        ) from None


def _without_jars(
    statements: tuple[Statement, ...], folder: Path, known: tuple[str, ...]
) -> tuple[Statement, ...]:
    """The statements without those that add what the cluster has, byte for byte.

    A second copy of a connector in the job's own class loader would clash with the cluster's. A jar is never
    replaced by another version of it.

    Raises:
        NeedsJars: A jar is not in this cluster.
    """
    unknown = []
    kept = []
    for statement in statements:
        jars = [_path_of(jar, folder) for jar in statement.jars or ()]
        missing = [jar for jar in jars if not jar.is_file()]
        unknown += [str(jar) for jar in jars if jar not in missing and _digest(jar) not in known]
        # One that is nowhere is for Flink to refuse.
        if missing or not jars:
            kept.append(statement)
    if unknown:
        raise NeedsJars(unknown)
    return tuple(kept)


def _path_of(jar: str, folder: Path) -> Path:
    parsed = urlparse(jar)
    return folder / (url2pathname(parsed.path) if parsed.scheme == "file" else jar)


def _digest(jar: Path) -> str:
    with jar.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
