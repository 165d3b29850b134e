"""What was found out: places, the job, and what nobody could tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.codecs.types import Type
from harness.scenario.model import System
from harness.scenario.places.places import Role

NO_EVENT_TIME = "name the field of the event time (`event_time`), if the job has watermarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A file to be written beside the pipeline."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace:
    """A source, a table or a sink.

    Attributes:
        name: Its name in the pipeline.
        address: Topic or table; None where the job takes it from outside, so that it can be a fresh one.
        format: Of a topic; None where it could not be told.
        columns: Type names of its fields, where no schema has them.
        types: The same as types, for the rows of a first scenario.
        times: The encodings of fields that hold a time.
        key: What identifies a row, or goes into the record's key.
        event_time: The field that the watermark follows.
        partitions: Of a topic.
        upsert: A topic that is folded by its key.
        schema: The schema of a topic.
        ddl: The statement that makes a table.
        todo: What could not be told, each a sentence.
    """

    name: str
    role: Role
    system: System
    address: str | None
    format: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, Type] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    event_time: str | None = None
    partitions: int | None = None
    upsert: bool = False
    schema: Saved | None = None
    ddl: str | None = None
    todo: tuple[str, ...] = ()

    def with_more(self, other: FoundPlace) -> FoundPlace:
        """The same place with what was seen in the system itself, which knows better than the job's text."""
        fields = other.columns or other.schema is not None
        return replace(
            self,
            format=other.format or self.format,
            columns=other.columns if fields else self.columns,
            types=other.types if fields else self.types,
            times=other.times or self.times,
            key=self.key or other.key,
            event_time=self.event_time or other.event_time,
            partitions=other.partitions or self.partitions,
            schema=other.schema or (None if fields else self.schema),
            ddl=other.ddl or self.ddl,
            todo=other.todo if other.format or other.ddl else (*self.todo, *other.todo),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundJob:
    """The job.

    Attributes:
        kind: The key that a pipeline has for it: `python` or `sql`.
        path: Its file, as the pipeline names it.
        args: Its options, with what they are given.
        env: Environment variables that it reads, with what they are given.
        connectors: The catalogue names of its connectors.
        todo: What could not be told.
    """

    kind: str
    path: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    connectors: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()


def place_name(address: str) -> str:
    """A name for a topic or a table: its last part, in letters that a name may have."""
    last = address.replace('"', "").rpartition(".")[2] or address
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", last).strip("-")
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"
