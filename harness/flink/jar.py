"""Submitting an unmodified jar: its main class runs in Flink's JVM, as the command line of Flink runs it."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.clock import Deadline
from harness.environment import Lease
from harness.errors import JobError, did_you_mean, nearest
from harness.flink.cluster import Cluster
from harness.flink.report_pipe import ReportPipe
from harness.flink.submission import job_config
from harness.location import Location

MOST_NAMED = 10
"""More classes than these are not named one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    """A jar as it will be run; all names are resolved.

    Attributes:
        path: The jar.
        main_class: Its main class, or None for the one of its manifest.
        class_path: Folders and jars beside it, for the job and for its tasks.
        location: Where the pipeline names it.
        config: Flink options of the job.
    """

    path: Path
    location: Location
    main_class: str | None = None
    class_path: tuple[Path, ...] = ()
    args: tuple[str, ...] = ()
    config: Mapping[str, str] = field(default_factory=dict)


def submit(
    lease: Lease, cluster: Cluster, jar: Jar, deadline: Deadline, stack: contextlib.ExitStack
) -> list[str]:
    """Run the main class until it has submitted its jobs; returns their ids, in order.

    Raises:
        JobError: It has no such main class, failed, or submitted nothing.
    """
    _check_main_class(jar)
    flink = lease.grant.flink
    assert flink is not None
    pipe = ReportPipe.open(lease, jar.path.name, jar.location, stack)
    urls = [path.as_uri() + ("/" if path.is_dir() else "") for path in jar.class_path]
    config = {
        **job_config(lease),
        "pipeline.jars": ";".join(path.as_uri() for path in (jar.path, *map(Path, flink.shipped))),
        **({"pipeline.classpaths": ";".join(urls)} if urls else {}),
        **jar.config,
    }
    cluster.run_program(str(pipe.path), str(jar.path), jar.main_class or "", jar.args, urls, config)
    return pipe.jobs(None, deadline)


def _check_main_class(jar: Jar) -> None:
    """Refuse a main class that the jar does not hold, with the nearest that it does.

    Raises:
        JobError: It does not; a jar that cannot be read is for Flink to refuse.
    """
    try:
        with zipfile.ZipFile(jar.path) as archive:
            entries = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return
    classes = [name.removesuffix(".class").replace("/", ".") for name in entries if name.endswith(".class")]
    if jar.main_class is None or jar.main_class in classes:
        return
    outer = [name for name in classes if "$" not in name]
    raise JobError(
        f"{jar.path.name} holds no class {jar.main_class}",
        detail=f"it holds {len(classes)} classes" if len(outer) > MOST_NAMED else None,
        hint=_nearest_class(jar.main_class, outer),
        location=jar.location,
    )


def _nearest_class(name: str, classes: list[str]) -> str | None:
    match = nearest(name, classes)
    return did_you_mean(name, [match] if match else classes[:MOST_NAMED], what="classes in it")
