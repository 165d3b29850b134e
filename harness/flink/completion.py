"""Exactly done: when a running, unmodified, unbounded job has processed and committed all that was sent.

The proof is one completed checkpoint whose own metadata show every source past its target and nothing
in flight. Metrics only say when a checkpoint is worth taking. Offsets come from the accepted
checkpoint, so a restart in between cannot mislead. Where nothing proves it, the answer is why not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from harness.clock import Deadline, Pace, pause
from harness.errors import SettleTimeout
from harness.flink.checkpoint import CheckpointRequest
from harness.flink.contents import Contents, Partition
from harness.flink.file_source import must_find
from harness.flink.last_look import timed_out
from harness.flink.reasons import listed, name, still_open, unproved
from harness.flink.rest import RestError
from harness.flink.watch import STATE_S, JobFinished, Watch
from harness.result import Proof

STALLED_S = 1.0
"""Sources that hand on nothing for so long are held up by what is behind them."""
LOOK_S = 0.01
"""At most, between two looks at positions or at a checkpoint under way."""
RUNNING_S = 0.005
"""At most, between two looks at the tasks."""
DETAILS_S = 0.001
UNHINTED_S = 0.1
"""Between two looks, or two checkpoints, that no metric says are worth it, such as after a restart."""


def wait_until_ready(watch: Watch, deadline: Deadline) -> None:
    """Wait until every task runs and a first checkpoint shows what the sources read.

    Most jobs start at the latest offset: what is sent before that moment is lost, and RUNNING alone
    comes seconds too early. A job that finishes meanwhile reads nothing more.

    Raises:
        JobFailed: The job failed or restarts for ever.
        SettleTimeout: It was not ready in time, with the tasks that are missing.
    """
    watch.graph = watch.watched.cluster.graph(watch.watched.job)
    try:
        _wait_until_running(watch, deadline)
        while not _look_at_sources(watch, deadline):
            if deadline.passed:
                raise timed_out(watch.watched, "no checkpoint was completed", deadline)
            watch.look({}, watch.watched.cluster.positions(watch.watched.job).restarts)
            pause(STATE_S)
    except JobFinished:
        return


def _wait_until_running(watch: Watch, deadline: Deadline) -> None:
    cluster, job = watch.watched.cluster, watch.watched.job
    pace = Pace(most=RUNNING_S)
    unhinted = Deadline(UNHINTED_S)
    while True:
        if cluster.may_run(job) or unhinted.passed:
            unhinted = Deadline(UNHINTED_S)
            if cluster.job(job).running:
                return
        if deadline.passed:
            raise timed_out(watch.watched, "the job was not running", deadline)
        watch.look({}, cluster.positions(job).restarts)
        pace.wait()


def _look_at_sources(watch: Watch, deadline: Deadline) -> bool:
    """Take a checkpoint and note what the sources read; whether there was one."""
    contents = _checkpoint(watch, deadline)
    if contents is not None:
        watch.reads = frozenset(contents.offsets)
        watch.readers = contents.readers
    return contents is not None


def wait_for_readers(
    watches: Sequence[Watch], partitions: AbstractSet[Partition], deadline: Deadline
) -> None:
    """Wait until every partition is read by one of the jobs.

    Raises:
        JobFailed: A job failed or restarts for ever.
        SettleTimeout: Nobody reads one of them, with what is read; if none asks for its topic, as soon as all
            that they ask for is there: a job whose topic is not there fails, and tells more.
    """
    asked = [watch.graph.subscriptions for watch in watches]
    never = frozenset(p for p in partitions if not any(one.may_read(p[0]) for one in asked))
    while True:
        read = frozenset[Partition]().union(*(watch.reads for watch in watches))
        missing = partitions - read
        running = [watch for watch in watches if not watch.finished]
        found = {topic for topic, _ in read}
        if never and (not running or all(one.topics <= found for one in asked)):
            raise _unread(never, f"its sources read {', '.join(map(str, asked))}")
        if not missing or not running:
            return
        if deadline.passed:
            raise _unread(missing, f"its sources read {listed(read) if read else 'nothing yet'}")
        for watch in running:
            with contextlib.suppress(JobFinished):
                _look_at_sources(watch, deadline)
                watch.look({}, watch.watched.cluster.positions(watch.watched.job).restarts)
        pause(STATE_S)


def _unread(partitions: AbstractSet[Partition], detail: str) -> SettleTimeout:
    return SettleTimeout(
        f"no source of the job reads {listed(partitions)}",
        detail=detail,
        hint="does the job use the topic names that the pipeline gives it?",
    )


def wait_until_read(watch: Watch, targets: Mapping[Partition, int], deadline: Deadline) -> None:
    """Wait until the sources have handed on all records up to the targets, or hand on no more.

    Raises:
        JobFailed: The job failed or restarts for ever.
    """
    mine = {partition: offset for partition, offset in targets.items() if partition in watch.reads}
    stood: Mapping[Partition, int] = {}
    pace = Pace(most=LOOK_S)
    quiet = Deadline(STALLED_S)
    while not deadline.passed and not quiet.passed:
        positions = watch.watched.cluster.positions(watch.watched.job)
        try:
            watch.look(positions.offsets, positions.restarts)
        except JobFinished:
            return
        if all(positions.offsets.get(partition, -1) >= offset for partition, offset in mine.items()):
            return
        if positions.offsets != stood:
            stood, quiet = positions.offsets, Deadline(STALLED_S)
        pace.wait()


def settle(
    watch: Watch, targets: Mapping[Partition, int], deadline: Deadline, files: Iterable[str] = ()
) -> Proof:
    """Wait until all records up to the targets are processed and committed, and prove it.

    A job that comes to its own end is done: its last checkpoint is taken, and committed, at the end.
    One whose sources are all bounded is done in no other way.

    Args:
        watch: The job.
        targets: Last data offset per partition.
        deadline: When to give up.
        files: Every file that was laid into a folder of a source.

    Raises:
        JobFailed: The job failed or restarts for ever.
        SettleTimeout: It was not done in time, with what is missing.
    """
    to_find = must_find(watch.graph.files, files)
    try:
        return _settle(watch, targets, to_find, deadline)
    except JobFinished:
        watch.check_finished(targets, to_find)
        return Proof(
            job=watch.watched.job,
            checkpoint=None,
            positions={},
            targets={},
            checkpoints_tried=0,
            waited_s=deadline.elapsed,
        )


def _settle(
    watch: Watch, targets: Mapping[Partition, int], to_find: Mapping[str, int], deadline: Deadline
) -> Proof:
    watched = watch.watched
    tried = 0
    contents: Contents | None = None
    # No metric tells of files.
    unhinted = Deadline(0 if to_find else UNHINTED_S)
    pace = Pace(most=LOOK_S)
    while True:
        positions = watched.cluster.positions(watched.job)
        watch.look(positions.offsets, positions.restarts)
        reached = not to_find and all(positions.offsets.get(p, -1) >= o for p, o in targets.items())
        # A hint may stay away (a source that has finished, a metric that was renamed): look now and then.
        if reached or unhinted.passed:
            unhinted = Deadline(UNHINTED_S)
            taken = _checkpoint(watch, deadline)
            tried += taken is not None
            # What the last one held is still worth telling where time is over before the next is taken.
            contents = taken or contents
            if taken is not None and not still_open(watch, taken, targets, to_find):
                return Proof(
                    job=watched.job,
                    checkpoint=taken.id,
                    positions={name(p): o for p, o in sorted(taken.offsets.items())},
                    targets={name(p): o for p, o in sorted(targets.items())},
                    checkpoints_tried=tried,
                    waited_s=deadline.elapsed,
                )
        if deadline.passed:
            left = unproved(watch, contents, to_find) if contents else ()
            raise timed_out(watched, "the job was not done", deadline, targets=targets, unproved=left)
        pace.wait()


def _checkpoint(watch: Watch, deadline: Deadline) -> Contents | None:
    """Take a checkpoint and read it; None if it failed, was subsumed or lost, or did not end in time."""
    cluster, job = watch.watched.cluster, watch.watched.job
    try:
        request = CheckpointRequest(cluster, job)
    except RestError:
        return None
    done: int | RestError | None = None
    pace = Pace(most=LOOK_S)
    while done is None:
        if deadline.passed:
            return None
        try:
            done = request.answer()
        except RestError:
            return None
        if done is None:
            positions = cluster.positions(job)
            watch.look(positions.offsets, positions.restarts)
            pace.wait()
    if isinstance(done, RestError):
        return None
    # The request may be done some milliseconds before the checkpoint's details are.
    late = Deadline(1.0 + cluster.lag_s)
    contents = cluster.contents(job, done)
    while contents is None and not late.passed:
        # A cluster that keeps its answers logs every question that comes too early.
        pause(max(DETAILS_S, cluster.lag_s / 10))
        contents = cluster.contents(job, done)
    if contents is not None:
        watch.read_checkpoint(contents)
    return contents
