"""The graph of a job as it was submitted: where the event time of each operator comes from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass


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


def read_graph(text: str) -> tuple[GraphOperator, ...]:
    """The operators, from what the JVM tells."""
    return tuple(
        GraphOperator(name=name, id=id_, makes=makes, without=without, sources=frozenset(sources))
        for name, id_, makes, without, sources in json.loads(text)
    )


def by_name(operators: Sequence[GraphOperator]) -> dict[str, GraphOperator]:
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
