"""The job of a scenario: submitted, followed, and asked what it does and why it failed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from harness.clock import Deadline
from harness.environment import Lease
from harness.errors import ExpectationError, JobError
from harness.flink import jar, submission
from harness.flink.cluster import Cluster
from harness.flink.completion import JobFailed, Watch, Watched
from harness.flink.metrics import python_counters, read_metrics
from harness.location import Location
from harness.managed_flink.properties import PROPERTIES_PATH, write_properties
from harness.overlays import prepare
from harness.plan import BoundJob, Plan, bind
from harness.scenario.model import ExpectJob

LATE = "numLateRecordsDropped"
"""What Flink's windows count rows in that they drop as late."""


class FollowedJob:
    """A job from its submission to the verdict.

    Attributes:
        watch: Follows it; None before the submission.
        failed: How it failed, where the scenario expects it to.
    """

    def __init__(self, plan: Plan, lease: Lease) -> None:
        self._plan = plan
        self._lease = lease
        self.watch: Watch | None = None
        self.failed: JobFailed | None = None

    def submit(self, stack: contextlib.ExitStack, deadline: Deadline) -> Watch:
        """Run the job's script or jar; the connections to the cluster are closed with the stack.

        Raises:
            JobError: It failed, or submitted any other number of jobs than one.
            NeedsJars: The script names jars that this cluster does not have.
        """
        plan, lease = self._plan, self._lease
        assert lease.grant.flink is not None
        bound = bind(plan, lease.grant)
        cluster = Cluster(lease.grant.flink)
        stack.callback(cluster.close)
        if plan.runs_jar:
            jobs = jar.submit(lease, cluster, self._jar(bound), deadline, stack)
        else:
            jobs = submission.submit(lease, self._script(bound), deadline, stack)
        if len(jobs) > 1:
            raise JobError(
                f"{Path(plan.pipeline.job.path).name} submitted {len(jobs)} jobs, "
                "and only one can be followed yet",
                hint="put its INSERTs into one statement set",
                location=plan.pipeline.job.location,
            )
        watched = Watched(job=jobs[0], cluster=cluster, folder=plan.pipeline.folder, alive=lease.check)
        self.watch = Watch(watched)
        return self.watch

    def _script(self, bound: BoundJob) -> submission.Script:
        plan, grant = self._plan, self._lease.grant
        pipeline, package = plan.pipeline, plan.package
        assert grant.flink is not None
        files, config = dict(bound.files), dict(bound.config)
        if package is not None:
            files[PROPERTIES_PATH] = write_properties(bound.properties, Path(grant.folder))
            if package.archives:
                config.setdefault("python.archives", ",".join(package.archives))
        data = Path(grant.data)
        return submission.Script(
            path=package.script or package.folder if package else Path(pipeline.job.path),
            module=package.module if package else None,
            python=grant.flink.python,
            folder=package.folder if package else pipeline.folder,
            location=pipeline.job.location,
            args=bound.args,
            env=bound.env,
            config=config,
            py_files=package.py_files if package else (),
            mounts=prepare(
                files, grant.hosts, data / "overlays", keep=(data.parent, Path(grant.folder).parent)
            ),
        )

    def _jar(self, bound: BoundJob) -> jar.Jar:
        job, grant = self._plan.pipeline.job, self._lease.grant
        class_path: tuple[Path, ...] = ()
        if bound.properties:
            # The runtime library looks for its configuration in the class path: the folder comes first.
            folder = Path(grant.folder) / "managed-flink"
            folder.mkdir()
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

    @contextlib.contextmanager
    def expecting_failure(self) -> Iterator[None]:
        """Keep the failure of a job that the scenario expects to fail; else it is an error."""
        try:
            yield
        except JobFailed as failed:
            if not self._failure_expected():
                raise self._error(failed) from failed
            self.failed = failed

    def state(self) -> str:
        """What the job is doing, in the words of a scenario."""
        if self.failed is not None:
            return {"FINISHED": "finished", "CANCELED": "cancelled"}.get(self.failed.state, "failed")
        watched = self._watched()
        return watched.cluster.state(watched.job).lower()

    def restarts(self) -> int:
        """How often it was started again."""
        if self.failed is not None:
            return self.failed.restarts
        watched = self._watched()
        return watched.cluster.positions(watched.job).restarts

    def metrics(self, names: Iterable[str], location: Location) -> Mapping[str, Decimal]:
        """Metrics that an expectation at that place asks for.

        Raises:
            ExpectationError: The job does not have one of them, or has ended.
        """
        names = tuple(names)
        if not names:
            return {}
        if self.failed is not None:
            raise ExpectationError("a job that has ended has no metrics any more", location=location)
        watched = self._watched()
        try:
            return read_metrics(watched.cluster, watched.job, names, self._counters())
        except ExpectationError as error:
            error.location = error.location or location
            raise

    def late(self, location: Location) -> int:
        """How many rows the job dropped as late.

        Raises:
            ExpectationError: The job has nothing that counts them, or has ended.
        """
        try:
            return int(self.metrics((LATE,), location)[LATE])
        except ExpectationError as error:
            if self.failed is not None:
                raise
            fact = "no operator of the job counts rows that came too late"
            detail = f"none has the metric {LATE}, as windows have"
            raise ExpectationError(fact, detail=detail, location=error.location) from None

    def _counters(self) -> frozenset[str]:
        """The counters of the job's Python code, which Flink knows only once they count."""
        package, job = self._plan.package, self._plan.pipeline.job
        if package is not None:
            return python_counters(package.folder.rglob("*.py"))
        return python_counters(Path(job.path).parent.rglob("*.py") if job.path.endswith(".py") else ())

    def cause(self) -> str | None:
        """The root cause of its newest failure, with the user's own lines first."""
        if self.failed is not None:
            return self.failed.cause.text() if self.failed.cause else None
        assert self.watch is not None
        cause = self.watch.cause()
        return cause.text() if cause else None

    def _watched(self) -> Watched:
        assert self.watch is not None
        return self.watch.watched

    def _failure_expected(self) -> bool:
        return any(
            isinstance(step, ExpectJob)
            and (step.fails_with is not None or step.state in ("failed", "finished"))
            for step in self._plan.scenario.steps
        )

    def _error(self, failed: JobFailed) -> JobError:
        if failed.state == "RESTARTING":
            fact = f"the job restarts for ever: {failed.restarts} times with the same cause and no progress"
        else:
            fact = (
                f"the job {failed.state.lower()}" if failed.state != "CANCELED" else "the job was cancelled"
            )
        positions = ", ".join(
            f"{t}[{p}] at offset {o}" for (t, p), o in sorted(failed.positions.items()) if o >= 0
        )
        parts = [
            failed.cause.text() if failed.cause else None,
            f"its sources stood at {positions}" if positions else None,
        ]
        return JobError(
            fact,
            detail="\n".join(filter(None, parts)) or None,
            location=self._plan.pipeline.job.location,
        )
