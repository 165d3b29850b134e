"""A request as the API sees it, and the two forms of an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from harness.registry import refusal
from harness.registry.store import LATEST
from harness.registry.subject import DEFAULT, Subject

_MOST_VERSION = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Text:
    """An answer that is sent as it is, and not as JSON."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        method: In capitals.
        path: The segments of the path, unquoted.
        query: The parameters, each with all its values.
        body: The bytes that came.
        named: What the segments stand for, by the names in the route's pattern.
        context: The context that the path begins with.
    """

    method: str
    path: Sequence[str]
    query: Mapping[str, Sequence[str]]
    body: bytes
    named: Mapping[str, str] = field(default_factory=dict)
    context: str = DEFAULT

    @classmethod
    def read(cls, method: str, target: str, body: bytes) -> Request:
        """Take the target of a request line apart."""
        path, _, query = target.partition("?")
        segments = [unquote(segment) for segment in path.split("/") if segment]
        return cls(method=method, path=segments, query=parse_qs(query, keep_blank_values=True), body=body)

    def text(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self.query.get(name, [default])[0]

    def flag(self, name: str) -> bool:
        """Whether a parameter says `true`."""
        return self.text(name).lower() == "true"

    def page(self, items: Sequence[Any]) -> list[Any]:
        """The items between `offset` and `limit`."""
        offset, limit = self._number("offset", 0), self._number("limit", -1)
        return list(items[offset : offset + limit] if limit >= 0 else items[offset:])

    def _number(self, name: str, default: int) -> int:
        written = self.text(name, str(default))
        try:
            return max(int(written), -1 if default < 0 else 0)
        except ValueError:
            raise refusal.bad_request(f"`{name}` must be a number") from None

    @property
    def json(self) -> dict[str, Any]:
        """The body.

        Raises:
            Refusal: It is no JSON object.
        """
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            raise refusal.bad_request("The body is no JSON") from None
        if not isinstance(body, dict):
            raise refusal.unprocessable("The body must be a JSON object")
        return body

    @property
    def subject(self) -> Subject:
        """The subject that the path names.

        Raises:
            Refusal: It can be no name of a subject.
        """
        return Subject.parse(self.named["subject"], self.context)

    @property
    def scope(self) -> Subject:
        """The subject or context that the path names, or everything."""
        return Subject.parse(self.named.get("subject", ""), self.context)

    @property
    def version(self) -> int:
        """The version that the path names.

        Raises:
            Refusal: It is none.
        """
        written = self.named["version"].strip()
        if written.lower() == "latest":
            return LATEST
        try:
            number = int(written)
        except ValueError:
            raise refusal.invalid_version(written) from None
        if number != LATEST and not 0 < number <= _MOST_VERSION:
            raise refusal.invalid_version(written)
        return number

    @property
    def id(self) -> int:
        """The id that the path names.

        Raises:
            Refusal: It is no number.
        """
        if not self.named["id"].isdigit():
            raise refusal.no_such_address()
        return int(self.named["id"])
