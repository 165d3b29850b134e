"""What keeps one schema from reading what another one wrote."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that breaks compatibility.

    Attributes:
        kind: Confluent's error type.
        text: The message in Confluent's form; `{reader}` and `{writer}` stand for `new` and `old`.
    """

    kind: str
    text: str

    def said(self, reader: str, writer: str) -> str:
        """The message for these two sides."""
        return self.text.replace("{reader}", reader).replace("{writer}", writer)
