"""The schemas of a run's sources: registered before anything else, and evolved by its steps."""

from __future__ import annotations

from harness.connections.schema_registry import Registry
from harness.environment import Grant
from harness.errors import InputError
from harness.inputs.row_encoding import Registered
from harness.plan import Plan
from harness.scenario.model import Evolve, Place, SchemaFile


class Schemas:
    """The schema that each source is written with.

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
            if place.schema is not None:
                try:
                    self._register(place, place.schema)
                except InputError as error:
                    raise InputError(
                        f"the schema registry refuses {place.schema.path.name}",
                        detail=error.detail,
                        location=place.location,
                    ) from error

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
        """What a source is written with now, or None where its format has no schema."""
        return self._now.get(source)

    def close(self) -> None:
        """Let the registry's connections go."""
        if self.registry is not None:
            self.registry.close()

    def _register(self, place: Place, file: SchemaFile) -> Registered:
        assert self.registry is not None, "the plan asks for one"
        schema_id = self.registry.register(f"{self._plan.names[place.name]}-value", file.schema)
        self._now[place.name] = Registered(schema=file.schema, id=schema_id)
        return self._now[place.name]
