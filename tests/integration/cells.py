"""One job in every kind, for every Flink, to every place: the cells of a matrix, all judged alike."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.report import failure_text
from harness.result import Kind, ScenarioResult, Status
from harness.scenario.language.choices import FLINK
from harness.scenario.load import load_scenarios
from harness.session import Session
from tests.integration.stage import FIXTURES

JOBS = FIXTURES / "paid_orders"
KINDS = ("table script", "datastream script", "sql", "jar", "managed zip")
PLACES = ("postgres", "kafka", "files")
BUILT = ("jar", "managed zip")
CONNECTORS = ["kafka", "jdbc-postgres"]
COLUMNS = {"order_id": "text", "customer": "text", "amount": "int"}
ORDERS = [
    {"order_id": "o1", "customer": "ann", "amount": 5},
    {"order_id": "o2", "customer": "bob", "amount": 0},
    {"order_id": "o3", "customer": "cy", "amount": 7},
    {"order_id": "o4", "customer": "ann", "amount": 11},
]
PAID = [{**order, "customer": str(order["customer"]).upper()} for order in ORDERS if order["amount"]]
WITHHELD = ORDERS[2]


@dataclass(frozen=True)
class Cell:
    """A kind of job, on a version of Flink, that writes to one place."""

    kind: str
    flink: str
    place: str

    def __str__(self) -> str:
        return f"{self.kind}, {self.flink}, {self.place}"

    @property
    def pipeline(self) -> dict[str, Any]:
        """The pipeline file."""
        return {
            "pipeline": "paid-orders",
            "flink": self.flink,
            "job": self._job,
            "services": {"postgres": {"schema": str(JOBS / "tables.sql")}},
            "sources": {
                "orders": {"kafka": "<fresh>", "partitions": 2, "format": "json", "columns": COLUMNS},
            },
            "sinks": {"paid": self._sink},
        }

    @property
    def _sink(self) -> dict[str, Any]:
        if self._to("postgres"):
            return {"postgres": "public.paid", "key": ["order_id"]}
        place, form = ("folder", "csv") if self._to("files") else ("kafka", "json")
        return {place: "<fresh>", "format": form, "columns": COLUMNS, "key": ["order_id"]}

    @property
    def _job(self) -> dict[str, Any]:
        options = {"connectors": CONNECTORS, "env": self._names}
        if self.kind == "table script":
            return {"python": str(JOBS / "table_job.py"), **options}
        if self.kind == "datastream script":
            return {"python": str(JOBS / "stream_job.py"), **options}
        if self.kind == "sql":
            return {"sql": str(JOBS / "paid_orders.sql"), **options}
        built = JOBS / "target" / f"flink-{self.flink}"
        if self.kind == "jar":
            names = {name.lower().removesuffix("_name"): text for name, text in self._names.items()}
            args = [word for name, text in names.items() if text for word in (f"--{name}", text)]
            return {"jar": str(built / "paid-orders.jar"), "args": args}
        return {"managed_flink": str(built / "paid-orders.zip"), "properties": self._properties}

    @property
    def _names(self) -> dict[str, str]:
        """What the jobs are told of the places; a SQL file wants to know of all that it names."""
        database = self._to("postgres")
        return {
            "BROKERS": "${kafka.bootstrap_servers}",
            "ORDERS": "${sources.orders.name}",
            "PLACE": self.place,
            "PAID": "public.paid" if database else "${sinks.paid.name}",
            "URL": "${postgres.jdbc_url}" if database else "",
            "USER_NAME": "${postgres.user}" if database else "",
            "PASSWORD": "${postgres.password}" if database else "",
        }

    @property
    def _properties(self) -> dict[str, dict[str, str]]:
        brokers = {"connector": "kafka", "properties.bootstrap.servers": "${kafka.bootstrap_servers}"}
        to_kafka = {
            **brokers,
            "topic": "${sinks.paid.name}",
            "format": "json",
            "properties.transaction.timeout.ms": "600000",
            "sink.delivery-guarantee": "exactly-once",
            "sink.transactional-id-prefix": "paid-${sinks.paid.name}",
        }
        to_postgres = {
            "connector": "jdbc",
            "url": "${postgres.jdbc_url}",
            "username": "${postgres.user}",
            "password": "${postgres.password}",
            "table-name": "public.paid",
        }
        to_files = {"connector": "filesystem", "path": "${sinks.paid.name}", "format": "csv"}
        return {
            "kinesis.analytics.flink.run.options": {"python": "main.py", "jarfile": "lib/paid-orders.jar"},
            "orders": {
                **brokers,
                "topic": "${sources.orders.name}",
                "properties.group.id": "paid-orders",
                "scan.startup.mode": "latest-offset",
                "format": "json",
            },
            "paid": {"postgres": to_postgres, "kafka": to_kafka, "files": to_files}[self.place],
        }

    def _to(self, place: str) -> bool:
        return self.place == place


def cells() -> list[Cell]:
    """The whole matrix; cells that share a JVM stand together."""
    return [Cell(kind, version, place) for version in FLINK for kind in KINDS for place in PLACES]


def build(cell: Cell) -> None:
    """Have what the cell's pipeline names."""
    if cell.kind in BUILT:
        spec = importlib.util.spec_from_file_location("package", JOBS / "package.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build(cell.flink)


def run(session: Session, folder: Path, cell: Cell, *, withheld: bool = False) -> ScenarioResult:
    """Send the orders, perhaps all but one, and expect all that are paid."""
    sent = [order for order in ORDERS if not (withheld and order is WITHHELD)]
    scenario = {
        "scenario": "what is paid arrives once",
        "pipeline": "paid-orders",
        # Their rolling policies keep files open for hours; a job that ends finishes them.
        "when": [{"send": "orders", "rows": sent}, *(["end_of_input"] if cell.place == "files" else [])],
        "then": [{"expect": "paid", "rows": PAID}],
    }
    # JSON is YAML.
    (folder / "paid-orders.pipeline.yaml").write_text(json.dumps(cell.pipeline))
    (folder / "paid-orders.scenario.yaml").write_text(json.dumps(scenario))
    scenarios, problems = load_scenarios([folder], folder)
    assert [problem.render() for problem in problems] == []
    (plan,) = session.plans(scenarios)
    return session.run(plan, lambda _event: None)


def assert_exactly_done(session: Session, folder: Path, cell: Cell) -> None:
    """All arrive, by a proof; and without one of them the failure names its row."""
    build(cell)

    passed = run(session, folder, cell)
    failed = run(session, folder, cell, withheld=True)

    assert passed.status is Status.PASSED, failure_text(passed, colour=False)
    (proof,) = passed.proofs
    assert proof.checkpoint is not None
    assert len(proof.targets) > 0
    assert failed.status is Status.FAILED, failure_text(failed, colour=False)
    rows = [row for failure in failed.failures for row in failure.rows]
    assert [(row.kind, row.key) for row in rows] == [(Kind.MISSING, {"order_id": '"o3"'})], rows
