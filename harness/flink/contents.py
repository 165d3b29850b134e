"""What a completed checkpoint holds: how far the sources are, and what is not through yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.parts import Parts

Partition = tuple[str, int]
"""A topic and one of its partitions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a completed checkpoint holds.

    Attributes:
        id: The checkpoint's id.
        offsets: Next offset per partition, minimum over the operators that read it; -2: earliest, not begun.
        readers: The topics that each source operator reads, by its id.
        in_flight: What is not through yet, in words; empty if nothing is.
        finished: The ids of operators that have come to their end in every subtask.
        found: How many sources have found each file, of those that look for new ones.
        parts: The files that sinks had not finished.
    """

    id: int
    offsets: Mapping[Partition, int]
    in_flight: tuple[str, ...]
    readers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    finished: frozenset[str] = frozenset()
    found: Mapping[str, int] = field(default_factory=dict)
    parts: Parts = field(default_factory=Parts)

    @classmethod
    def of(cls, answer: Mapping[str, Any], persisted: int) -> Contents:
        """What the JVM read in a checkpoint.

        Args:
            answer: As `Checkpoint.java` tells it.
            persisted: Bytes of records between operators, as Flink's own details say.
        """
        offsets: dict[Partition, int] = {}
        in_flight: list[str] = []
        found: Counter[str] = Counter()
        for operator in answer["operators"]:
            for topic, partition, offset in operator["offsets"]:
                place = (topic, partition)
                offsets[place] = min(offset, offsets.get(place, offset))
            found.update(operator["found"])
            in_flight += _in_flight(operator)
        if persisted:
            in_flight.append(f"{persisted} bytes of records between operators")
        return cls(
            id=answer["id"],
            offsets=offsets,
            readers={
                operator["id"]: frozenset(topic for topic, *_ in operator["offsets"])
                for operator in answer["operators"]
                if operator["offsets"]
            },
            in_flight=tuple(in_flight),
            finished=frozenset(o["id"] for o in answer["operators"] if o["finished"]),
            found=found,
            parts=Parts(pending=frozenset(answer["parts"]), kept=frozenset(answer["kept"])),
        )


def _in_flight(operator: Mapping[str, Any]) -> list[str]:
    found = [
        f"{Path(path).name} is not read to its end (operator {operator['id']})" for path in operator["open"]
    ]
    if operator["async"]:
        found.append(f"{operator['async']} records in an asynchronous call (operator {operator['id']})")
    if operator["buffered"]:
        found.append(f"{operator['buffered']} records in a sink's buffer (operator {operator['id']})")
    if operator["channels"]:
        found.append(f"records between operators, before operator {operator['id']}")
    return found
