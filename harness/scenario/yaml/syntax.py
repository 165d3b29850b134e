"""What YAML's own syntax errors mean to somebody who did not want to learn YAML."""

from __future__ import annotations

import re
from typing import NamedTuple

from yaml.error import MarkedYAMLError

QUOTE_IT = 'put the value in quotes: "..."'
CLOSE_IT = (
    "in one-line `{...}` and `[...]`, put `${...}`, commas and brackets in quotes, and close what was opened"
)
ALIGN_IT = "keys that belong together begin in the same column; list items begin with `- `"
NO_ESCAPE = "use single quotes, in which a backslash is itself"
_KEY_ALONE = re.compile(r"\s*(?:- )*[\w$.-]+\s*:?")


class Explanation(NamedTuple):
    """One fact and its remedy; `began_earlier` says that YAML noticed late."""

    message: str
    hint: str | None
    began_earlier: bool = False


# The words of libyaml and of the pure Python parser, most specific first.
_EXPLANATIONS = {
    "expected comment or line break": Explanation(
        "a table needs the bar of `rows: |`",
        "write `rows: |`, and the table on the lines below it",
        began_earlier=True,
    ),
    "a comment or a line break": Explanation(
        "a table needs the bar of `rows: |`",
        "write `rows: |`, and the table on the lines below it",
        began_earlier=True,
    ),
    "could not find expected ':'": Explanation("a key without its `:`", ALIGN_IT, began_earlier=True),
    "found unexpected end of stream": Explanation("a quote that is never closed", None, began_earlier=True),
    "found unexpected document indicator": Explanation(
        "a quote that is never closed", None, began_earlier=True
    ),
    "found unknown escape character": Explanation(
        "a backslash that YAML does not know in double quotes", NO_ESCAPE
    ),
    "escape code": Explanation("a character escape that is none", NO_ESCAPE),
    "hexdecimal number": Explanation("a character escape that is none", NO_ESCAPE),
    "expected ',' or ']'": Explanation("a list in `[...]` that is not closed", CLOSE_IT),
    "expected ',' or '}'": Explanation("a mapping in `{...}` that is not closed", CLOSE_IT),
    "alphabetic or numeric character": Explanation(
        "a value that begins with `*` or `&` needs quotes", QUOTE_IT, began_earlier=True
    ),
    "block sequence entries are not allowed": Explanation("a list item cannot stand here", ALIGN_IT),
    "expected '-' indicator": Explanation(
        "this line belongs neither to the list item above nor to a new one", ALIGN_IT
    ),
    "expected <block end>": Explanation("this line is not indented like those above it", ALIGN_IT),
    "expected key": Explanation("this line is not indented like the keys above it", ALIGN_IT),
    "expected <document start>": Explanation("text that belongs to no key", ALIGN_IT),
    "while scanning a directive": Explanation("a value that begins with `%` needs quotes", QUOTE_IT),
    "mapping keys are not allowed": Explanation("a value that begins with `? ` needs quotes", QUOTE_IT),
    "indentation": Explanation("this line of the block is not indented like the others", None),
    "tag": Explanation("YAML tags (`!...`) are not used here", QUOTE_IT),
}


def explain(error: MarkedYAMLError, line: str, column: int) -> Explanation:
    """What is wrong at `column` (from 0) of `line`, in our words."""
    here = line[column : column + 1]
    if here == "\t" or "\t" in line[: len(line) - len(line.lstrip())]:
        return Explanation("a tab cannot indent in YAML", "use spaces")
    said = f"{error.context or ''} {error.problem or ''}"
    if "cannot start any token" in said and here == ">" and "<" in line[:column]:
        word = line[line.rindex("<", 0, column) : column + 1]
        return Explanation(f"`{word}` has brackets or quotes in it, and needs quotes here", f"write '{word}'")
    if "cannot start any token" in said:
        return Explanation(f"a value that begins with `{here}` needs quotes", QUOTE_IT)
    if "mapping values are not allowed" in said:
        if _KEY_ALONE.fullmatch(line[:column]):
            return Explanation("this key is not indented like the keys above it", ALIGN_IT)
        return Explanation("a `: ` inside of a value", QUOTE_IT)
    for words, explanation in _EXPLANATIONS.items():
        if words in said:
            return explanation
    return Explanation(f"this is not valid YAML: {error.problem or error.context or 'unreadable'}", None)


def is_unclosed(error: MarkedYAMLError) -> bool:
    """Whether a `{` or `[` is not closed; where it was opened is then the better place to show."""
    return "flow" in str(error.context)
