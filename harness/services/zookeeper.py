"""ZooKeeper as Flink brings it, in a JVM that outlives the JobManagers: who leads, and where the jobs are.

A session lasts long, so that no pause of a busy machine costs a JobManager its leadership. That of one that
was killed is closed by hand instead of waiting for its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.clock import Deadline, poll
from harness.launch.ports import LOOPBACK
from harness.services.jvm import Jvm

TICK_MILLIS = 2000
MOST_CLIENTS = 1000
GONE_SECONDS = 5.0


@dataclass(kw_only=True)
class ZooKeeper:
    """A running server."""

    server: Any
    connections: Any

    @classmethod
    def start(cls, jvm: Jvm, data: Path) -> ZooKeeper:
        """Start a server in a JVM of Flink's."""
        java = jvm.jvm
        # Nothing of it outlives the run: what it has promised to remember need not reach a disk.
        java.java.lang.System.setProperty("zookeeper.forceSync", "no")
        packages = java.org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.server
        folder = java.java.io.File(str(data))
        folder.mkdirs()
        server = packages.ZooKeeperServer(folder, folder, TICK_MILLIS)
        connections = packages.NIOServerCnxnFactory()
        connections.configure(java.java.net.InetSocketAddress(LOOPBACK, 0), MOST_CLIENTS)
        connections.startup(server)
        return cls(server=server, connections=connections)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{LOOPBACK}:{self.connections.getLocalPort()}"

    def sessions(self) -> frozenset[int]:
        """Those that have a connection now."""
        return frozenset(connection.getSessionId() for connection in self.connections.getConnections())

    def close_lost(self, before: Iterable[int]) -> None:
        """Close the earlier sessions whose client was killed, as their end would come a minute later."""
        earlier = frozenset(before)
        poll(lambda: not earlier <= self.sessions(), Deadline(GONE_SECONDS))
        for session in earlier - self.sessions():
            self.server.closeSession(session)
