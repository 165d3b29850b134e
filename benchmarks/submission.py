"""From submission to RUNNING on one warm cluster: ours, and what users do, in turn; as ratios.

SQL: `sql-client.sh embedded -f job.sql` of the distribution, because `flink run` runs no SQL file.
PyFlink: `flink run -d -py job.py`. Both clients send to the very cluster that ours goes to, and have the
connectors in their lib folder. A time begins when the lease is there, and ends when every task is RUNNING.

python benchmarks/submission.py [--rounds N] [sql] [pyflink]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import today

from harness.clock import Deadline, poll
from harness.environment import FlinkNeed, KafkaNeed, Lease, Needs, PostgresNeed, TopicNeed
from harness.flink import sql, submission
from harness.flink.cluster import TERMINAL, Cluster
from harness.flink.completion import RUNNING_S
from harness.keeper.address import KeeperAddress
from harness.keeper.client import LazyKeeper
from harness.launch.lock_file import Artefact, Coordinate, Lock
from harness.location import Location
from harness.services.jars import fetched
from harness.settings import Settings, load_settings

ROOT = Path(__file__).parent.parent
PIPELINES = ROOT / "fixtures" / "pipelines"
SQL = PIPELINES / "sql_orders" / "orders.sql"
SCRIPT = PIPELINES / "card_transactions" / "job.py"
SCHEMAS = (SQL.parent / "tables.sql", SCRIPT.parent / "aurora.sql")
ARGUMENTS = ("--checkpoint-interval", "30 s")
CONNECTORS = ("kafka", "jdbc-postgres")
GATEWAY = Lock(
    name="flink-sql-gateway",
    about="What the SQL client of a Flink distribution runs in its own process; PyFlink leaves it out.",
    artefacts=(
        Artefact(
            Coordinate("org.apache.flink", "flink-sql-gateway", "1.20.3"),
            sha256="f80e1c5b7a8a9e0bd57bbde5a56ca6731192acce8cfb1bce43e307a33a417c8f",
            size=1021907,
        ),
    ),
)
GOALS = {"sql": 30, "pyflink": 20}
UNCOUNTED = 20
"""Of ours, which warm the cluster, as the scenarios of a suite do; the other client is as cold every time."""
BESIDE = 3
"""Of ours, between two of the other client."""
PATIENCE_S = 120.0
Submit = Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("kinds", nargs="*", choices=[*GOALS, []], help="else both")
    parser.add_argument("--rounds", type=int, default=5, help="of each, after those that are not counted")
    options = parser.parse_args()
    settings = load_settings(ROOT)
    keeper = LazyKeeper(KeeperAddress.new(), ROOT, {})
    with tempfile.TemporaryDirectory() as folder:
        try:
            needs = needs_of(settings, Path(folder) / "tables.sql")
            with keeper.lease(
                needs, label="submission", wait_s=PATIENCE_S, progress=lambda *_: None
            ) as lease:
                sides = Sides(lease, settings, Path(folder))
                for kind in options.kinds or GOALS:
                    compare(kind, sides, options.rounds)
        finally:
            keeper.stop()


def needs_of(settings: Settings, schema: Path) -> Needs:
    """What both jobs read and write."""
    schema.write_text("".join(path.read_text() for path in SCHEMAS))
    return Needs(
        kafka=KafkaNeed(
            topics=(
                TopicNeed(name="submission-in", partitions=2),
                TopicNeed(name="orders.refused", literal=True),
                TopicNeed(name="card.rejected", literal=True),
            )
        ),
        postgres=PostgresNeed(schema=str(schema)),
        flink=FlinkNeed(version="1.20", python=str(settings.python), connectors=CONNECTORS),
    )


def compare(kind: str, sides: Sides, rounds: int) -> None:
    """Both ways in turn; prints medians, spread and the median of the ratios of the rounds.

    Some of ours stand before and after each of the others: a machine that is shared changes its speed by half
    within seconds, and one of the others takes ten.
    """
    first = [sides.ours(kind) for _ in range(UNCOUNTED)]
    sides.theirs(kind)
    ours: list[float] = []
    theirs: list[float] = []
    ratios: list[float] = []
    before = [sides.ours(kind) for _ in range(BESIDE)]
    for _ in range(rounds):
        theirs.append(sides.theirs(kind))
        after = [sides.ours(kind) for _ in range(BESIDE)]
        ratios.append(theirs[-1] / statistics.median(before + after))
        ours += before
        before = after
    ours += before
    ratio = statistics.median(ratios)
    word = {"sql": "sql-client.sh", "pyflink": "flink run"}[kind]
    print(
        f"\n{kind}, from submission to RUNNING (load {', '.join(f'{part:.1f}' for part in os.getloadavg())})"
    )
    print(f"  {'ours, at first':<14} {' '.join(f'{seconds:.2f}' for seconds in first)}")
    print(f"  {'ours':<14} {spread(ours)}")
    print(f"  {word:<14} {spread(theirs)}")
    print(
        f"  ratio          {ratio:.1f}x, of the goal {GOALS[kind]}x;"
        f" of the rounds {min(ratios):.1f}x to {max(ratios):.1f}x",
        flush=True,
    )


def spread(seconds: list[float]) -> str:
    """Median, least and most."""
    middle = statistics.median(seconds)
    return f"median {middle:6.3f} s, {min(seconds):.3f} to {max(seconds):.3f} s, n={len(seconds)}"


class Sides:
    """Both ways to submit to the cluster of one lease."""

    def __init__(self, lease: Lease, settings: Settings, folder: Path) -> None:
        self.lease = lease
        self.folder = folder
        grant = lease.grant
        assert grant.flink is not None
        assert grant.kafka is not None
        assert grant.postgres is not None
        self.python = str(settings.python)
        self.cluster = Cluster(grant.flink)
        self.environ, _ = today.prepare(settings, folder / "today")
        self.home = folder / "today" / "flink"
        (gateway,) = fetched([GATEWAY], settings)
        (self.home / "opt" / gateway.name).symlink_to(gateway)
        self._point(grant.flink.rest)
        database = (grant.postgres.jdbc_url, grant.postgres.user, grant.postgres.password)
        brokers = grant.kafka.bootstrap_servers
        names = ("URL", "USER", "PASSWORD")
        self.sql_env = {f"DATABASE_{name}": value for name, value in zip(names, database, strict=True)}
        self.sql_env |= {"KAFKA_BROKERS": brokers, "ORDERS_TOPIC": "submission-in"}
        self.job_env = {f"AURORA_{name}": value for name, value in zip(names, database, strict=True)}
        self.job_env |= {"KAFKA_BROKERS": brokers, "TOPIC": "submission-in"}
        # As `envsubst` fills it in.
        text = SQL.read_text()
        for name, value in self.sql_env.items():
            text = text.replace(f"${{{name}}}", value)
        self.filled = folder / "job.sql"
        self.filled.write_text(text)

    def _point(self, rest: str) -> None:
        """Tell both clients where the cluster is."""
        host, port = rest.removeprefix("http://").split(":")
        config = self.home / "conf" / "config.yaml"
        java = next(line for line in config.read_text().splitlines() if line.startswith("env.java.opts.all"))
        lines = [java, "execution.target: remote", f"rest.address: {host}", f"rest.port: {port}"]
        config.write_text("\n".join([*lines, "parallelism.default: 1", ""]))

    def ours(self, kind: str) -> float:
        """Seconds of our submission, as a scenario's phases `submit` and `ready` begin."""
        began = time.monotonic()
        grant, deadline = self.lease.grant, Deadline(PATIENCE_S)
        assert grant.flink is not None
        with contextlib.ExitStack() as stack:
            cluster = Cluster(grant.flink)
            stack.callback(cluster.close)
            if kind == "sql":
                file = sql.SqlFile(
                    path=SQL, folder=SQL.parent, location=Location(SQL, 1, 1), env=self.sql_env
                )
                (job,) = sql.submit(self.lease, cluster, file, deadline, stack)
            else:
                script = submission.Script(
                    path=SCRIPT,
                    python=grant.flink.python,
                    folder=SCRIPT.parent,
                    location=Location(SCRIPT, 1, 1),
                    args=ARGUMENTS,
                    env=self.job_env,
                )
                (job,) = submission.submit(self.lease, script, deadline, stack)
            assert poll(lambda: cluster.may_run(job) and cluster.job(job).running, deadline, most=RUNNING_S)
            seconds = time.monotonic() - began
        self.end(job)
        return seconds

    def theirs(self, kind: str) -> float:
        """Seconds of the client of the distribution."""
        if kind == "sql":
            words = [str(self.home / "bin/sql-client.sh"), "embedded", "-f", str(self.filled)]
            return self.start(words, {})
        interpreter = ["-pyclientexec", self.python, "-pyexec", self.python]
        rest = self.cluster.rest.base.removeprefix("http://")
        words = [str(self.home / "bin/flink"), "run", "-d", "-m", rest, *interpreter]
        return self.start([*words, "-py", str(SCRIPT), *ARGUMENTS], self.job_env)

    def start(self, words: list[str], more: Mapping[str, str]) -> float:
        """Run a client until its job runs; it ends by itself."""
        before = set(self.jobs())
        output = self.folder / "client.out"
        with output.open("w") as out:
            began = time.monotonic()
            client = subprocess.Popen(
                words,
                env={**self.environ, **more},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            found: list[str] = []

            def runs() -> bool:
                assert client.poll() in (None, 0), output.read_text()
                found[:] = [job for job in self.jobs() if job not in before]
                return bool(found) and self.cluster.job(found[0]).running

            assert poll(runs, Deadline(PATIENCE_S)), output.read_text()
            seconds = time.monotonic() - began
            client.wait(PATIENCE_S)
        self.end(found[0])
        return seconds

    def jobs(self) -> list[str]:
        """All that the cluster knows of."""
        return [job["id"] for job in self.cluster.rest.get("/jobs")["jobs"]]

    def end(self, job: str) -> None:
        """Cancel a job and wait for its end: the next one has the cluster for itself."""
        request = urllib.request.Request(f"{self.cluster.rest.base}/jobs/{job}?mode=cancel", method="PATCH")
        urllib.request.urlopen(request, timeout=PATIENCE_S).close()
        assert poll(lambda: self.cluster.state(job) in TERMINAL, Deadline(PATIENCE_S))


if __name__ == "__main__":
    main()
