"""All jobs of a pipeline: ready before anything is sent, and done one after the other along their topics."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import reduce
from operator import or_
from pathlib import Path

from harness.clock import Deadline, pause
from harness.engine.between import NOTHING, Between
from harness.engine.job import FollowedJob
from harness.engine.launcher import Launcher
from harness.engine.restore import FIRST
from harness.environment import Lease
from harness.errors import SettleTimeout
from harness.flink import completion, timers
from harness.flink.contents import Partition
from harness.flink.watch import Watch
from harness.parts import Parts
from harness.plan import Plan
from harness.result import Proof

TAKEN_OVER_S = 0.05
"""Between two questions for a JobManager."""


class Jobs:
    """The jobs of one run, by name."""

    def __init__(self, plan: Plan, lease: Lease) -> None:
        launcher = Launcher(plan, lease)
        folder = Path(lease.grant.data) / "savepoints"
        self._between = Between(plan, lease.grant)
        self._jobs = {
            name: FollowedJob(job, plan, launcher, folder) for name, job in plan.pipeline.jobs.items()
        }
        self._struck = False
        self._headless = False

    def __iter__(self) -> Iterator[FollowedJob]:
        return iter(self._jobs.values())

    def named(self, name: str | None) -> FollowedJob:
        """The job of that name, or the only one."""
        return self._jobs[name] if name is not None else next(iter(self))

    @property
    def running(self) -> list[Watch]:
        """What follows all jobs that run."""
        return [watch for job in self for watch in job.running]

    def check_reading(self) -> None:
        """Raise if all jobs have come to their own end: nobody would read what is sent now.

        Raises:
            JobError: They have.
        """
        watches = [watch for job in self if job.failed is None for watch in job.watches]
        if watches and all(watch.finished for watch in watches):
            with self.named(None).expecting_failure():
                raise watches[0].finished_early()

    def submit(self, stack: contextlib.ExitStack, deadline: Deadline) -> None:
        """Submit every job."""
        for job in self:
            job.submit(stack, deadline, FIRST)

    def wait_until_ready(self, partitions: set[Partition], deadline: Deadline) -> None:
        """Wait until all jobs run and every partition has its reader.

        Raises:
            JobError: One of them failed.
            SettleTimeout: They were not ready in time.
        """
        for job in self:
            with job.expecting_failure():
                for watch in job.running:
                    completion.wait_until_ready(watch, deadline)
        if all(job.failed is None and not job.stopped for job in self):
            with next(iter(self)).expecting_failure():
                watches = [watch for job in self for watch in job.watches]
                completion.wait_for_readers(watches, partitions, deadline)

    def reads_once(self, folder: Path) -> bool:
        """Whether what is laid into a folder now is read by none of the jobs that have begun to read it."""
        sources = [source for job in self for watch in job.watches for source in watch.graph.files]
        reading = [source for source in sources if source.reads(str(folder))]
        return bool(reading) and not any(source.monitored for source in reading)

    def unread(self, folders: Mapping[str, Path]) -> list[str]:
        """The names of folders that no source of a job reads, as the graphs of the jobs say."""
        sources = [source for job in self for watch in job.watches for source in watch.graph.files]
        return [name for name, path in folders.items() if not any(s.reads(str(path)) for s in sources)]

    @property
    def parts(self) -> Parts:
        """The files that sinks had not finished when the jobs that still run were done."""
        return reduce(or_, (watch.parts for watch in self.running), Parts())

    def await_timers(self, deadline: Deadline) -> int:
        """Wait until the processing-time timers of now have fired; see `timers.wait_until_fired`."""
        fired = 0
        for job in self:
            with job.expecting_failure():
                fired += timers.wait_until_fired(job.running, deadline)
        return fired

    @property
    def in_order(self) -> list[FollowedJob]:
        """The jobs that run, each behind those that write what it reads."""
        topics = self._between.topics(self.running)
        order = [watch for stage in self._between.stages(self, topics) for watch in stage.watches]
        return sorted(filter(lambda job: job.running, self), key=lambda job: order.index(job.running[0]))

    def settle(
        self, sent: Mapping[Partition, int], deadline: Deadline, files: Iterable[str] = ()
    ) -> list[Proof]:
        """Wait until all that was sent is processed and committed by every job that runs, and prove it.

        A topic that one job writes and another reads has its end only when the first is done. Where nobody
        says who writes what, all are settled until no such end has moved.

        Args:
            sent: Last data offset per partition that the scenario wrote.
            deadline: When to give up.
            files: Every file that the scenario laid into a folder.

        Raises:
            JobError: One of them failed.
            SettleTimeout: They were not done in time, with what is missing.
        """
        self._await_restart(deadline)
        proofs: dict[str, Proof] = {}
        while True:
            topics = self._between.topics(self.running)
            reached: dict[Partition, int] = {}
            for stage in self._between.stages(self, topics):
                read = {topic for watch in stage.watches for topic, _ in watch.reads} & set(topics)
                ends = self._between.ends({topic: topics[topic] for topic in read}, stage.closed & read)
                reached |= ends
                self._settle(stage.watches, {**ends, **sent}, files, proofs, deadline)
            if not topics or (self._between.at_rest(topics) and self._between.ends(topics, ()) == reached):
                break
            if deadline.passed:
                raise SettleTimeout(
                    f"what jobs write for each other has not come to an end after {deadline.elapsed:.0f} s",
                    detail=f"the topics between them: {', '.join(sorted(topics))}",
                )
        for job in self:
            job.recover()
        self._struck = False
        return list(proofs.values())

    def reach_the_middle(self, sent: Mapping[Partition, int], deadline: Deadline) -> None:
        """Wait until all that was sent is read and written, and nothing of it is committed.

        A job that is struck then has everything to do again.

        Raises:
            JobError: One of them failed.
        """
        for job in self:
            with job.expecting_failure():
                job.reach_the_middle(sent, deadline)

    def expect_restart(self) -> None:
        """A fault of the scenario was done: the next `settle` waits until it has made itself felt."""
        self._struck = True
        for job in self:
            job.expect_restart()

    def expect_job_manager(self) -> None:
        """The scenario kills the JobManager: whatever asks Flink next waits for another one."""
        for job in self:
            job.expect_job_manager()
        self._headless = True

    def await_job_manager(self, deadline: Deadline) -> None:
        """Wait until there is a JobManager again that knows every job that ran.

        Raises:
            SettleTimeout: There was none in time.
        """
        while self._headless:
            lost = [w.watched.job for w in self.running if not w.watched.cluster.answers(w.watched.job)]
            if not lost:
                self._headless = False
            elif deadline.passed:
                raise SettleTimeout(f"no JobManager took up the job within {deadline.elapsed:.0f} s")
            else:
                for watch in self.running:
                    watch.watched.alive()
                # Each question takes time from the one that is taking over.
                pause(TAKEN_OVER_S)

    def _await_restart(self, deadline: Deadline) -> None:
        self.await_job_manager(deadline)
        while self._struck and self.running and not any(job.restarted for job in self):
            if deadline.passed:
                raise SettleTimeout(
                    f"the fault has made no job restart after {deadline.elapsed:.0f} s",
                    hint="Flink waits for ever for a Python worker that dies while it begins its first rows: "
                    "with a `settle` before it, `kill: python_worker` hits one that is at rest",
                )
            for job in self:
                with job.expecting_failure():
                    for watch in job.running:
                        watch.look({}, watch.watched.cluster.positions(watch.watched.job).restarts)
            pause(completion.LOOK_S)

    def _settle(
        self,
        chosen: Collection[Watch],
        ends: Mapping[Partition, int],
        files: Iterable[str],
        proofs: dict[str, Proof],
        deadline: Deadline,
    ) -> None:
        for job in self:
            with job.expecting_failure():
                for watch in filter(chosen.__contains__, job.running):
                    targets = {p: end for p, end in ends.items() if p in watch.reads and end != NOTHING}
                    proofs[watch.watched.job] = completion.settle(watch, targets, deadline, files)
