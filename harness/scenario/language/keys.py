"""A key of the two files, and the mappings that keys make up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from harness.scenario.language.shapes import Shape


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes:
        name: As it is written.
        means: What it says, in one sentence for somebody who does not program.
        shape: What can stand behind it.
        example: The lines of its mapping that show it, with the other keys that it needs.
        default: What holds where it is left out, if that is a value.
        needed: The mapping cannot be without it.
    """

    name: str
    means: str
    shape: Shape
    example: str
    default: str | None = None
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The keys of one kind of mapping.

    Attributes:
        what: The mapping, as in "unknown key `x` in a pipeline".
        keys: The keys that can be used, by name.
        later: The keys that are part of the language, but that this version cannot read yet.
        elsewhere: Keys that belong to another form of the same mapping, with where they belong.
    """

    what: str
    keys: Mapping[str, Key]
    later: Mapping[str, Key] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        what: str,
        *keys: Key,
        later: tuple[Key, ...] = (),
        elsewhere: Mapping[str, str] | None = None,
    ) -> Self:
        """The vocabulary of these keys; one that is here is nowhere else."""
        own = {key.name: key for key in keys}
        others = {name: where for name, where in (elsewhere or {}).items() if name not in own}
        return cls(what, own, {key.name: key for key in later}, others)
