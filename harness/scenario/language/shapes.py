"""What can stand behind a key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from harness.scenario.language.keys import Vocabulary


class Plain(Enum):
    """Values that need no more words; each is called as a person would call it."""

    TEXT = "text"
    BOOLEAN = "`true` or `false`"
    TRUE = "`true`"
    DURATION = "a duration"
    INSTANT = "an instant"
    MOMENT = "a time"
    COUNT = "a count"
    PATH = "a path"
    NUMBER = "a number"
    CELL = "a value"
    ROWS = "a table or a list of rows"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several words.

    Attributes:
        words: Those that can be used.
        later: Those of the language that this version does not read yet.
        any_case: Capitals are as good.
    """

    words: tuple[str, ...]
    later: tuple[str, ...] = ()
    any_case: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least`."""

    least: int = 0


@dataclass(frozen=True, slots=True)
class NameOf:
    """The name of something that the pipeline or an earlier step has; `other` is a word beside it."""

    what: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; a single value may stand without its brackets where `or_one` says so."""

    of: Shape
    or_one: bool = False


@dataclass(frozen=True, slots=True)
class MappingOf:
    """Free names, each with a value; `names` says of what."""

    names: str
    of: Shape


@dataclass(frozen=True, slots=True)
class Nested:
    """A mapping with keys of its own."""

    words: Vocabulary


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes."""

    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """A list of steps with these verbs."""

    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """A mapping of names to sources, tables or sinks."""

    role: str


Shape: TypeAlias = "Plain | Choice | Whole | NameOf | ListOf | MappingOf | Nested | Either | Steps | Places"
