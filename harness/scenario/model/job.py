"""The job under test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from harness.location import Location
from harness.scenario.model.words import Text


class JobKind(Enum):
    """What a job is made of; exactly one of them is given."""

    PYTHON = "python"
    SQL = "sql"
    JAR = "jar"
    MANAGED_FLINK = "managed_flink"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The job under test, as its team wrote it.

    Attributes:
        kind: What `path` is.
        path: The script, SQL file, jar or package, absolute; of a function its `module:name`.
        args: Arguments of the script or main class.
        env: Environment of the script and of its UDF workers; nothing else reaches them. Of a SQL file: what
            its variables are filled from.
        connectors: Catalogue names, Maven coordinates or paths of jars.
        config: Flink options of the job.
        parallelism: Flink's `parallelism.default`.
        python_env: The interpreter of the job, or None for the one that runs the harness.
        main_class: Of a jar; None: what its manifest says.
        properties: Managed Flink's property groups: group -> key -> text.
        name: Its name under `jobs`; of the only one `job`.
        has_python: The SQL file declares functions in Python.
        reads: Sources, tables and sinks of other jobs that it reads; () where it is not said.
        writes: Sinks that it writes; () where it is not said.
    """

    kind: JobKind
    path: str
    location: Location
    args: tuple[Text, ...] = ()
    env: Mapping[str, Text] = field(default_factory=dict)
    connectors: tuple[Text, ...] = ()
    config: Mapping[str, Text] = field(default_factory=dict)
    parallelism: int = 1
    python_env: str | None = None
    main_class: str | None = None
    properties: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    has_python: bool = False
    name: str = "job"
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    def texts(self) -> tuple[Text, ...]:
        """Everything in it that may hold `${...}`."""
        properties = (text for group in self.properties.values() for text in group.values())
        return (*self.args, *self.env.values(), *self.config.values(), *properties)
