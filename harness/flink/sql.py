"""Submitting an unmodified SQL file: its statements run in Flink's JVM, one after the other."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

from harness.clock import Deadline
from harness.environment import Lease
from harness.errors import JobError
from harness.flink import sql_error, submission
from harness.flink.cluster import Cluster
from harness.flink.report_pipe import NeedsJars, ReportPipe
from harness.location import Location
from harness.sql.lines import place
from harness.sql.source import SqlSource
from harness.sql.statements import Statement
from harness.sql.tokens import Unclosed

PYTHON_FILES = "python.files"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFile:
    """A SQL file as it will be run; all names are resolved.

    Attributes:
        path: The file.
        folder: What the paths of jars in it are relative to.
        location: Where the pipeline names it.
        env: What its variables are filled from.
        config: Flink options of its job.
        python: The interpreter of the functions in Python that it declares, or None if there are none.
        mounts: What they find at fixed paths; see `overlays.prepare`.
    """

    path: Path
    folder: Path
    location: Location
    env: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    python: str | None = None
    mounts: Mapping[str, Any] | None = None


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
    # What `python.files` names is in the path of the processes that run the functions.
    statements = tuple(s for s in source.statements if not (s.option and s.option[0] == PYTHON_FILES))
    statements = _without_jars(statements, file.folder, flink.jars)
    explain = partial(sql_error.explain, source, statements)
    texts = tuple(statement.text for statement in statements)
    pipe = ReportPipe.open(lease, file.path.name, file.location, stack, explain)
    if file.python is not None:
        return submission.run(lease, _script(file, file.python, texts, source), pipe, deadline)
    isolated = [Path(jar).as_uri() for jar in flink.isolated]
    config = {
        **submission.job_config(lease),
        **submission.brought_jars(flink),
        **file.config,
    }
    cluster.run_sql(str(pipe.path), str(pipe.output), texts, isolated, config)
    return pipe.jobs(None, deadline)


def _script(file: SqlFile, python: str, statements: tuple[str, ...], source: SqlSource) -> submission.Script:
    """A process whose Python knows the functions of the file."""
    options = [statement.option for statement in source.statements if statement.option]
    named = [value for key, value in (*file.config.items(), *options) if key == PYTHON_FILES]
    return submission.Script(
        path=file.path,
        python=python,
        folder=file.folder,
        location=file.location,
        env=file.env,
        config={key: value for key, value in file.config.items() if key != PYTHON_FILES},
        mounts=file.mounts,
        statements=statements,
        py_files=tuple(_path_of(name.strip(), file.folder) for text in named for name in text.split(",")),
    )


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
