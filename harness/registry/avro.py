"""Avro as one of the registry's schema types."""

from __future__ import annotations

from functools import cached_property

from harness.registry.avro_rules import avro_differences
from harness.registry.avro_schema import canonical_avro, normalized_avro, parse_avro
from harness.registry.difference import Difference
from harness.registry.parsed import Named, Parsed


class Avro:
    """An Avro schema that was understood."""

    def __init__(self, text: str, references: tuple[Named, ...]) -> None:
        texts = [reference for _, reference in references]
        self._known = [parse_avro(one, texts[:index]).full_name for index, one in enumerate(texts)]
        self.schema = parse_avro(text, texts)
        self.text = canonical_avro(self.schema, self._known)

    @cached_property
    def normalized(self) -> str:
        """The text in which schemas that mean the same are equal."""
        return normalized_avro(self.schema, self._known)

    def formatted(self, form: str) -> str:
        """`resolved`: with what its references define written out."""
        return canonical_avro(self.schema) if form == "resolved" else self.text

    def differences(self, written: Parsed, *, lenient: bool) -> list[Difference]:
        """Why data of `written` cannot be read with this schema; empty if they can."""
        del lenient
        assert isinstance(written, Avro)
        return avro_differences(self.schema, written.schema)
