"""How many: `3`, `<between 3 and 5>`, `<at least 1>`, `<at most 5>`, `<any>`."""

from __future__ import annotations

import re

from harness.scenario.model import Between
from harness.scenario.yaml.reader import Fields

_NUMBER = r"(\d{1,12})"
_EXACT = re.compile(_NUMBER)
_BETWEEN = re.compile(rf"<\s*between\s+{_NUMBER}\s+and\s+{_NUMBER}\s*>")
_AT_LEAST = re.compile(rf"<\s*at least\s+{_NUMBER}\s*>")
_AT_MOST = re.compile(rf"<\s*at most\s+{_NUMBER}\s*>")


def read(fields: Fields, key: str, *, any_allowed: bool = False) -> Between | None:
    """The range that the key says, or None if it is not there or wrong (then noted)."""
    scalar = fields.scalar(key)
    if scalar is None:
        return None
    text = scalar.text.strip()
    if any_allowed and text == "<any>":
        return Between()
    exact, between = _EXACT.fullmatch(text), _BETWEEN.fullmatch(text)
    if exact:
        return Between(least=int(text), most=int(text))
    if between:
        least, most = int(between[1]), int(between[2])
        if least > most:
            fields.problems.add(
                scalar.location,
                "the ends of `<between>` are the wrong way round",
                f"write `<between {most} and {least}>`",
            )
        return Between(least=least, most=most)
    for pattern, end in ((_AT_LEAST, "least"), (_AT_MOST, "most")):
        match = pattern.fullmatch(text)
        if match:
            return Between(least=int(match[1])) if end == "least" else Between(most=int(match[1]))
    forms = "`3`, `<between 3 and 5>`, `<at least 1>`, `<at most 5>`" + (", `<any>`" if any_allowed else "")
    fields.problems.add(scalar.location, f"`{text}` is no count", f"write {forms}")
    return None
