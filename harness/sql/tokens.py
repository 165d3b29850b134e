"""The words of a SQL text, told apart as Flink's own parser does it; pure.

Comments are `--`, `//` and `/* */`, which do not nest; a hint `/*+ ... */` is no comment. A text is `'...'`
with `''` inside, a name may stand in backticks; a backslash is itself in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_TOKEN = re.compile(
    r"""
    (?P<space> \s+ | (?:--|//)[^\r\n]* | /\*\*[^/].*?\*/ | /\*(?!\+|\*[^/]).*?\*/ )
  | (?P<text>  '(?:[^']|'')*+' )
  | (?P<name>  `(?:[^`]|``)*+` )
  | (?P<word>  [^\W\d][\w$]* )
  | (?P<end>   ; )
  | (?P<open>  /\*(?!\+) | ['`] )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENED = {"'": "text", "`": "name", "/*": "comment"}


class TokenKind(Enum):
    """What a token is."""

    WORD = "word"
    NAME = "name"
    TEXT = "text"
    END = "end"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a SQL text that is neither space nor comment.

    Attributes:
        kind: A word, a name in backticks, a text, a semicolon, or any other character.
        source: As it is written, with its quotes.
        start: Where it begins in the whole text.
    """

    kind: TokenKind
    source: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends in the whole text."""
        return self.start + len(self.source)

    @property
    def value(self) -> str:
        """What it stands for, without its quotes."""
        if self.kind not in (TokenKind.NAME, TokenKind.TEXT):
            return self.source
        quote = self.source[0]
        return self.source[1:-1].replace(quote * 2, quote)

    def says(self, *words: str) -> bool:
        """Whether it is one of these words, in any case."""
        return self.kind is TokenKind.WORD and self.source.upper() in words


class Unclosed(Exception):
    """A text, name or comment that never ends.

    Attributes:
        what: `text`, `name` or `comment`.
        opener: What it begins with.
        start: Where that stands.
        text: In which text.
    """

    def __init__(self, opener: str, start: int, text: str) -> None:
        super().__init__(f"a {_OPENED[opener]} that is never closed")
        self.what = _OPENED[opener]
        self.opener = opener
        self.start = start
        self.text = text


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, in order.

    Raises:
        Unclosed: A text, name or comment never ends.
    """
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            raise Unclosed(match.group(), match.start(), text)
        if kind != "space":
            yield Token(TokenKind(kind), match.group(), match.start())
