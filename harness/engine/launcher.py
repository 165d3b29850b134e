"""How a pipeline's job is submitted: its script, jar or package with every setting filled in."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.clock import Deadline
from harness.diagnosis import Suspect
from harness.engine.restore import Restore
from harness.engine.suspects import suspects, without_secrets
from harness.environment import PRINTED, Lease
from harness.errors import JobError, did_you_mean
from harness.flink import jar, sql, submission
from harness.flink.cluster import Cluster
from harness.flink.watch import JobFailed, Watch, Watched
from harness.managed_flink.package import RUN_OPTIONS
from harness.managed_flink.properties import PROPERTIES_PATH, write_properties
from harness.overlays import prepare
from harness.plan import BoundJob, Plan, bind, folder_of, runs_jar
from harness.scenario.model import Advance, EndOfInput, Job, JobKind, System

FUNCTION_JOB = Path(__file__).parent.parent / "guest" / "function_job.py"

_NO_GROUP = re.compile(r"KeyError: '(?P<name>[^']*)'|NullPointerException|NoneType")
"""How a job fails that takes a property group for granted: in Python, and in Java."""


class Launcher:
    """Submits the jobs of one run."""

    def __init__(self, plan: Plan, lease: Lease) -> None:
        self._plan = plan
        self._lease = lease

    def submit(
        self, job: Job, restore: Restore, stack: contextlib.ExitStack, deadline: Deadline
    ) -> tuple[Watch, ...]:
        """Run a job's script, SQL file or jar; returns what follows each of the jobs that it submitted.

        Args:
            job: What is run.
            restore: How a later start differs from the first.
            stack: Closes the connections to the cluster.
            deadline: When to give up.

        Raises:
            JobError: It failed, or submitted no job.
            NeedsJars: The script names jars that this cluster does not have.
        """
        plan, lease = self._plan, self._lease
        assert lease.grant.flink is not None
        bound = bind(plan, lease.grant, job)
        bound = replace(bound, config={**bound.config, **restore.config()})
        cluster = Cluster(lease.grant.flink)
        stack.callback(cluster.close)
        if self._drained():
            cluster.neutralise(wanted=True)
        if any(place.system is System.PRINT for place in plan.pipeline.sinks.values()):
            cluster.note_printed(Path(lease.grant.data) / PRINTED)
        try:
            if runs_jar(job):
                jobs = jar.submit(lease, cluster, self._jar(job, bound), deadline, stack)
            elif job.kind is JobKind.SQL:
                jobs = sql.submit(lease, cluster, self._sql(job, bound), deadline, stack)
            elif job.kind is JobKind.FUNCTION:
                jobs = submission.submit(lease, self._function(job, bound), deadline, stack)
            else:
                jobs = submission.submit(lease, self._script(job, bound), deadline, stack)
        except JobError as error:
            error.hint = error.hint or _about_groups(error.message, bound.properties)
            error.detail = self.shown(error.detail)
            raise
        folder = plan.package.folder if plan.package else plan.pipeline.folder
        return tuple(
            Watch(Watched(job=found, cluster=cluster, folder=folder, alive=lease.check)) for found in jobs
        )

    def suspects(self, failed: JobFailed) -> tuple[Suspect, ...]:
        """The records on which a job may have failed; see `suspects`."""
        kafka = self._lease.grant.kafka
        if kafka is None:
            return ()
        return tuple(without_secrets(s, self._lease.grant.secrets) for s in suspects(kafka.internal, failed))

    def shown(self, text: str | None) -> str | None:
        """A text in which the package's files have the names that the user knows."""
        package = self._plan.package
        if package is None or text is None:
            return text
        return text.replace(f"{package.folder}/", f"{Path(self._plan.pipeline.job.path).name}/")

    def _drained(self) -> bool:
        """Whether the scenario ends with a drain, before which no source may go idle.

        With `advance` sources stay as they are: its heartbeats wake every partition anyway.
        """
        steps = self._plan.scenario.steps
        ends = any(isinstance(step, EndOfInput) for step in steps)
        return ends and not any(isinstance(step, Advance) for step in steps)

    def _function(self, job: Job, bound: BoundJob) -> submission.Script:
        """The job around a function of the user's: it finds the module as a script of that folder would."""
        plan, grant = self._plan, self._lease.grant
        pipeline = plan.pipeline
        assert grant.flink is not None
        told = {
            "function": job.path,
            "sources": {
                place.address: {
                    "folder": str(folder_of(plan, grant, place)),
                    "key": place.key,
                    "columns": {name: str(text) for name, text in place.columns.items()},
                }
                for place in pipeline.sources.values()
                if place.system is System.MEMORY
            },
            "sinks": {
                place.address: {"folder": str(folder_of(plan, grant, place)), "columns": list(place.columns)}
                for place in pipeline.sinks.values()
                if place.system is System.MEMORY
            },
        }
        # A folder of its own: beside our script lie modules that are none of the user's.
        folder = Path(grant.folder) / "function"
        folder.mkdir(exist_ok=True)
        path = folder / job.path
        path.write_text(FUNCTION_JOB.read_text())
        return submission.Script(
            path=path,
            python=grant.flink.python,
            folder=pipeline.folder,
            location=job.location,
            args=(json.dumps(told),),
            env=bound.env,
            config=bound.config,
            py_files=(pipeline.folder,),
            code=pipeline.folder,
            mounts=self._mounts(bound.files),
        )

    def _script(self, job: Job, bound: BoundJob) -> submission.Script:
        plan, grant = self._plan, self._lease.grant
        pipeline, package = plan.pipeline, plan.package
        assert grant.flink is not None
        files, config = dict(bound.files), dict(bound.config)
        if package is not None:
            files[PROPERTIES_PATH] = write_properties(bound.properties, Path(grant.folder))
            if package.archives:
                config.setdefault("python.archives", ",".join(package.archives))
        return submission.Script(
            path=package.script or package.folder if package else Path(job.path),
            module=package.module if package else None,
            python=grant.flink.python,
            folder=package.folder if package else pipeline.folder,
            location=job.location,
            args=bound.args,
            env=bound.env,
            config=config,
            py_files=package.py_files if package else (),
            mounts=self._mounts(files),
        )

    def _sql(self, job: Job, bound: BoundJob) -> sql.SqlFile:
        grant = self._lease.grant
        assert grant.flink is not None
        return sql.SqlFile(
            path=Path(job.path),
            folder=self._plan.pipeline.folder,
            location=job.location,
            env=bound.env,
            config=bound.config,
            python=grant.flink.python if job.has_python else None,
            mounts=self._mounts(bound.files) if job.has_python else None,
        )

    def _mounts(self, files: Mapping[str, Path]) -> dict[str, Any] | None:
        grant = self._lease.grant
        data = Path(grant.data)
        keep = (data.parent, Path(grant.folder).parent)
        return prepare(files, grant.hosts, data / "overlays", keep=keep)

    def _jar(self, job: Job, bound: BoundJob) -> jar.Jar:
        grant = self._lease.grant
        class_path: tuple[Path, ...] = ()
        if bound.properties:
            # The runtime library looks for its configuration in the class path: the folder comes first.
            folder = Path(grant.folder) / "managed-flink"
            folder.mkdir(exist_ok=True)
            path = write_properties(bound.properties, folder)
            (folder / "config.properties").write_text(f"application_properties_file={path}\n")
            assert grant.flink is not None
            class_path = (folder, *map(Path, grant.flink.runtime_jars))
        return jar.Jar(
            path=Path(job.path),
            main_class=job.main_class,
            class_path=class_path,
            location=job.location,
            args=bound.args,
            config=bound.config,
        )


def _about_groups(message: str, groups: Mapping[str, object]) -> str | None:
    """The property groups there are, where a job may have asked for one that there is not."""
    asked = _NO_GROUP.search(message)
    if asked is None or not groups or (asked["name"] or "") in groups:
        return None
    known = [name for name in groups if name != RUN_OPTIONS]
    return did_you_mean(asked["name"] or "", known, what="the pipeline's `properties` have the groups")
