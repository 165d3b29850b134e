"""The one error of reading a schema: a fact, the edit that mends it, and the part that is wrong."""

from __future__ import annotations


class SchemaError(ValueError):
    """A text that is no schema of its format, or one that cannot hold rows.

    Attributes:
        message: One fact, lowercase, no full stop.
        hint: What to write instead, or None.
        path: In a schema written in JSON: the keys and indexes that lead to what is wrong.
        position: The character that is wrong, from 0, where no path can say it.
    """

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        path: tuple[str | int, ...] = (),
        position: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.position = position


class UnknownName(SchemaError):
    """A schema that is right, but uses what another file may describe.

    Attributes:
        names: What it could be called, the likeliest first.
    """

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        names: tuple[str, ...],
        path: tuple[str | int, ...] = (),
        position: int | None = None,
    ) -> None:
        super().__init__(message, hint, path=path, position=position)
        self.names = names


class UnknownMessage(SchemaError):
    """A schema that is right, but has no message of the name that was asked for."""
