"""The one address of a cluster whose JobManagers come and go."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from harness.launch.ports import LOOPBACK
from harness.services.front_door import FrontDoor

SECONDS = 10


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    door = FrontDoor()
    yield door
    door.close()


@pytest.fixture
def listen() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as server:
        server.settimeout(SECONDS)
        yield server


def connect(door: FrontDoor) -> socket.socket:
    return socket.create_connection((LOOPBACK, door.port), timeout=SECONDS)


def serve(server: socket.socket, name: bytes) -> None:
    """Answer one connection with a name and what it said."""

    def run() -> None:
        with server.accept()[0] as connection:
            said = b"".join(iter(lambda: connection.recv(1 << 16), b""))
            connection.sendall(name + said)

    threading.Thread(target=run, daemon=True).start()


def all_of(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_what_is_said_is_carried_to_the_end_and_so_is_the_answer(
    door: FrontDoor, listen: socket.socket
) -> None:
    door.behind = listen.getsockname()[1]
    serve(listen, b"first ")
    asked = b"x" * 3_000_000

    with connect(door) as connection:
        connection.sendall(asked)
        connection.shutdown(socket.SHUT_WR)

        assert all_of(connection) == b"first " + asked


def test_the_next_connection_goes_to_whoever_leads_then(door: FrontDoor, listen: socket.socket) -> None:
    door.behind = listen.getsockname()[1]
    with socket.create_server((LOOPBACK, 0)) as second:
        serve(second, b"second ")
        door.behind = second.getsockname()[1]

        with connect(door) as connection:
            connection.shutdown(socket.SHUT_WR)

            assert all_of(connection) == b"second "


def test_where_nobody_listens_the_connection_ends(door: FrontDoor) -> None:
    with connect(door) as connection:
        assert all_of(connection) == b""


def test_a_connection_ends_with_the_one_behind_it(door: FrontDoor, listen: socket.socket) -> None:
    door.behind = listen.getsockname()[1]
    with connect(door) as connection:
        behind = listen.accept()[0]
        # Ends with RST, as that of a process that was killed.
        behind.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        behind.close()

        assert all_of(connection) == b""


def test_a_closed_door_listens_no_more(door: FrontDoor) -> None:
    door.close()

    with pytest.raises(ConnectionRefusedError):
        connect(door)
