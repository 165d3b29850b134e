"""HTTP/1.1 on an event loop: connections that stay open, and only what a schema registry's clients use."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from harness.registry import refusal
from harness.registry.api import Api
from harness.registry.refusal import Refusal
from harness.registry.request import Request, Text

if TYPE_CHECKING:  # costs a third of the start, and only TLS needs it
    import ssl

CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"
MOST_HEAD = 1 << 16
MOST_BODY = 1 << 24
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(kw_only=True)
class HttpServer:
    """One API on some addresses.

    Attributes:
        api: Who answers.
        credentials: `user:password` that every request must bring, or "".
        connections: Those that are open.
    """

    api: Api
    credentials: str = field(default="", repr=False)
    connections: set[Connection] = field(default_factory=set)
    _servers: list[asyncio.Server] = field(default_factory=list)

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None) -> int:
        """Serve one address more, and return its port.

        Raises:
            OSError: The address cannot be had.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self), host, port, ssl=tls)
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
        return bound

    def close(self) -> None:
        """Serve nobody any more."""
        for server in self._servers:
            server.close()
        for connection in list(self.connections):
            connection.abort()

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, object]:
        """Serve one request: the status, and what is sent."""
        if self.credentials and not self._allowed(headers.get("authorization", "")):
            return _refused(refusal.unauthorized())
        return self.api.answer(Request.read(method, target, body))

    def _allowed(self, header: str) -> bool:
        scheme, _, encoded = header.partition(" ")
        try:
            given = base64.b64decode(encoded.strip())
        except ValueError:
            return False
        return scheme.lower() == "basic" and hmac.compare_digest(given, self.credentials.encode())


class Connection(asyncio.Protocol):
    """One client's connection; its requests are served in the order in which they come."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._data = bytearray()
        self._transport: asyncio.Transport | None = None
        self._head: tuple[str, str, dict[str, str]] | None = None

    def abort(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        del exc
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Serve every request that has come in full."""
        self._data += data
        try:
            while self._transport is not None and not self._transport.is_closing() and self._serve_one():
                pass
        except Refusal as error:
            self._send(*_refused(error), close=True)

    def _serve_one(self) -> bool:
        if self._head is None:
            self._head = self._read_head()
            if self._head is None:
                return False
        method, target, headers = self._head
        body = self._read_body(headers)
        if body is None:
            return False
        self._head = None
        status, content = self._server.answer(method, target, headers, body)
        self._send(
            status, content, close=headers.get("connection", "").lower() == "close", head=method == "HEAD"
        )
        return True

    def _read_head(self) -> tuple[str, str, dict[str, str]] | None:
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            if len(self._data) > MOST_HEAD:
                raise Refusal(431, 431, "Request Header Fields Too Large")
            return None
        first, *lines = self._data[:end].decode("latin-1").split("\r\n")
        del self._data[: end + 4]
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1"):
            raise refusal.bad_request("no HTTP/1.1 request")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if words[2] == "HTTP/1.0":
            headers.setdefault("connection", "close")
        if headers.get("expect", "").lower() == "100-continue":
            assert self._transport is not None
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return words[0], words[1], headers

    def _read_body(self, headers: dict[str, str]) -> bytes | None:
        """The body, or None while it has not all come."""
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        written = headers.get("content-length", "0")
        if not written.isdigit():
            raise refusal.bad_request("no length of the body")
        length = int(written)
        if length > MOST_BODY:
            raise Refusal(413, 413, "Request Entity Too Large")
        if len(self._data) < length:
            return None
        body = bytes(self._data[:length])
        del self._data[:length]
        return body

    def _read_chunks(self) -> bytes | None:
        body, place = b"", 0
        while True:
            end = self._data.find(b"\r\n", place)
            if end < 0:
                return None
            try:
                size = int(bytes(self._data[place:end]).partition(b";")[0], 16)
            except ValueError:
                raise refusal.bad_request("no chunk") from None
            if len(body) + size > MOST_BODY:
                raise Refusal(413, 413, "Request Entity Too Large")
            if len(self._data) < end + size + 4:
                return None
            body += self._data[end + 2 : end + 2 + size]
            place = end + size + 4
            if size == 0:
                del self._data[:place]
                return body

    def _send(self, status: int, content: object, *, close: bool = False, head: bool = False) -> None:
        assert self._transport is not None
        body = (
            content.text if isinstance(content, Text) else json.dumps(content, separators=(",", ":"))
        ).encode()
        lines = [
            f"HTTP/1.1 {status} {_REASONS.get(status, '')}",
            f"Content-Type: {CONTENT_TYPE}",
            f"Content-Length: {len(body)}",
        ]
        if status == 401:
            lines.append('WWW-Authenticate: Basic realm="SchemaRegistry-Props"')
        if close:
            lines.append("Connection: close")
        self._transport.write("\r\n".join([*lines, "", ""]).encode() + (b"" if head else body))
        if close:
            self._transport.close()


def _refused(error: Refusal) -> tuple[int, object]:
    return error.status, {"error_code": error.code, "message": error.message}
