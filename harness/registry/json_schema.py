"""JSON Schema as one of the registry's schema types."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from harness.registry.difference import Difference
from harness.registry.json_rules import json_differences
from harness.registry.json_shape import Document
from harness.registry.parsed import Named, Parsed
from harness.registry.refusal import InvalidSchema


class JsonSchema:
    """A JSON Schema that was understood."""

    def __init__(self, text: str, references: tuple[Named, ...]) -> None:
        self._written = _loaded(text)
        try:
            self.document = Document(self._written, {name: _loaded(other) for name, other in references})
        except RecursionError:
            raise InvalidSchema("nested too deep") from None
        self.text = json.dumps(self._written, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def normalized(self) -> str:
        """The text with its keys in order."""
        return json.dumps(self._written, separators=(",", ":"), ensure_ascii=False, sort_keys=True)

    def formatted(self, form: str) -> str:
        """The stored text: no other form is known."""
        del form
        return self.text

    def differences(self, written: Parsed, *, lenient: bool) -> list[Difference]:
        """Why data of `written` are refused by this schema; empty if they are accepted."""
        assert isinstance(written, JsonSchema)
        return json_differences(self.document, written.document, lenient=lenient)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidSchema(f"no JSON: {error}") from None
    except RecursionError:
        raise InvalidSchema("nested too deep") from None
