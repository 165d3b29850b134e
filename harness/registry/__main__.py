"""`python -P -m harness.registry`: serves registries until standard input ends.

JSON lines on standard input, answers on standard output. `open` makes a registry of its own, empty, on
addresses of its own; `close` ends it. One event loop serves them all.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness import platform
from harness.registry.api import Api
from harness.registry.compatibility import LEVELS
from harness.registry.http_server import HttpServer
from harness.registry.store import Store

if TYPE_CHECKING:
    import ssl


class Unusable(Exception):
    """An order that cannot be carried out, with a reason for the user."""


class Registries:
    """All registries of this process."""

    def __init__(self) -> None:
        self._servers: dict[str, HttpServer] = {}
        self._made = 0

    async def open(
        self,
        *,
        addresses: Sequence[tuple[str, int]],
        compatibility: str = "BACKWARD",
        user: str = "",
        password: str = "",
        tls: Mapping[str, Any] | None = None,
    ) -> dict[str, object]:
        """Serve an empty registry; a port of 0 is chosen, and the answer names it."""
        if compatibility not in LEVELS:
            raise Unusable(f"`{compatibility}` is no compatibility level")
        server = HttpServer(
            api=Api(Store(compatibility)), credentials=f"{user}:{password}" if user or password else ""
        )
        ports = []
        try:
            context = _tls_context(**tls) if tls else None
            for host, port in addresses:
                ports.append(await server.listen(host, port, context))
        except OSError as error:
            server.close()
            raise Unusable(f"{error.strerror or error}") from error
        self._made += 1
        handle = f"r{self._made}"
        self._servers[handle] = server
        return {"handle": handle, "ports": ports}

    async def close(self, *, handle: str) -> None:
        """End a registry; one that is closed already is no error."""
        server = self._servers.pop(handle, None)
        if server is not None:
            server.close()


def _tls_context(*, certificate: str, key: str, ca: str, mutual: bool) -> ssl.SSLContext:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if mutual:
        context.load_verify_locations(ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def serve() -> None:
    """Carry out orders until standard input ends."""
    registries = Registries()
    verbs: Mapping[str, Callable[..., Awaitable[object]]] = {
        "open": registries.open,
        "close": registries.close,
    }
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    # What the client's Ctrl-C or a stray print would mix into the answers must not reach them.
    answers = os.fdopen(os.dup(1), "w")
    while line := await orders.readline():
        order = json.loads(line)
        answer: dict[str, Any] = {"id": order["id"]}
        try:
            answer["ok"] = await verbs[order["verb"]](**order["arguments"])
        except Unusable as error:
            answer["error"] = str(error)
        except Exception as error:  # noqa: BLE001 - whoever asked must be told, whatever it is
            answer["error"] = f"{order['verb']}: {type(error).__name__}: {error}".strip()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def main() -> None:
    """Serve until standard input ends or the parent dies."""
    platform.die_with_parent()
    asyncio.run(serve())


if __name__ == "__main__":
    main()
