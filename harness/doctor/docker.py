"""The Docker daemon: nothing needs it, so it is only told whether there is one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

from harness.doctor.finding import Finding, ok
from harness.doctor.subject import Subject

NAME = "docker"
SOCKET = "unix:///var/run/docker.sock"
_ANSWER_SECONDS = 1.0


def look(subject: Subject) -> Iterator[Finding]:
    """Whether a daemon answers."""
    host = subject.environ.get("DOCKER_HOST") or SOCKET
    if not host.startswith("unix://"):
        yield ok(NAME, f"a daemon elsewhere ({host}); no scenario needs one")
        return
    answers = _answers(host.removeprefix("unix://"))
    yield ok(NAME, "a daemon answers" if answers else "no daemon; no scenario needs one")


def _answers(path: str) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_SECONDS)
            connection.connect(os.fsencode(path))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return connection.recv(16).startswith(b"HTTP/1.")
    except OSError:
        return False
