"""The one error of reading a cell: a fact, the edit that mends it, and the cell it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.location import Location


class CellError(ValueError):
    """A cell that cannot be read as its field's type.

    Attributes:
        message: One fact, lowercase, no full stop: "`12,50` is no decimal".
        hint: What to write instead, or None.
        location: The innermost cell that is wrong; None where only a text was read.
    """

    def __init__(self, message: str, hint: str | None = None, location: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location

    def at(self, location: Location) -> CellError:
        """The same error, placed there unless it already has a place."""
        if self.location is None:
            self.location = location
        return self
