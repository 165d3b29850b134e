"""The few calls that prepare and clean a registry that is not our own."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from harness.errors import ServiceError

TIMEOUT_S = 20
GONE = frozenset({404})


class RegistryClient:
    """Calls one registry.

    Attributes:
        url: Without user and password.
        user: Of basic authentication, or "".
        password: Its password, a secret.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self.user, self.password = parts.username or "", parts.password or ""

    def ask(self, method: str, path: str, body: object = None, *, may_miss: bool = False) -> Any:
        """One call; None where it may miss something, and does.

        Raises:
            ServiceError: It was refused, or nobody answered.
        """
        request = urllib.request.Request(f"{self.url}{path}", method=method)
        if self.user:
            secret = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            request.add_header("Authorization", f"Basic {secret}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(500).decode(errors="replace")
            if may_miss and error.code in GONE:
                return None
            raise ServiceError(
                f"the schema registry refused {method} {path} with status {error.code}",
                detail=f"{self.url}\n{said}",
            ) from None
        except (OSError, ValueError) as error:
            raise ServiceError(
                "the schema registry does not answer", detail=f"{self.url}\n{error}"
            ) from error

    def subjects(self) -> list[str]:
        """All subjects, soft deleted ones too."""
        found: list[str] = self.ask("GET", "/subjects?deleted=true")
        return found

    def delete(self, subject: str) -> bool:
        """Delete a subject for good; False where another one's reference to it forbids that yet."""
        path = f"/subjects/{quote(subject, safe='')}"
        try:
            self.ask("DELETE", path, may_miss=True)
            self.ask("DELETE", f"{path}?permanent=true", may_miss=True)
        except ServiceError as error:
            if "42206" in (error.detail or ""):
                return False
            raise
        return True

    def delete_all(self, subjects: list[str]) -> None:
        """Delete subjects for good, those that refer to others before these.

        Raises:
            ServiceError: Some cannot be deleted.
        """
        left = subjects
        while left:
            kept = [subject for subject in left if not self.delete(subject)]
            if len(kept) == len(left):
                raise ServiceError(f"subject {kept[0]} cannot be deleted", detail="others refer to it")
            left = kept
