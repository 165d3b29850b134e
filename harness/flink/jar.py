"""Submitting an unmodified jar: its main class runs in Flink's JVM, as the command line of Flink runs it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.clock import Deadline
from harness.environment import Lease
from harness.flink.cluster import Cluster
from harness.flink.report_pipe import ReportPipe
from harness.flink.submission import job_config
from harness.location import Location


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
        JobError: It failed, or submitted nothing.
    """
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
