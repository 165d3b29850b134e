"""What several parts of the model are made of."""

from __future__ import annotations

from dataclasses import dataclass

from harness.location import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that may hold `${...}`, and where it stands."""

    value: str
    location: Location

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A count from `least` to `most`, both included; None is open."""

    least: int | None = None
    most: int | None = None

    def holds(self, count: int) -> bool:
        """Whether `count` lies in the range."""
        return (self.least is None or count >= self.least) and (self.most is None or count <= self.most)

    def __str__(self) -> str:
        if self.least == self.most:
            return str(self.least)
        if self.most is None:
            return f"at least {self.least}"
        if self.least is None:
            return f"at most {self.most}"
        return f"between {self.least} and {self.most}"
