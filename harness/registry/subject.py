"""Names of subjects: `orders-value`, or `:.context:orders-value` outside of the default context."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.registry.refusal import invalid_subject

DEFAULT = "."
EVERYWHERE = ":*:"
_QUALIFIED = re.compile(r":(\.[^:]*):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A subject in its context; a name of "" stands for the context itself."""

    context: str
    name: str

    @classmethod
    def parse(cls, text: str, within: str = DEFAULT) -> Subject:
        """Read a name; one without a context is meant `within` one.

        Raises:
            Refusal: It can be no name of a subject.
        """
        match = _QUALIFIED.fullmatch(text)
        if match is None and text.startswith(":"):
            raise invalid_subject(text)
        context, name = (match[1], match[2]) if match else (within, text)
        if any(ord(character) < 32 for character in name) or name in {"__GLOBAL", "__EMPTY"}:
            raise invalid_subject(text)
        return cls(context, name)

    def __str__(self) -> str:
        return self.name if self.context == DEFAULT else f":{self.context}:{self.name}"

    @property
    def scopes(self) -> tuple[Subject, ...]:
        """Where its configuration and mode are looked for: itself, its context, everywhere."""
        return tuple(dict.fromkeys((self, Subject(self.context, ""), GLOBAL)))


GLOBAL = Subject(DEFAULT, "")
