"""Flink's REST interface: one kept-open connection, answers as plain data."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from harness.errors import ServiceError

SECONDS = 30.0


class RestError(ServiceError):
    """An answer that is an error: its status and Flink's first sentence about it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__("Flink refused a request", detail=message)
        self.status = status


class Rest:
    """A cluster's REST endpoint."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.base = base
        self._host, self._port = parts.hostname or "", parts.port
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Any:
        """An answer to GET."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: object = None) -> Any:
        """An answer to POST."""
        return self._ask("POST", path, body)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: object) -> Any:
        """Ask once more on a fresh connection if the kept one was closed meanwhile.

        Raises:
            RestError: Flink answered with an error.
            ServiceError: Nobody answers.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        for last in (self._connection is None, True):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
            try:
                self._connection.request(method, path, body=data, headers=headers)
                response = self._connection.getresponse()
                status, text = response.status, response.read()
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if last:
                    raise ServiceError(
                        "Flink does not answer", detail=f"{method} {self.base}{path}: {error}"
                    ) from error
                continue
            break
        if status >= http.client.BAD_REQUEST:
            raise RestError(status, _first_sentence(text))
        return json.loads(text) if text else None


def _first_sentence(text: bytes) -> str:
    try:
        errors = json.loads(text)["errors"]
        return str(errors[-1]).strip().splitlines()[0]
    except (ValueError, KeyError, IndexError, TypeError):
        return text.decode(errors="replace").strip()[:300]
