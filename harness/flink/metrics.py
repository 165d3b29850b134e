"""The metrics that an expectation asks for, summed over operators and subtasks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from harness.errors import ExpectationError, did_you_mean
from harness.flink.gauges import IN_PROCESS
from harness.flink.watch import Watch

_COUNTER = re.compile(r"""\.counter\(\s*["']([^"']+)["']""")


def read_metrics(
    watches: Sequence[Watch], names: Iterable[str], counters: Collection[str] = ()
) -> Mapping[str, Decimal]:
    """The values of metrics; of a name that several operators have, the sum.

    Args:
        watches: The jobs that are meant.
        names: What is asked for, each with as many of the groups before it as tell it apart.
        counters: The counters of the job's Python code. They are 0 before they count, when Flink does not
            know them yet.

    Raises:
        ExpectationError: The job has no such metric, with the nearest that it has; or nobody can tell it.
        ServiceError: Flink does not answer.
    """
    names = tuple(names)
    found = [watch.watched.cluster.metrics(watch.watched.job, names) for watch in watches]
    values: dict[str, Decimal] = {}
    for name in names:
        texts = [text for metrics in found for asked, text in metrics.values if asked == name]
        if name in counters and any(name in metrics.stale for metrics in found):
            raise ExpectationError(
                f"the counter `{name}` cannot be told, because the job was started again",
                detail="by REST, Flink tells what Python code counted before until it counts anew",
                hint=IN_PROCESS,
            )
        if not texts and name not in counters:
            known = dict.fromkeys((*(name for metrics in found for name in metrics.known), *counters))
            raise ExpectationError(
                f"the job has no metric `{name}`", hint=did_you_mean(name, known, what="metrics")
            )
        values[name] = sum((_number(text, name) for text in texts), Decimal(0))
    return values


def python_counters(files: Iterable[Path]) -> frozenset[str]:
    """The names of the counters that Python sources make."""
    texts = (file.read_text(errors="replace") for file in files)
    return frozenset(name for text in texts for name in _COUNTER.findall(text))


def _number(text: str, name: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ExpectationError(f"the metric `{name}` is no number", detail=f"it is {text}") from None
