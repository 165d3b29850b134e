"""The job of a scenario: submitted, followed, and asked what it does and why it failed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harness.clock import Deadline, pause
from harness.engine.restore import FIRST, Restore
from harness.environment import Lease
from harness.errors import JobError, SettleTimeout
from harness.flink import jar, savepoints, submission
from harness.flink.cluster import Cluster
from harness.flink.completion import LOOK_S, JobFailed, Watch, Watched, newest_cause
from harness.managed_flink.properties import PROPERTIES_PATH, write_properties
from harness.overlays import prepare
from harness.plan import BoundJob, Plan, bind, runs_jar
from harness.scenario.model import Advance, EndOfInput, ExpectJob, Job


class FollowedJob:
    """A job from its submission to the verdict.

    Attributes:
        watch: Follows it; None before the submission, and while it is stopped.
        failed: How it failed, where the scenario expects it to.
    """

    def __init__(self, plan: Plan, lease: Lease) -> None:
        self._plan = plan
        self._lease = lease
        self.watch: Watch | None = None
        self.failed: JobFailed | None = None
        self._last: Watched | None = None
        self._earlier = 0
        self._excused = 0
        self._awaited: int | None = None

    def submit(self, stack: contextlib.ExitStack, deadline: Deadline, restore: Restore = FIRST) -> Watch:
        """Run the job's script or jar; the connections to the cluster are closed with the stack.

        Args:
            stack: Closes them.
            deadline: When to give up.
            restore: How a later start differs from the first.

        Raises:
            JobError: It failed, or submitted any other number of jobs than one.
            NeedsJars: The script names jars that this cluster does not have.
        """
        plan, lease = self._plan, self._lease
        assert lease.grant.flink is not None
        job = plan.pipeline.versions[restore.version] if restore.version else plan.pipeline.job
        bound = bind(plan, lease.grant, job)
        bound = replace(bound, config={**bound.config, **restore.config()})
        cluster = Cluster(lease.grant.flink)
        stack.callback(cluster.close)
        if self._drained():
            cluster.neutralise(True)
        if runs_jar(job):
            jobs = jar.submit(lease, cluster, self._jar(job, bound), deadline, stack)
        else:
            jobs = submission.submit(lease, self._script(job, bound), deadline, stack)
        if len(jobs) > 1:
            raise JobError(
                f"{Path(job.path).name} submitted {len(jobs)} jobs, and only one can be followed yet",
                hint="put its INSERTs into one statement set",
                location=job.location,
            )
        watched = Watched(job=jobs[0], cluster=cluster, folder=plan.pipeline.folder, alive=lease.check)
        self._last = watched
        self.watch = Watch(watched)
        return self.watch

    # Its life

    def savepoint(self, deadline: Deadline) -> Path:
        """Take a savepoint while it goes on; see `savepoints.take`."""
        return savepoints.take(self.running(), self._savepoints(), deadline)

    def stop(self, deadline: Deadline, *, drain: bool = False) -> Path:
        """Stop it with a savepoint; see `savepoints.stop`."""
        path = savepoints.stop(self.running(), self._savepoints(), deadline, drain=drain)
        self._earlier += self._restarts_now()
        self.watch = None
        return path

    def running(self) -> Watch:
        """What follows it while it runs.

        Raises:
            JobError: It does not run.
        """
        if self.watch is None:
            raise JobError("the job does not run", location=self._plan.pipeline.job.location)
        return self.watch

    def _savepoints(self) -> Path:
        return Path(self._lease.grant.data) / "savepoints"

    # What the scenario does to it

    def expect_restart(self) -> None:
        """A fault of the scenario was done: the restarts until the next `recover` are its doing."""
        if self._awaited is None:
            self._awaited = self.restarts()

    def await_restart(self, deadline: Deadline) -> None:
        """Wait until a fault of the scenario has made itself felt, if there was one.

        Raises:
            JobFailed: The job did not survive it.
            SettleTimeout: The job never restarted.
        """
        watch = self.watch
        if self._awaited is None or watch is None:
            return
        while self.restarts() <= self._awaited:
            if deadline.passed:
                raise SettleTimeout(f"the fault has not made the job restart after {deadline.elapsed:.0f} s")
            watch.look({}, self._restarts_now())
            pause(LOOK_S)

    def recover(self) -> None:
        """The job is past the scenario's fault: its restarts since are not its own."""
        if self._awaited is not None:
            self._excused += self.restarts() - self._awaited
            self._awaited = None

    def _drained(self) -> bool:
        """Whether the scenario ends with a drain, before which no source may go idle.

        With `advance` sources stay as they are: its heartbeats wake every partition anyway.
        """
        steps = self._plan.scenario.steps
        ends = any(isinstance(step, EndOfInput) for step in steps)
        return ends and not any(isinstance(step, Advance) for step in steps)

    def _script(self, job: Job, bound: BoundJob) -> submission.Script:
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
            path=package.script or package.folder if package else Path(job.path),
            module=package.module if package else None,
            python=grant.flink.python,
            folder=package.folder if package else pipeline.folder,
            location=job.location,
            args=bound.args,
            env=bound.env,
            config=config,
            py_files=package.py_files if package else (),
            mounts=prepare(
                files, grant.hosts, data / "overlays", keep=(data.parent, Path(grant.folder).parent)
            ),
        )

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
        """How often it started again by itself, in all of its lives."""
        if self.failed is not None:
            return self._earlier + self.failed.restarts
        return self._earlier + (self._restarts_now() if self.watch is not None else 0)

    def own_restarts(self) -> int:
        """How often it started again for another reason than a fault of the scenario."""
        return self.restarts() - self._excused

    def _restarts_now(self) -> int:
        watched = self._watched()
        return watched.cluster.positions(watched.job).restarts

    def cause(self) -> str | None:
        """The root cause of its newest failure, with the user's own lines first."""
        if self.failed is not None:
            return self.failed.cause.text() if self.failed.cause else None
        cause = newest_cause(self._watched())
        return cause.text() if cause else None

    def _watched(self) -> Watched:
        assert self._last is not None
        return self._last

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
