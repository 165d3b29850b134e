"""Whose event time is that of one source alone: what comes behind it and behind no other, in all jobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from harness.engine.folders import IN_FOLDERS
from harness.engine.jobs import Jobs
from harness.environment import Grant
from harness.errors import JobError
from harness.flink.event_time import Clocks
from harness.flink.job_graph import GraphOperator
from harness.flink.watch import Watch
from harness.plan import Plan, folder_of
from harness.scenario.model import Advance, Place, System


def clocks_of(step: Advance, plan: Plan, grant: Grant, jobs: Jobs) -> Clocks:
    """The watermarks that follow the one source whose time an `advance` lets pass, and no other.

    Where rows of several sources meet, the watermark is that of the slowest: nothing is waited for there.

    Raises:
        JobError: No watermark follows it alone.
    """
    assert step.only is not None
    reads = {watch: _reads(watch, plan, grant) for watch in jobs.running}
    graphs = {watch: watch.watched.cluster.told_apart(watch.graph) for watch in jobs.running}
    alone = _alone(step.only, plan, jobs, reads, graphs)
    own = {
        watch: [o for o in graph if not o.without and _follows(o.sources, alone, reads[watch])]
        for watch, graph in graphs.items()
    }
    for watch, sources in reads.items():
        for source, names in sources.items():
            if step.only in names:
                _check(step, names, followed=any(source in o.sources for o in own[watch]))
    ids = frozenset(operator.id for operators in own.values() for operator in operators)
    return Clocks(watches=[watch for watch in own if own[watch]], operators=ids)


def _alone(
    only: str,
    plan: Plan,
    jobs: Jobs,
    reads: Mapping[Watch, Mapping[str, Collection[str]]],
    graphs: Mapping[Watch, Collection[GraphOperator]],
) -> frozenset[str]:
    """The source, and the topics between jobs whose time follows it alone."""
    alone = frozenset({only})
    while True:
        more = {
            name
            for job in jobs
            if job.running
            and all(_follows(o.sources, alone, reads[watch]) for watch in job.running for o in graphs[watch])
            for name in job.job.writes
        }
        if more <= alone:
            return alone
        alone |= more & set(plan.pipeline.sinks)


def _follows(sources: Collection[str], alone: Collection[str], reads: Mapping[str, Collection[str]]) -> bool:
    """Whether all sources of an operator read what is alone, and nothing else."""
    return bool(sources) and all(reads.get(s) and set(reads[s]) <= set(alone) for s in sources)


def _reads(watch: Watch, plan: Plan, grant: Grant) -> dict[str, set[str]]:
    """What each source operator of a job reads, by the names of the pipeline."""
    found: dict[str, set[str]] = {}
    pipeline = plan.pipeline
    for place in (*pipeline.sources.values(), *pipeline.tables.values(), *pipeline.sinks.values()):
        for operator in _readers(place, watch, plan, grant):
            found.setdefault(operator, set()).add(place.name)
    return found


def _readers(place: Place, watch: Watch, plan: Plan, grant: Grant) -> list[str]:
    """The ids of the source operators of a job that read a place."""
    if place.system is System.KAFKA:
        return [id_ for id_, topics in watch.readers.items() if plan.names[place.name] in topics]
    if place.system in IN_FOLDERS:
        folder = str(folder_of(plan, grant, place))
        return [source.operator for source in watch.graph.files if source.reads(folder)]
    return []


def _check(step: Advance, names: Collection[str], *, followed: bool) -> None:
    others = sorted(set(names) - {step.only or ""})
    if others:
        raise JobError(
            f"the time of `{step.only}` cannot pass alone: one source of the job reads it and "
            f"{', '.join(f'`{name}`' for name in others)}",
            hint="leave `only` out: their time passes together",
            location=step.location,
        )
    if not followed:
        raise JobError(
            f"no watermark of the job follows `{step.only}` alone",
            detail="its rows meet those of others before the job makes watermarks of them",
            hint="leave `only` out: their time passes together",
            location=step.location,
        )
