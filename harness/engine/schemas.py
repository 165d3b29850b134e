"""The schemas of a run's sources: registered before anything else, and evolved by its steps."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from harness.codecs import changelog
from harness.codecs.debezium_avro import envelope_of
from harness.codecs.schema import REGISTERED, Schema, name_of
from harness.connections.schema_registry import Registry
from harness.environment import Grant
from harness.errors import InputError
from harness.inputs.row_encoding import Registered
from harness.plan import Plan
from harness.scenario.model import Evolve, Place, SchemaFile


class Schemas:
    """The schemas that the records of each source, and their keys, are written with.

    Attributes:
        registry: The registry of the lease, or None where the pipeline needs none.
    """

    def __init__(self, plan: Plan, grant: Grant) -> None:
        self._plan = plan
        self.registry = Registry(grant.schema_registry) if grant.schema_registry else None
        self._now: dict[str, Registered] = {}

    def register(self) -> None:
        """Register what the sources begin with: jobs ask for the latest version as soon as they start.

        Raises:
            InputError: The registry refuses a schema.
            ServiceError: The registry does not answer.
        """
        pipeline = self._plan.pipeline
        for place in (*pipeline.sources.values(), *pipeline.tables.values()):
            self.register_of(place)

    def register_of(self, place: Place) -> None:
        """Register what one place begins with; again is no harm.

        Raises:
            InputError: The registry refuses a schema.
            ServiceError: The registry does not answer.
        """
        if place.schema is not None and place.format in REGISTERED and place.name not in self._now:
            with _told(place, place.schema):
                self._register(place, place.schema)
        if place.key_schema is not None and place.key_format in REGISTERED:
            with _told(place, place.key_schema):
                assert self.registry is not None, "the plan asks for one"
                schema = place.key_schema.schema
                key_id = self.registry.register(f"{self._plan.names[place.name]}-key", schema)
                key = Registered(schema=schema, id=key_id)
                self._now[place.name] = replace(self._now.get(place.name, Registered()), key=key)

    def evolve(self, step: Evolve) -> str:
        """Register the next version; what is sent from now on is written with it.

        Raises:
            InputError: The registry refuses it.
            ServiceError: The registry does not answer.
        """
        try:
            found = self._register(self._plan.pipeline.sources[step.source], step.schema)
        except InputError as error:
            raise InputError(
                f"the schema registry refuses {step.schema.path.name} as the next version of {step.source}",
                detail=error.detail,
                location=step.location,
            ) from error
        return f"schema {found.id}"

    def of(self, source: str) -> Registered | None:
        """What a source is written with now, or None where no registry has a schema of it."""
        return self._now.get(source)

    def close(self) -> None:
        """Let the registry's connections go."""
        if self.registry is not None:
            self.registry.close()

    def _register(self, place: Place, file: SchemaFile) -> Registered:
        assert self.registry is not None, "the plan asks for one"
        schema = envelope_of(file.schema) if place.format in changelog.FORMATS else file.schema
        schema_id = self.registry.register(self._subject(place, schema), schema)
        known = self._now.get(place.name, Registered())
        self._now[place.name] = replace(known, schema=file.schema, id=schema_id)
        return self._now[place.name]

    def _subject(self, place: Place, schema: Schema) -> str:
        topic = self._plan.names[place.name]
        match place.options.subject_strategy:
            case "record":
                return name_of(schema) or topic
            case "topic_record":
                return f"{topic}-{name_of(schema)}"
            case _:
                return f"{topic}-value"


@contextlib.contextmanager
def _told(place: Place, file: SchemaFile) -> Iterator[None]:
    """A refusal names the file and the place that it is of."""
    try:
        yield
    except InputError as error:
        raise InputError(
            f"the schema registry refuses {file.path.name}", detail=error.detail, location=place.location
        ) from error
