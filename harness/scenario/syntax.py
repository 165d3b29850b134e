"""What YAML's own syntax errors mean to somebody who did not want to learn YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from yaml.error import MarkedYAMLError

QUOTE_IT = 'put the value in quotes: "..."'
CLOSE_IT = "in one-line `{...}` and `[...]`, put `${...}`, commas and brackets in quotes, and close what was opened"
ALIGN_IT = "keys that belong together begin in the same column; list items begin with `- `"


class Explanation(NamedTuple):
    """One fact and its remedy; `at_context` says that the error began earlier than YAML noticed."""

    message: str
    hint: str | None
    at_context: bool = False


# The words of libyaml and of the pure Python parser, most specific first.
_EXPLANATIONS: tuple[tuple[str, Explanation], ...] = (
    (
        "expected comment or line break",
        Explanation("a table stands on its own lines below a bar", "write `rows: |`, and the table below it"),
    ),
    ("mapping values are not allowed", Explanation("a `: ` inside of a value, or a key that is indented wrongly",
                                                   f"{QUOTE_IT}; {ALIGN_IT}")),
    ("could not find expected ':'", Explanation("a key without its `:`", ALIGN_IT)),
    ("found unexpected end of stream", Explanation("a quote that is never closed", None, at_context=True)),
    ("found unexpected document indicator", Explanation("a quote that is never closed", None, at_context=True)),
    ("found unknown escape character", Explanation("a backslash that YAML does not know in double quotes",
                                                   "use single quotes, or write `\\\\`")),
    ("escape code", Explanation("a character escape that is none", "use single quotes, or write the character itself")),
    ("expected hexdecimal number", Explanation("a character escape that is none",
                                               "use single quotes, or write the character itself")),
    ("expected ',' or ']'", Explanation("a list in `[...]` that is not closed here", CLOSE_IT)),
    ("expected ',' or '}'", Explanation("a mapping in `{...}` that is not closed here", CLOSE_IT)),
    ("alphabetic or numeric character", Explanation("a value that begins with `*` or `&` needs quotes", QUOTE_IT)),
    ("block sequence entries are not allowed", Explanation("a list item cannot stand here", ALIGN_IT)),
    ("expected '-' indicator", Explanation("this line belongs neither to the list item above nor to a new one",
                                           ALIGN_IT)),
    ("expected key", Explanation("this line is not indented like the keys above it", ALIGN_IT)),
    ("expected <document start>", Explanation("text that belongs to no key", ALIGN_IT)),
    ("while scanning a directive", Explanation("a value that begins with `%` needs quotes", QUOTE_IT)),
    ("mapping keys are not allowed", Explanation("a value that begins with `? ` needs quotes", QUOTE_IT)),
    ("indentation", Explanation("this line of the block is not indented like the others", None)),
    ("tag", Explanation("YAML tags (`!...`) are not used here", QUOTE_IT)),
)


def explain(error: MarkedYAMLError, line: str, column: int) -> Explanation:
    """What is wrong at `column` (from 0) of `line`, in our words."""
    here = line[column : column + 1]
    if here == "\t" or "\t" in line[: len(line) - len(line.lstrip())]:
        return Explanation("a tab cannot indent in YAML", "use spaces")
    if "cannot start any token" in str(error.problem):
        return Explanation(f"a value that begins with `{here}` needs quotes", QUOTE_IT)
    said = f"{error.context or ''} {error.problem or ''}"
    for words, explanation in _EXPLANATIONS:
        if words in said:
            return explanation
    return Explanation(f"this is not valid YAML: {error.problem or error.context or 'unreadable'}", None)
