"""One typed-in text to a Cell: a plain value, a quoted text, or `<word ...>`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.location import Location
from harness.rows import Cell, Word
from harness.scenario import variables, vocabulary
from harness.scenario.model import Text
from harness.scenario.problems import Problems
from harness.scenario.rows import words

_BY_LENGTH = sorted(Word, key=lambda word: -len(word.value))
_MARKED = ("", '"', "<", "\u201c")
_ROOTS = ("kafka", "schema_registry", "postgres", "sources", "tables", "sinks")


@dataclass(frozen=True, slots=True)
class Cells:
    """Reads cells and notes what is wrong with them.

    Attributes:
        problems: Where to.
        values: What `${name}` in a cell stands for: a line of `examples`.
        raw: Cells are taken as they are written: no word, no `${...}`.
        counted: `${n}` is filled in row by row (`volume.fill`), and `$${` with it.
    """

    problems: Problems
    values: Mapping[str, str] = field(default_factory=dict)
    raw: bool = False
    counted: bool = False

    def read(self, text: str, location: Location, *, quoted: bool = False) -> Cell:
        """The cell of `text`, whose outer spaces and escapes are already gone."""
        if self.raw:
            return Cell(text, location, quoted)
        if "${" in text:
            text = self._without_variables(text, location)
        if text[:1] == "<":
            return self._read_word(text, location, quoted=quoted)
        if not quoted and text[:1] == "\u201c" and text[-1:] == "\u201d":
            self.problems.add(
                location, "curly quotes do not quote", f'write "{text[1:-1]}", or `<text {text}>`'
            )
        return Cell(text, location, quoted)

    def stands_for(self, text: str) -> str:
        """What a typed cell says: the value, quotes included, where it is one `${name}` and nothing else."""
        return self.values.get(variables.only(text), text) if text[:2] == "${" else text

    def read_typed(self, text: str, location: Location) -> Cell:
        """The cell of a text that may stand in `"..."`, as in a table, CSV or Excel."""
        if text[:1] not in _MARKED and "${" not in text:
            return Cell(text, location)
        if text[:1] != '"':
            return self.read(text, location)
        if len(text) == 1 or text[-1] != '"':
            self.problems.add(
                location, "a quote that is not closed", f"text that begins so is written `<text {text}>`"
            )
        return self.read(text[1:-1], location, quoted=True)

    def _without_variables(self, text: str, location: Location) -> str:
        for name, _ in variables.references(Text(value=text, location=location)):
            if name in self.values or (name == variables.COUNTER and self.counted):
                continue
            if name == variables.COUNTER:
                self.problems.add(
                    location,
                    "`${n}` counts the rows of `repeat` or `generate`, and the step has neither",
                    "add `repeat: 500` to the step; a real `${` is written `$${`",
                )
            elif not name:
                self.problems.add(location, "a `${` that is not closed", "a real `${` is written `$${`")
            elif name.partition(".")[0] in _ROOTS:
                self.problems.add(location, f"`${{{name}}}` in a row {vocabulary.NOT_YET}")
            else:
                near = vocabulary.suggested(name, self.values)
                hint = f"did you mean `${{{near}}}`? " if near else ""
                self.problems.add(
                    location, f"`${{{name}}}` is unknown in a row", f"{hint}a real `${{` is written `$${{`"
                )
        text = variables.fill(text, self.values)
        return text if self.counted else variables.unescape(text)

    def _read_word(self, text: str, location: Location, *, quoted: bool) -> Cell:
        spelled_out = f"text that looks so is written `<text {text}>`"
        if text[-1] != ">" or len(text) == 1:
            self.problems.add(location, f"`{_short(text)}` has no closing `>`", spelled_out)
            return Cell(text, location, quoted)
        inner = text[1:-1]
        word = _word_of(inner)
        if word is None:
            name = inner.strip().partition(" ")[0]
            hint = spelled_out
            if inner.strip() == "fresh":
                hint = f"`<fresh>` is the name of a place in a pipeline; {hint}"
            elif _nearest_word(inner):
                hint = f"did you mean `<{_nearest_word(inner)}>`? {hint}"
            self.problems.add(location, f"`<{_short(name)}>` is no word of ours", hint)
            return Cell(text, location, quoted)
        argument = (
            inner.strip()[len(word.value) :] if word not in words.VERBATIM else inner[len(word.value) :]
        )
        argument = argument[1:] if word in words.VERBATIM else argument.strip()
        bad = words.fault(word, argument)
        if bad:
            self.problems.add(location, *bad)
        elif word is Word.NOT and argument[:1] == "<":
            self.read(argument, location)
        elif word is Word.ONE_OF:
            for part in words.alternatives(argument):
                if part[:1] == "<":
                    self.read(part, location)
        return Cell(argument, location, quoted, word)


def _word_of(inner: str) -> Word | None:
    bare = inner.strip()
    for word in _BY_LENGTH:
        if bare == word.value:
            return word
        if bare.startswith(word.value + " ") and (word not in words.VERBATIM or inner.startswith(word.value)):
            # `<not null value>` negates the text "null value"; `<not null>` alone is a word of its own.
            return Word.NOT if word is Word.NOT_NULL else word
    return None


def _nearest_word(inner: str) -> str | None:
    known = [word.value for word in Word]
    parts = inner.split()
    for form in (" ".join(parts[:2]), "".join(parts[:1])):
        hint = vocabulary.suggest(form.replace("_", " "), known) if form else ""
        if hint.startswith("did you mean"):
            return hint.split("`")[1]
    return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
