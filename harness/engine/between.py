"""The topics that one job writes and another reads, and the order of the jobs along them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.engine.job import FollowedJob
from harness.environment import Grant
from harness.flink.contents import Partition
from harness.flink.watch import Watch
from harness.plan import Plan
from harness.scenario.model import Place, System
from harness.sinks import kafka
from harness.sinks.kafka_tail import last_offsets

NOTHING = -1
"""The last offset of a partition that is still empty: its reader waits for its writer all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Jobs whose turn comes at the same time.

    Attributes:
        closed: The topics between jobs that nobody writes any more by then.
    """

    watches: tuple[Watch, ...]
    closed: frozenset[str]


class Between:
    """The topics between the jobs of one run."""

    def __init__(self, plan: Plan, grant: Grant) -> None:
        self._plan = plan
        self._grant = grant

    def topics(self, watches: Iterable[Watch]) -> dict[str, Place]:
        """Those that one of the running jobs reads, by their names on the broker."""
        read = {topic for watch in watches for topic, _ in watch.reads}
        names = self._plan.names
        return {
            names[name]: place
            for name, place in self._plan.pipeline.sinks.items()
            if place.system is System.KAFKA and names[name] in read
        }

    def ends(self, topics: Mapping[str, Place], closed: Collection[str]) -> dict[Partition, int]:
        """The last data offset of every partition, if only NOTHING.

        Args:
            topics: Whose.
            closed: Those that nobody writes any more: what is still being committed there is waited for.

        Raises:
            SinkError: A topic cannot be read, or a transaction stays open where nobody writes.
        """
        for topic in closed:
            if _is_waited_for(topics[topic]):
                kafka.wait_until_visible(self._broker, topic, topics[topic].partitions)
        found: dict[Partition, int] = {}
        for topic, place in topics.items():
            last = last_offsets(self._broker, topic, range(place.partitions))
            found |= {(topic, number): last.get(number, NOTHING) for number in range(place.partitions)}
        return found

    def at_rest(self, topics: Mapping[str, Place]) -> bool:
        """Whether no transaction is open on any of them."""
        return all(
            kafka.is_visible(self._broker, topic, place.partitions)
            for topic, place in topics.items()
            if _is_waited_for(place)
        )

    def stages(self, jobs: Iterable[FollowedJob], topics: Collection[str]) -> Iterator[Stage]:
        """The running jobs, each behind those that write what it reads.

        Who writes in a circle, or submits several jobs of which nobody says what each of them writes, comes
        at last, and all of them at once.

        Args:
            jobs: The jobs.
            topics: The topics between them.
        """
        writers: dict[str, set[Watch]] = {}
        for job in jobs:
            for sink in job.job.writes:
                writers.setdefault(self._plan.names[sink], set()).update(job.running)
        left = [watch for job in jobs for watch in job.running]
        while left:
            # Of a topic that no job says to write, nobody knows when its writer is done.
            closed = frozenset(t for t in topics if t in writers and not writers[t] & set(left))
            ready = [w for w in left if not _topics_of(w) & set(topics) - closed]
            stage = ready or [w for w in left if not _topics_of(w) & set(topics)] or left
            yield Stage(watches=tuple(stage), closed=closed)
            left = [watch for watch in left if watch not in stage]

    @property
    def _broker(self) -> str:
        assert self._grant.kafka is not None
        return self._grant.kafka.internal


def _topics_of(watch: Watch) -> set[str]:
    return {topic for topic, _ in watch.reads}


def _is_waited_for(place: Place) -> bool:
    """Whether what is not committed is none of its records."""
    return place.isolation == "read_committed"
