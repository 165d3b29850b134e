"""A schema registry of a few lines over real HTTP, that refuses what its test tells it to refuse."""

from __future__ import annotations

import base64
import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness.environment import Certificates, RegistryEndpoint

ROUTE = 4


@dataclass
class FakeRegistry:
    """What the server holds and what it was asked.

    Attributes:
        refused: Words with which the next schema is refused.
        login: `user:password` that it wants.
    """

    schemas: dict[int, dict[str, Any]] = field(default_factory=dict)
    subjects: dict[str, list[int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refused: str = ""
    login: str = ""
    url: str = ""

    def endpoint(self, **more: Any) -> RegistryEndpoint:
        return RegistryEndpoint(url="https://elsewhere", internal=self.url, **more)

    def add(self, subject: str, body: dict[str, Any]) -> int:
        known = next((number for number, schema in self.schemas.items() if schema == body), None)
        number = known or len(self.schemas) + 1
        self.schemas[number] = body
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return number

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        parts = path.strip("/").split("/")
        if method == "POST" and self.refused:
            return 409, {"error_code": 409, "message": self.refused}
        if method == "POST" and len(parts) < ROUTE - 1:
            number = next(number for number, schema in self.schemas.items() if schema == body)
            return 200, {"id": number, "version": self.subjects[parts[1]].index(number) + 1}
        if method == "POST":
            return 200, {"id": self.add(parts[1], body)}
        if parts[0] == "schemas":
            found = self.schemas.get(int(parts[2]))
        else:
            found = self.schemas[self.subjects[parts[1]][int(parts[3]) - 1]]
        return (200, found) if found else (404, {"error_code": 40403, "message": "Schema not found"})


@contextlib.contextmanager
def serving(registry: FakeRegistry, tls: Certificates | None = None) -> Iterator[FakeRegistry]:
    """The registry on a port of its own; with `tls` clients must show a certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            wanted = f"Basic {base64.b64encode(registry.login.encode()).decode()}"
            if registry.login and self.headers.get("Authorization") != wanted:
                status, data = 401, {"error_code": 401, "message": "Unauthorized"}
            else:
                status, data = registry.answer(method, self.path, body)
            text = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name there)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate_pem, tls.key_pem)
        context.load_verify_locations(tls.ca_pem)
        context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    registry.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
