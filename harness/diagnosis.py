"""What was found out about a job that failed or was not done: obstacles and suspect records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Figure = bool | int | float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One thing that stands in the way of a job that was not done in time.

    Attributes:
        kind: What it is, such as `not read yet`, `held back`, `back-pressure`, `in flight` or `checkpoint`.
        subject: What it is about: a partition, an operator, a vertex, `job` or `cluster`.
        text: The same in words.
        values: The same in figures.
    """

    kind: str
    subject: str
    text: str
    values: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A record on which a job may have failed.

    Attributes:
        key: As text, or None where it has none.
        value: As text, shortened; None is a tombstone.
        sure: Whether it is known to be the one.
    """

    topic: str
    partition: int
    offset: int
    key: str | None
    value: str | None
    sure: bool
