"""The fixed addresses that jobs have in their code: whether our services could listen there."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator

import psutil

from harness import platform
from harness.doctor.finding import Finding, ok, problem
from harness.doctor.subject import Subject
from harness.keeper.address import KeeperAddress
from harness.keeper.found import find_keepers
from harness.launch.loopback import LoopbackNames, split

NAME = "ports"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what others listen at


def look(subject: Subject) -> Iterator[Finding]:
    """One finding for each fixed address that is taken."""
    wanted = {host: use.where for use in subject.uses for host in use.pipeline.hosts}
    if not wanted:
        yield ok(NAME, "no fixed ones are wanted; all are free ones on loopback")
        return
    # The addresses of names differ from one keeper to the next; a port that is taken at one that
    # nobody uses is taken at all of them.
    names = LoopbackNames(str(KeeperAddress.kept(subject.root, subject.settings).folder.path))
    taken = []
    for host, where in wanted.items():
        name, port = split(host)
        address = names.address(name)
        error = _refused(address, port)
        if error is not None:
            taken.append(_taken(host, (address, port), error, where))
    bad = [finding for finding in taken if finding is not None]
    yield from bad or [ok(NAME, f"{', '.join(wanted)}: free, or held by our own warm services")]


def _refused(address: str, port: int) -> OSError | None:
    with socket.socket() as probe:
        # As the services do: a connection that has just ended does not keep a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def _taken(host: str, address: tuple[str, int], error: OSError, where: str) -> Finding | None:
    """Who has it; None if that is a keeper of ours, which gives it to one lease after another."""
    _, port = address
    if error.errno == errno.EACCES:
        return problem(
            NAME,
            f"{host} cannot be listened at: ports below 1024 are the system's",
            seen=str(error),
            remedy=f"sudo sysctl net.ipv4.ip_unprivileged_port_start={port}",
            where=where,
        )
    if error.errno != errno.EADDRINUSE:
        return problem(
            NAME,
            f"{host} cannot be listened at",
            seen=str(error),
            remedy=f"give the job its address by `${{...}}` in place of `{host}` under `hosts:`",
            where=where,
        )
    pid, seen = _holder(address)
    if pid is not None and pid in _of_keepers():
        return None
    remedy = (
        f"kill {pid}  # {seen.rpartition(', ')[2]}"
        if pid is not None
        else f"sudo ss -ltnp 'sport = :{port}'  # then end it"
    )
    return problem(NAME, f"the port of {host} is taken", seen=f"by {seen}", remedy=remedy, where=where)


def _holder(address: tuple[str, int]) -> tuple[int | None, str]:
    """The process that listens there or at all addresses, if we may know it."""
    ip, port = address
    # A JVM listens at an address of IPv4 by a socket of IPv6.
    in_the_way = [(taken, port) for taken in (ip, f"::ffff:{ip}", *EVERYWHERE)]
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr in in_the_way and connection.pid:
                with contextlib.suppress(psutil.Error):
                    return (
                        connection.pid,
                        f"process {connection.pid}, {psutil.Process(connection.pid).name()}",
                    )
    return None, "a process of another user"


def _of_keepers() -> set[int]:
    pids = [keeper.pid for keeper in find_keepers() if keeper.pid is not None]
    return {below for pid in pids for below in platform.descendants(pid)}
