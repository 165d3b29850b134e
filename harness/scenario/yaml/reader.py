"""A mapping of the file, read key by key: kinds, unknown keys and left-out keys are checked here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.location import Location
from harness.scenario import vocabulary
from harness.scenario.language.shapes import Choice, ListOf
from harness.scenario.model import Text
from harness.scenario.problems import Problems
from harness.scenario.vocabulary import Vocabulary
from harness.scenario.yaml.nodes import ListNode, MapNode, Node, Scalar, is_missing, kind

_INTEGER = re.compile(r"[+-]?\d{1,18}")


class Fields:
    """The keys of one mapping; every key outside of its vocabulary is noted at once.

    The readers return None for a key that is not there and for one whose value cannot be read;
    the second is noted.
    """

    def __init__(self, node: MapNode, words: Vocabulary, problems: Problems) -> None:
        self.node = node
        self.problems = problems
        self._words = words
        self.unsupported = False
        self._meant: set[str | None] = set()
        for name, entry in node.entries.items():
            if name in words.keys:
                continue
            if name in words.elsewhere:
                where = words.elsewhere[name]
                problems.add(entry.key.location, f"`{name}` belongs to {where}, and this is {words.what}")
            elif name in words.later:
                self.unsupported = True
                problems.add(entry.key.location, vocabulary.not_yet(name))
            else:
                self._meant.add(vocabulary.suggested(name, (*words.keys, *words.later)))
                hint = vocabulary.suggest(name, (*words.keys, *words.later), what="keys")
                problems.add(entry.key.location, f"unknown key `{name}` in {words.what}", hint)

    @property
    def location(self) -> Location:
        """Where the mapping begins."""
        return self.node.location

    def __contains__(self, key: str) -> bool:
        return key in self.node.entries

    def where(self, key: str) -> Location:
        """Where the key stands, or the mapping if it is not there."""
        entry = self.node.entries.get(key)
        return entry.key.location if entry else self.location

    def take(self, key: str) -> Node | None:
        """The value of the key as it is in the tree."""
        entry = self.node.entries.get(key)
        return None if entry is None or is_missing(entry.value) else entry.value

    def need(self, key: str, hint: str | None = None) -> bool:
        """Whether the key is there; if not, that is noted, unless another key is that one misspelt."""
        if key not in self.node.entries and key in self._meant:
            return False
        if key not in self.node.entries:
            self.problems.add(self.location, f"{self._words.what} needs `{key}`", hint)
            return False
        return True

    def scalar(self, key: str) -> Scalar | None:
        """The value if it is a text."""
        return self.as_scalar(key, self.take(key))

    def as_scalar(self, key: str, node: Node | None) -> Scalar | None:
        """The node if it is a text; `key` names it in the problem otherwise."""
        if node is None or is_missing(node):
            return None
        if isinstance(node, Scalar):
            return node
        self.problems.add(node.location, f"`{key}` wants one value, not {kind(node)}", _unquoted(node))
        return None

    def text(self, key: str) -> str | None:
        """The text of the key, outer spaces gone; empty text is noted."""
        scalar = self.scalar(key)
        if scalar is None:
            return None
        if not scalar.text.strip():
            self.problems.add(scalar.location, f"`{key}` is empty")
            return None
        return scalar.text.strip()

    def choice(self, key: str) -> str | None:
        """The text of the key if it is one of the words that its description lists."""
        shape = self._words.keys[key].shape
        assert isinstance(shape, Choice), key
        scalar = self.scalar(key)
        if scalar is None:
            return None
        if scalar.text in shape.words or (shape.any_case and scalar.text.lower() in shape.words):
            return scalar.text
        if scalar.text in shape.later:
            self.problems.add(scalar.location, vocabulary.not_yet(f"{key}: {scalar.text}"))
        else:
            hint = vocabulary.suggest(scalar.text, (*shape.words, *shape.later), what="known")
            self.problems.add(scalar.location, f"`{scalar.text}` is no `{key}`", hint)
        return None

    def choices(self, key: str) -> tuple[Text, ...]:
        """The texts of a list, or a single text; words that the description does not list are noted."""
        shape = self._words.keys[key].shape
        assert isinstance(shape, ListOf), key
        assert isinstance(shape.of, Choice), key
        texts = self.names(key)
        for text in texts:
            if text.value not in shape.of.words:
                hint = vocabulary.suggest(text.value, shape.of.words)
                self.problems.add(text.location, f"`{text.value}` is no `{key}`", hint)
        return texts

    def integer(self, key: str, *, least: int) -> int | None:
        """The whole number of the key, `least` or more."""
        scalar = self.scalar(key)
        if scalar is None:
            return None
        if not _INTEGER.fullmatch(scalar.text) or int(scalar.text) < least:
            self.problems.add(
                scalar.location, f"`{key}` wants a whole number from {least}, not `{scalar.text}`"
            )
            return None
        return int(scalar.text)

    def boolean(self, key: str) -> bool | None:
        """`true` or `false`."""
        scalar = self.scalar(key)
        if scalar is None:
            return None
        if scalar.text not in ("true", "false"):
            self.problems.add(scalar.location, f"`{key}` wants `true` or `false`, not `{scalar.text}`")
            return None
        return scalar.text == "true"

    def mapping(self, key: str) -> MapNode | None:
        """The value if it is a mapping."""
        node = self.take(key)
        if node is None or isinstance(node, MapNode):
            return node
        self.problems.add(node.location, f"`{key}` wants a mapping, not {kind(node)}")
        return None

    def items(self, key: str) -> tuple[Node, ...]:
        """The items of a list."""
        node = self.take(key)
        if node is None:
            return ()
        if not isinstance(node, ListNode):
            self.problems.add(node.location, f"`{key}` wants a list, not {kind(node)}", _listed(key, node))
            return ()
        return tuple(item for item in node.items if not is_missing(item))

    def texts(self, key: str) -> tuple[Text, ...]:
        """The texts of a list."""
        scalars = (self.as_scalar(f"{key}: [...]", item) for item in self.items(key))
        return tuple(scalar.as_text() for scalar in scalars if scalar)

    def names(self, key: str) -> tuple[Text, ...]:
        """The texts of a list, or a single text; each once."""
        node = self.take(key)
        texts = (node.as_text(),) if isinstance(node, Scalar) else self.texts(key)
        seen: dict[str, Text] = {}
        for text in texts:
            if text.value in seen:
                self.problems.add(text.location, f"`{text.value}` is there twice")
            elif not text.value.strip():
                self.problems.add(text.location, f"`{key}` holds an empty name")
            else:
                seen[text.value] = text
        return tuple(seen.values())

    def scalars(self, key: str) -> tuple[Scalar, ...]:
        """The texts of a list, or a single text, each once, as they stand in the tree."""
        node = self.take(key)
        kept = {text.location for text in self.names(key)}
        items = (node,) if isinstance(node, Scalar) else getattr(node, "items", ())
        return tuple(item for item in items if isinstance(item, Scalar) and item.content in kept)

    def named_texts(self, key: str) -> dict[str, Text]:
        """The texts of a mapping, by name."""
        node = self.mapping(key)
        if node is None:
            return {}
        pairs = ((name, self.as_scalar(name, entry.value)) for name, entry in node.entries.items())
        return {name: scalar.as_text() for name, scalar in pairs if scalar}

    def entries(self, key: str) -> Iterator[tuple[Scalar, Node]]:
        """The keys and values of a mapping whose keys are free."""
        node = self.mapping(key)
        for entry in node.entries.values() if node else ():
            if not is_missing(entry.value):
                yield entry.key, entry.value


def _unquoted(node: Node) -> str | None:
    """A hint for `{x}` and `[x]`, which YAML takes for a mapping and a list."""
    return "if it is meant as text, put it in quotes" if isinstance(node, ListNode | MapNode) else None


def _listed(key: str, node: Node) -> str | None:
    return (
        f"write `{key}: [{', '.join(node.text.split())}]`"
        if isinstance(node, Scalar) and key != "given"
        else None
    )
