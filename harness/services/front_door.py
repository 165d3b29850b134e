"""One address for whoever leads: connections to it are carried to the JobManager of the moment.

Flink's own clients ask ZooKeeper who leads. Ours are told one address for the life of a lease.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading

from harness.launch.ports import LOOPBACK

CHUNK_BYTES = 1 << 16


class FrontDoor(socketserver.ThreadingTCPServer):
    """Listens on loopback from the start; a connection that nobody takes behind it is closed.

    Attributes:
        behind: The port that connections made from now on are carried to.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Carried)
        self.behind = 0
        threading.Thread(target=self.serve_forever, name="harness-front-door", daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def close(self) -> None:
        """Listen no more."""
        self.shutdown()
        self.server_close()


class _Carried(socketserver.BaseRequestHandler):
    """One connection."""

    request: socket.socket
    server: FrontDoor

    def handle(self) -> None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((LOOPBACK, self.server.behind)) as behind,
        ):
            answers = threading.Thread(target=_carry, args=(behind, self.request), daemon=True)
            answers.start()
            _carry(self.request, behind)
            answers.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    """Carry bytes until their end; where they break off, both ends hear of it."""
    try:
        while chunk := source.recv(CHUNK_BYTES):
            target.sendall(chunk)
    except OSError:
        with contextlib.suppress(OSError):
            source.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
