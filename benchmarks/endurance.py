"""Many scenarios on one cluster, and what grows in its processes: memory, threads, descriptors, after each.

python benchmarks/endurance.py [--runs N] [--kinds KIND ...] [--plot FILE] [--worn]
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
from py4j.java_gateway import GatewayParameters, JavaGateway

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import plot
from plot import Series

from harness.clock import Deadline, poll
from harness.environment import FlinkEndpoint, FlinkNeed, Lease, Needs, OnProgress
from harness.keeper.address import KeeperAddress
from harness.keeper.client import LazyKeeper
from harness.result import Status
from harness.services.wear import VARIABLE
from harness.session import Session
from harness.settings import load_settings
from tests.integration.cells import CONNECTORS, Cell, build, run

ROOT = Path(__file__).parent.parent
KINDS = ("table script", "datastream script", "sql", "jar")
PLACES = ("postgres", "kafka")
TABLE_EVERY = 25
MEGABYTE = 1 << 20
FLAT = 0.02
"""A series is flat whose slope over 100 scenarios is below this part of its level, or below its own noise."""
NOISE = {"MB": 1.0, "": 2.0}
PROCESSES = {"flink": "Flink JVM", "kafka": "Kafka JVM", "interpreter": "zygote", "keeper": "keeper"}


class OneCluster:
    """Grants every scenario a lease on the same Flink JVM, whatever kind its job is of."""

    def __init__(self, keeper: LazyKeeper, cluster: FlinkNeed) -> None:
        self._keeper = keeper
        self._cluster = cluster

    def lease(
        self, needs: Needs, *, label: str, wait_s: float, progress: OnProgress
    ) -> AbstractContextManager[Lease]:
        assert needs.flink is not None
        flink = replace(self._cluster, scripts=needs.flink.scripts)
        return self._keeper.lease(replace(needs, flink=flink), label=label, wait_s=wait_s, progress=progress)


class ThinCell(Cell):
    """A job whose jar holds the user's own classes alone: the cluster has the connectors."""

    @property
    def _job(self) -> dict[str, Any]:
        job = super()._job
        if "jar" not in job:
            return job
        whole = Path(job["jar"])
        thin = whole.with_name("paid-orders-thin.jar")
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(thin, "w") as target:
            for entry in source.infolist():
                if entry.filename.startswith(("com/example/", "META-INF/MANIFEST.MF")):
                    target.writestr(entry, source.read(entry))
        return {**job, "jar": str(thin)}


@dataclass(frozen=True)
class Sample:
    """All processes after one scenario; the value of every series by its title."""

    kind: str
    seconds: float
    values: Mapping[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--places", nargs="*", default=list(PLACES), choices=PLACES)
    parser.add_argument("--plot", type=Path, help="an SVG file")
    parser.add_argument("--raw", type=Path, help="a JSON file for all figures")
    parser.add_argument("--worn", action="store_true", help="let the keeper replace a worn JVM, as it does")
    parser.add_argument("--lazy", action="store_true", help="leave collections to the JVM")
    parser.add_argument("--hold", action="store_true", help="wait at the end, for whoever looks into the JVM")
    options = parser.parse_args()
    if not options.worn:
        os.environ[VARIABLE] = "off"
    # A jar that brings its own connectors cannot run where others are in the class path.
    kind_of_cell = Cell if options.kinds == ["jar"] else ThinCell
    cells = [kind_of_cell(kind, "1.20", place) for kind in options.kinds for place in options.places]
    for cell in cells:
        build(cell)
    cluster = cluster_of(options.kinds)
    keeper = LazyKeeper(KeeperAddress.new(), ROOT, {})
    samples: list[Sample] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for cell in itertools.islice(itertools.cycle(cells), options.runs):
                samples.append(one(keeper, cluster, Path(folder), cell, collect=not options.lazy))
                if len(samples) % TABLE_EVERY == 0:
                    table(samples)
                if options.raw:
                    options.raw.write_text(json.dumps([vars(sample) for sample in samples]))
            print(f"\nload now: {load()}", flush=True)
            if options.plot:
                options.plot.write_text(plot.svg(title(options.runs, options.kinds), all_series(samples)))
            verdicts(samples)
            if options.hold:
                print(keeper.client().status()["instances"], flush=True)
                sys.stdin.read()
    finally:
        keeper.stop()


def one(keeper: LazyKeeper, cluster: FlinkNeed, folder: Path, cell: Cell, *, collect: bool) -> Sample:
    """Run one scenario, and look at every process once its lease is cleaned up."""
    settings = load_settings(ROOT)
    began = time.monotonic()
    result = run(Session(settings, OneCluster(keeper, cluster)), folder, cell)
    seconds = time.monotonic() - began
    assert result.status is Status.PASSED, result
    client = keeper.client()
    poll(lambda: not client.status()["leases"], Deadline(30))
    found = processes(client.status(), client.welcome["pid"])
    values = {f"{PROCESSES[name]}: {what}": value for name, what, value in found}
    needs = Needs(flink=replace(cluster, scripts=False))
    with keeper.lease(needs, label="look", wait_s=60, progress=lambda *_: None) as lease:
        assert lease.grant.flink is not None
        with gateway(lease.grant.flink) as java:
            worn = json.loads(java.entry_point.wear(collect))
    for name in ("metaspace", "heap"):
        values[f"Flink JVM: {name} (MB)"] = worn[name] / MEGABYTE
    values["Flink JVM: classes"] = worn["classes"]
    return Sample(cell.kind, seconds, values)


def cluster_of(kinds: Sequence[str]) -> FlinkNeed:
    """One that takes all of these kinds: a jar of its own classes alone needs no connector."""
    connectors = tuple(CONNECTORS) if any(kind != "jar" for kind in kinds) else ()
    python = str(load_settings(ROOT).python)
    return FlinkNeed(version="1.20", python=python, connectors=connectors, programs=True)


@contextlib.contextmanager
def gateway(flink: FlinkEndpoint) -> Iterator[JavaGateway]:
    parameters = GatewayParameters(
        port=flink.gateway_port, auth_token=flink.gateway_token, enable_memory_management=False
    )
    java = JavaGateway(gateway_parameters=parameters)
    try:
        yield java
    finally:
        java.close()


def processes(status: Mapping[str, Any], keeper: int) -> Iterator[tuple[str, str, float]]:
    """What the kernel tells of every process."""
    pids = {found["service"]: found["pids"][0] for found in status["instances"] if found["pids"]}
    pids["keeper"] = keeper
    for name, pid in pids.items():
        if name in PROCESSES:
            process = psutil.Process(pid)
            yield name, "threads", process.num_threads()
            yield name, "descriptors", process.num_fds()
            yield name, "RSS (MB)", process.memory_info().rss / MEGABYTE


def all_series(samples: Sequence[Sample]) -> list[Series]:
    order = list(PROCESSES.values())
    titles = sorted(samples[-1].values, key=lambda title: (order.index(title.partition(":")[0]), title))
    found = [
        Series(title, "MB" if "MB" in title else "", [sample.values.get(title, 0) for sample in samples])
        for title in titles
    ]
    return [*found, Series("a scenario (s)", "s", [sample.seconds for sample in samples])]


def title(runs: int, kinds: Sequence[str]) -> str:
    return f"{runs} scenarios on one cluster: {', '.join(kinds)}"


def table(samples: Sequence[Sample]) -> None:
    """The newest figures, and what they were at the first table."""
    print(f"\nafter {len(samples)} scenarios (load {load()})")
    for series in all_series(samples):
        first = statistics.median(series.values[:TABLE_EVERY])
        recent = statistics.median(series.values[-TABLE_EVERY:])
        print(f"  {series.title:<28} {recent:9.2f}   of the first {TABLE_EVERY}: {first:9.2f}")
    sys.stdout.flush()


def verdicts(samples: Sequence[Sample]) -> None:
    print(f"\n{'':<28} {'1st quarter':>11} {'4th quarter':>11} {'per 100':>9}")
    for series in all_series(samples):
        quarter = max(1, len(samples) // 4)
        first, last = statistics.median(series.values[:quarter]), statistics.median(series.values[-quarter:])
        slope = 100 * theil_sen(series.values[quarter:])
        flat = slope <= max(FLAT * first, NOISE.get(series.unit, 0.0))
        print(f"{series.title:<28} {first:11.2f} {last:11.2f} {slope:+9.2f}  {'flat' if flat else 'GROWS'}")


def theil_sen(values: Sequence[float]) -> float:
    """The median of the slopes between all pairs: an outlier moves it little."""
    slopes = [(values[j] - values[i]) / (j - i) for i, j in itertools.combinations(range(len(values)), 2)]
    return statistics.median(slopes) if slopes else 0.0


def load() -> str:
    return ", ".join(f"{part:.1f}" for part in os.getloadavg())


if __name__ == "__main__":
    main()
