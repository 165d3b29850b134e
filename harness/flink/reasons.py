"""Why a job is not done: what a checkpoint leaves unproved, and what is missing, in words."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from harness.clock import Deadline
from harness.errors import SettleTimeout
from harness.flink.contents import Contents, Partition
from harness.flink.file_source import unfollowed
from harness.flink.watch import Watch


def still_open(
    watch: Watch, contents: Contents, targets: Mapping[Partition, int], to_find: Mapping[str, int]
) -> list[str]:
    """What a checkpoint leaves unproved, in words."""
    behind = [
        f"{name(p)}: at {contents.offsets.get(p, 'no position')}, record {offset} is not processed"
        for p, offset in sorted(targets.items())
        if contents.offsets.get(p, -1) <= offset
    ]
    unseen = [
        f"{Path(file).name} is not found yet"
        for file, count in sorted(to_find.items())
        if contents.found.get(file, 0) < count
    ]
    return [*behind, *unseen, *contents.in_flight, *unfollowed(watch.files)]


def why_not(
    watch: Watch,
    targets: Mapping[Partition, int],
    to_find: Mapping[str, int],
    positions: Mapping[Partition, int],
    contents: Contents | None,
    deadline: Deadline,
) -> SettleTimeout:
    """The error of a job that was not done in time."""
    cluster, job = watch.watched.cluster, watch.watched.job
    behind = [
        f"{name(p)}: {_position(positions.get(p))} of {offset}"
        for p, offset in sorted(targets.items())
        if positions.get(p, -1) < offset
    ]
    view = cluster.job(job)
    parts = [f"job {view.state}, {watch.restarts} restarts"]
    if behind:
        parts += ["not read yet:", *(f"  {line}" for line in behind)]
    if contents is None:
        parts.append("no checkpoint was completed")
    elif not behind:
        lines = still_open(watch, contents, targets, to_find)
        parts += [f"in checkpoint {contents.id}:", *(f"  {line}" for line in lines)]
    cause = watch.cause()
    if cause is not None:
        parts += ["last failure:", *(f"  {line}" for line in cause.text().splitlines())]
    return SettleTimeout(f"the job was not done after {deadline.elapsed:.0f} s", detail="\n".join(parts))


def _position(offset: int | None) -> str:
    return "nothing read" if offset is None or offset < 0 else f"at offset {offset}"


def name(partition: Partition) -> str:
    """A partition as messages have it."""
    return f"{partition[0]}[{partition[1]}]"


def listed(partitions: AbstractSet[Partition]) -> str:
    """Partitions as messages have them."""
    return ", ".join(name(p) for p in sorted(partitions)) or "nothing"
