"""The metrics of a job over REST, also those that its own code counts, summed over subtasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from harness.clock import Deadline, poll
from harness.errors import ExpectationError, did_you_mean
from harness.flink.cluster import Cluster

APPEARS_S = 2.0
"""Flink fetches metrics when it is asked for them, so that the first answers may be empty."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A metric of a vertex."""

    vertex: str
    id: str

    @property
    def name(self) -> str:
        """Its name without the operator and groups before it."""
        return self.id.rpartition(".")[2]

    def is_named(self, name: str) -> bool:
        """Whether it is meant by a name: its own, with as many of its groups as the user wrote."""
        return self.id == name or self.id.endswith(f".{name}")


def read_metrics(cluster: Cluster, job: str, names: Iterable[str]) -> Mapping[str, Decimal]:
    """The values of metrics, each summed over all operators and subtasks that have one of that name.

    Raises:
        ExpectationError: The job has no such metric, with the nearest that it has.
        ServiceError: Flink does not answer.
    """
    names = tuple(names)
    vertices = [str(vertex["id"]) for vertex in cluster.rest.get(f"/jobs/{job}")["vertices"]]
    known: list[_Known] = []

    def all_there() -> bool:
        known[:] = [
            _Known(vertex, str(metric["id"]))
            for vertex in vertices
            for metric in cluster.rest.get(_path(job, vertex))
        ]
        return all(any(metric.is_named(name) for metric in known) for name in names)

    if not poll(all_there, Deadline(APPEARS_S)):
        _refuse(names, known)
    return {name: _sum(cluster, job, [metric for metric in known if metric.is_named(name)]) for name in names}


def _sum(cluster: Cluster, job: str, metrics: list[_Known]) -> Decimal:
    total = Decimal(0)
    for metric in metrics:
        found: list[Any] = []

        def there(metric: _Known = metric, found: list[Any] = found) -> bool:
            path = f"{_path(job, metric.vertex)}?get={quote(metric.id, safe='')}&agg=sum"
            found[:] = cluster.rest.get(path)
            return bool(found)

        if poll(there, Deadline(APPEARS_S)):
            total += _number(found[0]["sum"], metric)
    return total


def _number(value: object, metric: _Known) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ExpectationError(f"the metric `{metric.name}` is no number", detail=f"it is {value}") from None
    # A sum is told as a fraction, whatever was added up.
    return number.to_integral_value() if number == number.to_integral_value() else number


def _refuse(names: tuple[str, ...], known: list[_Known]) -> None:
    lacking = next(name for name in names if not any(metric.is_named(name) for metric in known))
    own = dict.fromkeys(metric.name for metric in known)
    raise ExpectationError(
        f"the job has no metric `{lacking}`",
        detail="a counter of a Python function is there once it has counted",
        hint=did_you_mean(lacking, own, what="metrics"),
    )


def _path(job: str, vertex: str) -> str:
    return f"/jobs/{job}/vertices/{vertex}/subtasks/metrics"
