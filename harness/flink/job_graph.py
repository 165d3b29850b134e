"""The graph of a job as it was submitted: what it says of the job before it has run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.flink.file_source import FileSource
from harness.flink.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedSource:
    """A source that comes to an end by itself: it is done when it has, and not before.

    Attributes:
        id: The id of its operator, by which checkpoints know it.
        name: Its name.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphOperator:
    """An operator of a job's graph.

    Attributes:
        id: Its id; "" for several that only their name tells of.
        makes: It makes watermarks of its own, and forwards none.
        without: No watermark can reach it, so that it holds back nobody.
        sources: The ids of the sources before it; of a source its own.
    """

    name: str
    id: str
    makes: bool
    without: bool
    sources: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobGraph:
    """The graph of one job; empty where nobody knows it.

    Attributes:
        files: The sources that read files.
        bounded: Those that come to an end by themselves.
        ends: Whether it has no others, so that the job finishes by itself.
        subscriptions: The topics that its sources ask for.
        operators: Where the event time of each operator comes from.
    """

    files: tuple[FileSource, ...] = ()
    bounded: tuple[BoundedSource, ...] = ()
    ends: bool = False
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    operators: tuple[GraphOperator, ...] = ()


def read_graph(text: str) -> JobGraph:
    """A job's graph, from what the JVM tells where it was submitted."""
    told = json.loads(text)
    if told is None:
        return JobGraph()
    bounded = tuple(BoundedSource(id=id_, name=name) for id_, name in told["bounded"]["sources"])
    asked = told["subscriptions"]
    return JobGraph(
        files=tuple(
            FileSource(path=path, operator=operator, monitored=monitored, followed=followed)
            for path, operator, monitored, followed in told["files"]
        ),
        bounded=bounded,
        ends=bool(bounded) and told["bounded"]["all"],
        subscriptions=Subscriptions(
            complete=asked["complete"], topics=frozenset(asked["topics"]), patterns=tuple(asked["patterns"])
        ),
        operators=tuple(
            GraphOperator(name=name, id=id_, makes=makes, without=without, sources=frozenset(sources))
            for name, id_, makes, without, sources in told["operators"]
        ),
    )


def by_name(operators: Iterable[GraphOperator]) -> dict[str, GraphOperator]:
    """The operators by their names; those that share one have no id, and are only what all of them are."""
    found: dict[str, GraphOperator] = {}
    for operator in operators:
        other = found.get(operator.name)
        found[operator.name] = operator if other is None else _shared(operator, other)
    return found


def _shared(one: GraphOperator, other: GraphOperator) -> GraphOperator:
    return GraphOperator(
        name=one.name,
        id="",
        makes=one.makes and other.makes,
        without=one.without and other.without,
        sources=one.sources | other.sources,
    )
