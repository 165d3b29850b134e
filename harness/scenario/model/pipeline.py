"""A pipeline file: a job and everything it is connected to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.location import Location
from harness.scenario.model.job import Job
from harness.scenario.model.place import Place
from harness.scenario.model.services import AwsOptions, KafkaOptions, PostgresOptions, RegistryOptions
from harness.scenario.model.steps import Step
from harness.scenario.model.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline file: the job and everything it is connected to.

    Attributes:
        jobs: The jobs by name; most pipelines have one.
        versions: Other versions of the job, by name.
        files: Fixed path -> the file or folder that the job finds there.
        hosts: Fixed `name:port` -> the service (`kafka`, `schema_registry`, `postgres`) that answers there.
        services: Every service that the job needs, referred to or declared.
    """

    name: str
    location: Location
    flink: tuple[str, ...]
    jobs: Mapping[str, Job]
    versions: Mapping[str, Job] = field(default_factory=dict)
    sources: Mapping[str, Place] = field(default_factory=dict)
    tables: Mapping[str, Place] = field(default_factory=dict)
    sinks: Mapping[str, Place] = field(default_factory=dict)
    files: Mapping[str, Text] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    kafka: KafkaOptions = field(default_factory=KafkaOptions)
    schema_registry: RegistryOptions = field(default_factory=RegistryOptions)
    postgres: PostgresOptions = field(default_factory=PostgresOptions)
    aws: AwsOptions = field(default_factory=AwsOptions)
    services: frozenset[str] = frozenset()
    given: tuple[Step, ...] = ()
    finish: str = "settle"

    @property
    def job(self) -> Job:
        """The job, or the first of several."""
        return next(iter(self.jobs.values()))

    @property
    def folder(self) -> Path:
        """The folder of the file; relative paths in it start here."""
        return self.location.path.parent

    def place(self, name: str) -> Place | None:
        """The source, table or sink of that name."""
        return self.sources.get(name) or self.tables.get(name) or self.sinks.get(name)
