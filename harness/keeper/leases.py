"""Who holds what: instances of services, the leases on them, and whether a request can be granted now.

Nothing here waits, starts or talks; the server does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Running = TypeVar("Running")

WARM_BYTES = 1200 << 20
"""What one of each takes: a Flink JVM 650 MB, a broker 190, an interpreter 250, a Postgres the rest."""
LEAST_WARM, MOST_WARM = 3, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What one request wants of one service.

    Attributes:
        service: `kafka`, `postgres`, `flink`, `interpreter`.
        key: Instances with the same key are as good as each other.
        names: Literal names; nobody else may hold them on the same instance.
        exclusive: Nobody else may hold the instance at all.
        most: How many instances with this key there may be.
    """

    service: str
    key: str
    names: frozenset[str] = frozenset()
    exclusive: bool = False
    most: int = 1

    def clashes(self, other: Want) -> bool:
        """Whether both cannot have one instance at the same time."""
        if (self.service, self.key) != (other.service, other.key):
            return False
        return self.exclusive or other.exclusive or bool(self.names & other.names)


@dataclass(eq=False, kw_only=True)
class Instance(Generic[Running]):
    """One running (or starting) service.

    Attributes:
        number: Counts the instances of one service.
        holds: The wants of the leases that hold it, by lease id.
        cleaning: Leases that have ended and whose names are not free yet.
        used: Rises with every lease; the instance with the lowest was not used for longest.
        worn: It ends with the leases that it has, and takes no more.
        heir: What is started in its place; until that is ready, this one serves.
        seconds: How long its start took.
    """

    service: str
    key: str
    number: int
    running: Running | None = None
    holds: dict[str, Want] = field(default_factory=dict)
    cleaning: set[str] = field(default_factory=set)
    used: int = 0
    worn: bool = False
    heir: Instance[Running] | None = None
    seconds: float = 0.0
    dead: bool = False

    def takes(self, want: Want) -> bool:
        """Whether a further lease fits."""
        return not (self.dead or self.worn) and not any(want.clashes(held) for held in self.holds.values())

    def frees_soon(self, want: Want) -> bool:
        """Whether only leases that are being cleaned up stand in the way."""
        clashing = [lease for lease, held in self.holds.items() if want.clashes(held)]
        return not self.dead and bool(clashing) and self.cleaning.issuperset(clashing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Why a request must wait: who stands in its way."""

    leases: tuple[str, ...]


Choice = Instance[Any] | None
"""An instance that takes the want, or None: a new one must be started."""


def choose(
    wants: Sequence[Want], instances: Iterable[Instance[Any]], earlier: Iterable[Sequence[Want]]
) -> list[Choice] | Blocked:
    """An instance for every want, all or nothing.

    Args:
        wants: What the request wants.
        instances: All instances there are.
        earlier: The wants of requests that wait already; a later one overtakes only if it touches none.
    """
    for waiting in earlier:
        if any(want.clashes(other) for want in wants for other in waiting):
            return Blocked(leases=())
    chosen: list[Choice] = []
    for want in wants:
        alike = instances_of(want, instances)
        free = [i for i in alike if i.takes(want)]
        ready = [i for i in free if i.running is not None]
        if not ready and (any(i.frees_soon(want) for i in alike) or (not free and len(alike) >= want.most)):
            holders = {lease for i in alike for lease, held in i.holds.items() if want.clashes(held)}
            return Blocked(leases=tuple(sorted(holders)))
        candidates = ready or free
        chosen.append(candidates[0] if candidates else None)
    return chosen


def instances_of(want: Want, instances: Iterable[Instance[Any]]) -> list[Instance[Any]]:
    """The instances that could serve a want, busy or not."""
    return [i for i in instances if (i.service, i.key) == (want.service, want.key) and not (i.dead or i.worn)]


def worth_a_spare(want: Want, instances: Iterable[Instance[Any]]) -> bool:
    """Whether another instance would spare the next request the wait for names that are being cleaned up."""
    alike = instances_of(want, instances)
    return bool(alike) and len(alike) < want.most and not any(i.takes(want) for i in alike)


def most_warm(memory: int) -> int:
    """How many instances of a service stay warm, of all keys together: what a third of the memory holds."""
    return min(max(memory // 3 // WARM_BYTES, LEAST_WARM), MOST_WARM)


def evictable(instances: Iterable[Instance[Any]], service: str, most: int) -> Instance[Any] | None:
    """The idle instance to end before another one of a service may start, if there are too many."""
    alike = [i for i in instances if i.service == service and not i.dead]
    idle = [i for i in alike if not i.holds]
    if len(alike) < most or not idle:
        return None
    return min(idle, key=lambda i: i.used)
