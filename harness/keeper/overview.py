"""What a keeper tells of itself: what runs, who holds it, and who waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.clock import now
from harness.keeper.held_lease import HeldLease
from harness.keeper.leases import Instance
from harness.keeper.lessor import Lessor
from harness.keeper.protocol import Message


def overview(lessor: Lessor) -> Message:
    """Instances, leases and waiting requests as plain data."""
    return {
        "instances": [_instance(instance) for instance in lessor.fleet.instances],
        "leases": [_lease(lease) for lease in lessor.held.values()],
        "waiting": [{**_lease(lease), "behind": list(lease.behind)} for lease in lessor.waiting],
    }


def _instance(instance: Instance[Any]) -> Message:
    running = instance.running
    return {
        "service": instance.service,
        "number": instance.number,
        "ready": running is not None,
        "address": _address(running),
        "pids": [process.pid for process in running.processes] if running else [],
        "seconds": round(instance.seconds, 3),
        "leases": sorted(instance.holds),
    }


def _address(running: Any) -> str:
    """Where a service is reached: each kind calls it by its own name."""
    place = getattr(running, "endpoint", running)
    if hasattr(place, "host"):
        # Not its URL, which holds the password.
        return f"{place.host}:{place.port}"
    for name in ("bootstrap_servers", "url", "rest", "socket"):
        found = getattr(place, name, None)
        if isinstance(found, str | Path):
            return str(found)
    return ""


def _lease(lease: HeldLease) -> Message:
    names = [*lease.topics, *filter(None, [lease.database])]
    return {
        "id": lease.id,
        "label": lease.label,
        "pid": lease.client.pid,
        "since": lease.since,
        "seconds": round(now().timestamp() - lease.since, 1),
        "holds": [f"{i.service}-{i.number}" for i in lease.instances.values()],
        "names": names,
        "ending": lease.ended,
    }
