"""A Maven repository on loopback that does what a test wants of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class MavenServer:
    """Files by path, the requests that came, and what to do wrong.

    Attributes:
        files: Path -> content.
        asked: (path, the Range header) of every request.
        refuse: Status codes to answer the next requests with.
        cut: Send only so many bytes of the next answer that has a body, then close.
        ranges: Whether it knows the Range header.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.refuse: list[int] = []
        self.cut: list[int] = []
        self.ranges = True
        self.gate = threading.Event()
        self.gate.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.asked.append((self.path, self.headers.get("Range")))
                server.gate.wait(10)
                content = server.files.get(self.path)
                if server.refuse or content is None:
                    self.send_response(server.refuse.pop(0) if server.refuse else 404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                begin = 0
                if server.ranges and (wanted := self.headers.get("Range")):
                    begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
                self.send_response(206 if begin else 200)
                self.send_header("Content-Length", str(len(content) - begin))
                self.end_headers()
                if server.cut:
                    self.wfile.write(content[begin : begin + server.cut.pop(0)])
                    self.close_connection = True
                else:
                    self.wfile.write(content[begin:])

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def maven() -> Iterator[MavenServer]:
    server = MavenServer()
    yield server
    server.close()
