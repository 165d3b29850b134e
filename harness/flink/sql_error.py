"""What Flink says of a SQL statement, as an error with the line and column of the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.errors import JobError, nearest
from harness.flink.explanations import reason_of
from harness.sql.lines import offset
from harness.sql.source import SqlSource
from harness.sql.statements import Statement
from harness.sql.tokens import Token, TokenKind

_POSITION = re.compile(r"(?:From|[Aa]t) line (\d+), column (\d+)(?: to line \d+, column \d+)?[:.]?")
_PREFIX = re.compile(r"^(?:SQL (?:parse|validation) failed\. ?)+")
_MET = re.compile(r'Encountered:? "(?P<word>.*?)"(?: \(\d+\))?(?:,| at line)', re.DOTALL)
_KEYWORD = re.compile(r"Incorrect syntax near the keyword '(?P<word>\w+)'")
_EXPECTED = re.compile(r'^\s+"?([\w<>;,().=*]+)"? ', re.MULTILINE)
_NOT_FOUND = re.compile(r"(?:Column|Object|Table) '(?P<word>[^']+)' not found")
_NO_SIGNATURE = re.compile(r"No match found for function signature (?P<word>\w+)\(")
_NO_SINK = re.compile(r"Cannot find table '(?P<table>[^']+)'")
_CONNECTED = re.compile(r"(?:reading|writing) table '(?P<table>[^']+)'")
_FACTORY = re.compile(r"Could not find any factory for identifier '(?P<word>[^']+)'")
_PYTHON = re.compile(r"python function '(?P<name>[^']+)'")
_TRACEBACK = "Traceback (most recent call last)"
_FRAME = re.compile(r'^ *File "(?!<|[^"]*/lib/python).*(?:\n .*)?', re.MULTILINE)
_LONG = 120
_MOST_EXPECTED = 12
_MOST_LINES = 12


def explain(source: SqlSource, statements: Sequence[Statement], told: Mapping[str, Any]) -> JobError:
    """The error of the statement that failed.

    Args:
        source: The file.
        statements: Those that were run.
        told: What the JVM tells: the statement's number, the messages from the outermost to the root.
    """
    statement = statements[told["statement"]]
    failure = _Failure(source, statement, told["type"], told["messages"])
    place = source.location(failure.place())
    line = source.line(place).expandtabs(1).rstrip()
    parts = [f"{line}\n{' ' * (place.column - 1)}^", *failure.more()]
    return JobError(failure.fact(), detail="\n".join(parts), hint=failure.hint(), location=place)


class _Failure:
    def __init__(self, source: SqlSource, statement: Statement, kind: str, messages: Sequence[str]) -> None:
        self._source = source
        self._statement = statement
        self._kind = kind
        self._messages = messages
        self._root = messages[-1]
        self._met = _MET.search(self._root)
        self._keyword = _KEYWORD.search(self._root)
        self._unknown = _NOT_FOUND.search(self._root) or _NO_SIGNATURE.search(self._root)
        self._factory = _FACTORY.search(self._root)
        self._reason = reason_of(messages)
        self._given = self._position()

    def fact(self) -> str:
        """The cause in one line."""
        if self._met:
            word = self._met["word"].replace("\\'", "'").replace('\\"', '"')
            return "the statement ends too early" if word == "<EOF>" else f"`{word}` is not expected here"
        if self._keyword:
            return f"the keyword `{self._keyword['word']}` is not expected here"
        if _TRACEBACK in self._root:
            return self._root.strip().splitlines()[-1].strip()
        if self._reason.known:
            return self._reason.fact
        text = _POSITION.sub("", _PREFIX.sub("", self._root)).strip()
        first = self._sentences(text)[0]
        if " " not in first:
            return f"{self._kind}: {first}" if first else self._kind
        lowered = first[0].isupper() and first[1].islower() and not first.startswith(("Flink", "Calcite"))
        return first[0].lower() + first[1:] if lowered else first

    def more(self) -> Iterator[str]:
        """What else Flink said that helps."""
        expected = self._expected()
        if 0 < len(expected) <= _MOST_EXPECTED:
            yield f"expected: {', '.join(expected)}"
        if _TRACEBACK in self._root:
            yield from _FRAME.findall(self._root)
        elif not (self._met or self._keyword):
            for message in self._messages[:-1]:
                first = message.strip().partition("\n")[0]
                if not _POSITION.search(message) and first not in self._root:
                    yield first
            text = _POSITION.sub("", _PREFIX.sub("", self._root)).strip()
            yield from self._sentences(text)[1:]
            yield from [line for line in self._root.splitlines()[1:] if line.strip()][:_MOST_LINES]
        if self._declared() is not None or self._function() is not None:
            line = self._source.location(self._statement.start).line
            yield f"used by the statement in line {line}"

    def hint(self) -> str | None:
        """The edit that mends it, where it can be told."""
        if self._reason.hint:
            return self._reason.hint
        if self._keyword:
            return f"a name that is a keyword stands in backticks: `{self._keyword['word']}`"
        if self._met:
            return self._misspelled()
        word = self._unknown["word"] if self._unknown else self._missing_sink()
        if word is None or "did you mean" in self._root.lower():
            return None
        names = {token.value for token in self._names()} - {word}
        match = nearest(word, sorted(names))
        return f"did you mean `{match}`?" if match else None

    def place(self) -> int:
        """Where it went wrong, in the filled text."""
        if self._given is not None:
            return self._given
        declared = self._declared()
        if declared is not None:
            return declared.start
        function = self._function()
        if function is not None:
            return function.start
        sink = self._missing_sink()
        for token in self._statement.tokens:
            constraint = "PRIMARY KEY constraint" in self._root and token.says("PRIMARY")
            if constraint or (sink is not None and token.value == sink):
                return token.start
        return self._statement.start

    def _position(self) -> int | None:
        for message in self._messages:
            found = _POSITION.search(message)
            if found:
                inside = offset(self._statement.text, int(found[1]), int(found[2]))
                if inside is not None:
                    return min(self._statement.start + inside, self._statement.tokens[-1].end - 1)
        return None

    def _declared(self) -> Token | None:
        """Where the table is declared whose connector cannot be used."""
        table = next((found["table"] for m in self._messages if (found := _CONNECTED.search(m))), None)
        if table is None:
            return None
        name = _last(table)
        for statement in self._source.statements:
            words = [token for token in statement.tokens[:12] if token.value == name]
            if statement.begins("CREATE") and statement.has("TABLE") and words:
                identifier = self._factory["word"] if self._factory else None
                texts = [t for t in statement.tokens if t.kind is TokenKind.TEXT and t.value == identifier]
                return (texts or words)[0]
        return None

    @staticmethod
    def _sentences(text: str) -> list[str]:
        """The first line of a message; the first sentence of a long one, and the others."""
        first = (text.splitlines() or [""])[0].strip().rstrip(".:")
        return first.split(". ", 1) if len(first) > _LONG else [first]

    def _function(self) -> Token | None:
        """Where the function in Python is named that cannot be had."""
        name = next((found["name"] for m in self._messages if (found := _PYTHON.search(m))), None)
        texts = (
            t for s in self._source.statements if s.is_python for t in s.tokens if t.kind is TokenKind.TEXT
        )
        return next((token for token in texts if token.value == name), None)

    def _missing_sink(self) -> str | None:
        found = _NO_SINK.search(self._root)
        return _last(found["table"]) if found else None

    def _expected(self) -> list[str]:
        if "Was expecting one of:" in self._root:
            listed = self._root.partition("Was expecting one of:")[2]
        else:
            listed = self._root.partition("Was expecting:")[2]
        return [word for word in _EXPECTED.findall(listed) if word != "<EOF>"]

    def _misspelled(self) -> str | None:
        """A word that Flink did not take for the keyword that it is meant to be."""
        counts = Counter(token.value.upper() for token in self._names())
        before = [token for token in self._statement.tokens if token.start <= (self._given or 0)][-2:]
        for token in reversed(before):
            word = token.value.upper()
            match = nearest(word, self._expected())
            # A word that the file uses again is a name.
            if token.kind is TokenKind.WORD and counts[word] == 1 and match and match != word:
                return f"did you mean `{match}` in place of `{token.value}`?"
        return None

    def _names(self) -> Iterator[Token]:
        kinds = (TokenKind.WORD, TokenKind.NAME)
        return (t for s in self._source.statements for t in s.tokens if t.kind in kinds)


def _last(path: str) -> str:
    """The last name of `catalog.database.table`."""
    return path.rpartition(".")[2].strip("`")
