"""`${...}`: where a text refers to something, and how it is filled in; `$${` is a plain `${`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.errors import PlanError, did_you_mean
from harness.location import Location
from harness.scenario.model import Text

COUNTER = "n"
"""What counts the rows of `repeat` and `generate`."""
_TOKEN = re.compile(r"(?P<escape>\$\$\{)|\$\{(?P<name>[^{}\n]*)\}|(?P<open>\$\{)")


def references(text: Text) -> list[tuple[str, Location]]:
    """The names that `text` refers to, each with its place; outer spaces of a name do not count.

    A `${` that is never closed is a reference to the name "".
    """
    if "${" not in text.value:
        return []
    one_line = "\n" not in text.value
    return [
        ((token["name"] or "").strip(), _place(text.location, token.start() if one_line else 0))
        for token in _TOKEN.finditer(text.value)
        if not token["escape"]
    ]


def resolve(text: str, values: Mapping[str, str]) -> str:
    """`text` with every `${name}` filled in and every `$${` turned into `${`.

    Raises:
        PlanError: A name has no value. Loading has refused unknown names, so this one is known but not here.
    """

    def fill(token: re.Match[str]) -> str:
        if token["escape"]:
            return "${"
        name = (token["name"] or "").strip()
        if name not in values:
            raise PlanError(f"`${{{name}}}` has no value here", hint=did_you_mean(name, values))
        return values[name]

    return _TOKEN.sub(fill, text) if "${" in text else text


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with every `${name}` of `values` filled in; what names none of them, and `$${`, stays.

    Values lose the quotes that they were written in.
    """

    def value(token: re.Match[str]) -> str:
        name = (token["name"] or "").strip()
        return unquoted(values[name]) if name in values else token[0]

    return _TOKEN.sub(value, text)


def only(text: str) -> str:
    """The name if the text is one `${name}` and nothing else, else ""."""
    token = _TOKEN.fullmatch(text.strip())
    return (token["name"] or "").strip() if token else ""


def unquoted(text: str) -> str:
    """A value without the quotes that it was written in."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def unescape(text: str) -> str:
    """`text` with every `$${` turned into `${`, for texts that refer to nothing."""
    return text.replace("$${", "${")


def _place(location: Location, offset: int) -> Location:
    return Location(location.path, location.line, location.column + offset) if offset else location
