"""What is registered: a schema's text with its type, references, metadata and rules."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.registry.parsed import TYPES
from harness.registry.refusal import invalid_schema, unprocessable


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in a schema that another subject's version defines."""

    name: str
    subject: str
    version: int

    def to_json(self) -> dict[str, Any]:
        """As Confluent writes it."""
        return {"name": self.name, "subject": self.subject, "version": self.version}


@dataclass(frozen=True)
class Content:
    """All that makes one schema another one than the next.

    Attributes:
        kind: `AVRO`, `JSON` or `PROTOBUF`.
        text: The schema.
        references: Names that other subjects define.
        metadata: Confluent's metadata, kept as it came.
        rules: Confluent's rule set, kept as it came.
    """

    kind: str
    text: str
    references: tuple[Reference, ...] = ()
    metadata: Mapping[str, Any] | None = field(default=None, hash=False)
    rules: Mapping[str, Any] | None = field(default=None, hash=False)

    @cached_property
    def key(self) -> str:
        """Equal for equal contents."""
        references = [r.to_json() for r in self.references]
        parts = (self.kind, self.text, references, self.metadata, self.rules)
        return json.dumps(parts, sort_keys=True)

    @cached_property
    def guid(self) -> str:
        """The same in every context and registry."""
        return str(uuid.UUID(bytes=hashlib.md5(self.key.encode(), usedforsecurity=False).digest()))

    @property
    def plain(self) -> bool:
        """Whether there are neither metadata nor rules."""
        return not self.metadata and not self.rules

    def to_json(self, text: str | None = None) -> dict[str, Any]:
        """As Confluent writes it: Avro needs no type, and what is empty is left out."""
        out: dict[str, Any] = {}
        if self.kind != "AVRO":
            out["schemaType"] = self.kind
        if self.references:
            out["references"] = [reference.to_json() for reference in self.references]
        if self.metadata:
            out["metadata"] = self.metadata
        if self.rules:
            out["ruleSet"] = self.rules
        return {**out, "schema": self.text if text is None else text}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Content:
        """Read the body of a request.

        Raises:
            Refusal: It is not of Confluent's form.
        """
        text, kind = body.get("schema"), body.get("schemaType") or "AVRO"
        if not isinstance(text, str) or not text.strip():
            raise invalid_schema("Empty schema")
        if not isinstance(kind, str) or kind.upper() not in TYPES:
            raise invalid_schema(f"Invalid schema type {kind}")
        references = body.get("references") or []
        if not isinstance(references, list):
            raise unprocessable("`references` must be an array")
        return cls(
            kind=kind.upper(),
            text=text,
            references=tuple(_reference(entry) for entry in references),
            metadata=_object(body, "metadata"),
            rules=_object(body, "ruleSet"),
        )


def _reference(entry: object) -> Reference:
    if isinstance(entry, dict):
        name, subject, version = entry.get("name"), entry.get("subject"), entry.get("version")
        if isinstance(name, str) and isinstance(subject, str) and isinstance(version, int):
            return Reference(name, subject, version)
    raise unprocessable("a reference has a `name`, a `subject` and a `version`")


def _object(body: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    value = body.get(key)
    if value is not None and not isinstance(value, dict):
        raise unprocessable(f"`{key}` must be an object")
    return value or None
