"""What a checkpoint leaves unproved, in words."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from harness.flink.contents import Contents, Partition
from harness.flink.file_source import unfollowed
from harness.flink.job_graph import JobGraph
from harness.flink.live import plain
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
    return [*behind, *unproved(watch, contents, to_find)]


def unproved(watch: Watch, contents: Contents, to_find: Mapping[str, int]) -> tuple[str, ...]:
    """The same without the offsets."""
    unseen = [
        f"{Path(file).name} is not found yet"
        for file, count in sorted(to_find.items())
        if contents.found.get(file, 0) < count
    ]
    return (*unseen, *contents.in_flight, *unfollowed(watch.graph.files), *_unfinished(watch.graph, contents))


def _unfinished(graph: JobGraph, contents: Contents) -> list[str]:
    """The bounded sources that have not come to their end."""
    left = [s.name for s in graph.bounded if s.id not in contents.finished]
    if graph.ends and not left:
        # Its last rows are committed with its last checkpoint, after this one.
        return ["all sources have come to their end, and the job has not"]
    return [f"the bounded source `{plain(name)}` has not come to its end" for name in left]


def name(partition: Partition) -> str:
    """A partition as messages have it."""
    return f"{partition[0]}[{partition[1]}]"


def listed(partitions: AbstractSet[Partition]) -> str:
    """Partitions as messages have them."""
    return ", ".join(name(p) for p in sorted(partitions)) or "nothing"
