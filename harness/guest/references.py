"""Java objects that a script is done with, given back by the thousand.

Py4J tells the JVM of each at once and waits for its answer: a hundred times in a Table script. The gateway
is the lease's own, and all that it holds goes with it.
Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

from __future__ import annotations

from typing import Any, Dict, List

MOST = 1000
"""Objects that the JVM may still hold for a script that has dropped them."""


def collect() -> None:
    """Let Py4J give references back together, in this process."""
    from py4j import java_gateway

    give_back = java_gateway.GatewayClient.garbage_collect_object
    dropped: Dict[Any, List[str]] = {}

    def drop(client: Any, target_id: str) -> None:
        # Called by the garbage collector, in any thread and in the middle of this very function.
        waiting = dropped.setdefault(client, [])
        waiting.append(target_id)
        if len(waiting) >= MOST:
            dropped[client] = []
            for each in waiting:
                give_back(client, each)

    java_gateway.GatewayClient.garbage_collect_object = drop
