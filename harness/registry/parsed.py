"""What the registry asks of a schema, whatever its type; a type is imported with its first schema."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from harness.registry.difference import Difference
from harness.registry.refusal import InvalidSchema

TYPES = ("JSON", "PROTOBUF", "AVRO")
_REMEMBERED = 1024

Named = tuple[str, str]
"""A referenced schema: the name by which it is referred to, and its text."""


class Parsed(Protocol):
    """A schema that was understood."""

    @property
    def text(self) -> str:
        """The text that is stored: what was sent, less what has no meaning to a reader."""

    @property
    def normalized(self) -> str:
        """The text in which schemas that mean the same are equal."""

    def formatted(self, form: str) -> str:
        """The text in the form that a client asks for; the stored one where the type has no such form."""

    def differences(self, written: Parsed, *, lenient: bool) -> list[Difference]:
        """Why data of `written` cannot be read with this schema; empty if they can."""


@lru_cache(_REMEMBERED)
def parse(kind: str, text: str, references: tuple[Named, ...]) -> Parsed:
    """Understand a schema.

    Raises:
        InvalidSchema: It is none of its type.
    """
    if not text.strip():
        raise InvalidSchema("Empty schema")
    match kind:
        case "AVRO":
            from harness.registry.avro import Avro

            return Avro(text, references)
        case "JSON":
            from harness.registry.json_schema import JsonSchema

            return JsonSchema(text, references)
        case "PROTOBUF":
            from harness.registry.protobuf import Protobuf

            return Protobuf(text, references)
        case _:
            raise InvalidSchema(f"Invalid schema type {kind}")
