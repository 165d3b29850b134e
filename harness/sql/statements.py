"""The statements of a SQL file; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.sql.tokens import Token, TokenKind, tokens

_SUBMITTING = ("INSERT", "EXECUTE", "UPDATE", "DELETE", "CALL")
_QUERY = ("SELECT", "WITH", "VALUES", "TABLE")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, without its semicolon and without comments around it.

    Attributes:
        text: As it is written; hints and comments inside of it stay.
        start: Where it begins in the whole text.
        tokens: Its words.
    """

    text: str
    start: int
    tokens: tuple[Token, ...]

    def begins(self, *words: str) -> bool:
        """Whether its first words are these, in any case."""
        return len(self.tokens) >= len(words) and all(
            token.says(word) for token, word in zip(self.tokens, words, strict=False)
        )

    def has(self, *words: str) -> bool:
        """Whether these words stand in it one after the other, in any case."""
        return any(
            all(
                token.says(word)
                for token, word in zip(self.tokens[at : at + len(words)], words, strict=False)
            )
            for at in range(len(self.tokens) - len(words) + 1)
        )

    @property
    def is_query(self) -> bool:
        """Whether it prints rows and keeps none of them."""
        first = next((token for token in self.tokens if token.source != "("), None)
        return first is not None and first.says(*_QUERY)

    @property
    def is_open_set(self) -> bool:
        """Whether it begins a set of statements that never ends."""
        return _is_open_set(self.tokens)

    @property
    def may_submit(self) -> bool:
        """Whether it can be one that runs a job."""
        first = self.tokens[0]
        as_select = first.says("CREATE", "REPLACE") and self.has("TABLE") and self.has("AS")
        compiles = self.begins("COMPILE", "AND", "EXECUTE")
        return first.says(*_SUBMITTING) or as_select or compiles

    @property
    def is_python(self) -> bool:
        """Whether it declares a function in Python."""
        return self.begins("CREATE") and self.has("FUNCTION") and self.has("LANGUAGE", "PYTHON")

    @property
    def jars(self) -> tuple[str, ...] | None:
        """The jars that it adds to all jobs of the file, or None if that is not what it does."""
        if self.begins("ADD", "JAR"):
            return tuple(token.value for token in self.tokens if token.kind is TokenKind.TEXT)
        option = self.option
        if option is not None and option[0] in ("pipeline.jars", "pipeline.classpaths"):
            return tuple(jar.strip() for jar in option[1].split(";") if jar.strip())
        return None

    @property
    def option(self) -> tuple[str, str] | None:
        """Key and value, if it is a `SET` of one option in quotes."""
        if self.begins("SET") and [token.kind for token in self.tokens[1:]] == [
            TokenKind.TEXT,
            TokenKind.OTHER,
            TokenKind.TEXT,
        ]:
            return self.tokens[1].value, self.tokens[3].value
        return None


def split(text: str) -> tuple[Statement, ...]:
    """The statements of a text; a statement set of `EXECUTE STATEMENT SET BEGIN ... END` is one.

    Raises:
        Unclosed: A text, name or comment never ends.
    """
    return tuple(_statement(text, found) for found in _groups(tokens(text)) if found)


def _statement(text: str, found: Sequence[Token]) -> Statement:
    start = found[0].start
    return Statement(text[start : found[-1].end], start, tuple(found))


def _groups(found: Iterator[Token]) -> Iterator[list[Token]]:
    group: list[Token] = []
    for token in found:
        if token.kind is not TokenKind.END:
            group.append(token)
        elif _is_open_set(group):
            # Only a semicolon ends an INSERT of the set, so that one belongs to it.
            group.append(token)
        else:
            yield group
            group = []
    while group and group[-1].kind is TokenKind.END:
        group.pop()
    yield group


def _is_open_set(group: Sequence[Token]) -> bool:
    """Whether a set of statements has begun and its `END` has not been met."""
    begins = [token.source.upper() for token in group[:4]] == ["EXECUTE", "STATEMENT", "SET", "BEGIN"]
    explains = [token.source.upper() for token in group[:4]] == ["EXPLAIN", "STATEMENT", "SET", "BEGIN"]
    if not (begins or explains):
        return False
    # `CASE ... END;` may end an INSERT as well; the END of the set follows a semicolon.
    return not (group[-1].says("END") and (len(group) == 5 or group[-2].kind is TokenKind.END))
