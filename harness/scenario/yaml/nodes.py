"""The tree of a YAML document: every node keeps its place, every scalar its text as it was typed.

Nodes are tuples: a project has hundreds of thousands, and a frozen dataclass takes twice as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias

from harness.location import Location
from harness.scenario.model import Text


class Style(Enum):
    """How a scalar was written."""

    PLAIN = "plain"
    QUOTED = "quoted"
    LITERAL = "literal"
    FOLDED = "folded"
    MISSING = "missing"


class Scalar(NamedTuple):
    """A text of the file; YAML never gives it a type.

    Attributes:
        text: The text, quotes and indentation gone.
        location: Where it begins: its first character, its quote, or the `|` of a block.
        style: How it was written. MISSING is a key with nothing behind it, already reported.
        content: Where its first character stands: behind the quote, or on the first line of a block.
    """

    text: str
    location: Location
    style: Style
    content: Location

    @property
    def quoted(self) -> bool:
        """Whether it is text by its form."""
        return self.style is not Style.PLAIN

    def as_text(self) -> Text:
        """The scalar as a text of the model."""
        return Text(value=self.text, location=self.content)


class ListNode(NamedTuple):
    """A YAML list."""

    items: tuple[Node, ...]
    location: Location


class Entry(NamedTuple):
    """A key with its value."""

    key: Scalar
    value: Node


class MapNode(NamedTuple):
    """A YAML mapping, in the order of the file; every key is there once."""

    entries: Mapping[str, Entry]
    location: Location


Node: TypeAlias = "Scalar | ListNode | MapNode"


def is_missing(node: Node) -> bool:
    """Whether nothing was written there, which is already reported."""
    return isinstance(node, Scalar) and node.style is Style.MISSING


def kind(node: Node) -> str:
    """What a node is, in words for a message."""
    if isinstance(node, Scalar):
        return "text"
    return "a list" if isinstance(node, ListNode) else "a mapping"
