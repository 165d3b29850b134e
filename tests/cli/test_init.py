from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from harness.scenario.language import yaml_values
from harness.scenario.load import load_scenarios
from harness.scenario.model import Scenario
from tests.cli.conftest import ROOT, Cli

PIPELINES = ROOT / "fixtures" / "pipelines"
SQL = """
CREATE TABLE orders (
    order_id STRING, amount DECIMAL(8, 2), placed_at TIMESTAMP_LTZ(3),
    WATERMARK FOR placed_at AS placed_at
) WITH ('connector' = 'kafka', 'topic' = 'shop.orders', 'format' = 'FORMAT', 'key.fields' = 'order_id');
CREATE TABLE totals (order_id STRING, total DECIMAL(8, 2), PRIMARY KEY (order_id) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'topic' = 'shop.totals', 'value.format' = 'json');
CREATE TABLE shown (x INT) WITH ('connector' = 'print');
INSERT INTO totals SELECT order_id, SUM(amount) FROM orders GROUP BY order_id;
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project."""
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(folder: Path) -> Scenario:
    (scenario,), problems = load_scenarios([folder], folder)
    assert [problem.render() for problem in problems] == []
    return scenario


def program(folder: Path, format_: str = "json") -> None:
    (folder / "job.py").write_text(f'env.execute_sql("""{SQL.replace("FORMAT", format_)}""")\n')


def test_a_job_becomes_a_pipeline_that_is_right(folder: Path, cli: Cli) -> None:
    program(folder)

    said = cli("init", "shop", "--job", "job.py")

    assert (said.status, said.err) == (0, "")
    assert said.out == (
        "wrote shop.pipeline.yaml\nwrote shop.scenario.yaml\n"
        "look for TODO in them, then: harness check, and harness run shop.scenario.yaml\n"
    )
    pipeline = loaded(folder).pipeline
    orders, totals = pipeline.sources["orders"], pipeline.sinks["totals"]
    assert (orders.address, orders.format, orders.key) == ("shop.orders", "json", ("order_id",))
    assert orders.event_time == "placed_at"
    assert {name: text.value for name, text in orders.columns.items()} == {
        "order_id": "text",
        "amount": "decimal(8, 2)",
        "placed_at": "timestamp_ltz",
    }
    assert (totals.address, totals.mode.value, totals.key) == ("shop.totals", "upsert", ("order_id",))
    text = (folder / "shop.pipeline.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=.harness/pipeline.schema.json\n")
    assert "  # TODO: `shown` uses the connector `print`, which is not set up here\n" in text


def test_the_schemas_are_where_the_first_lines_lead_to_and_take_the_files(folder: Path, cli: Cli) -> None:
    program(folder)

    cli("init", "shop", "--job", "job.py")

    for kind in ("pipeline", "scenario"):
        text = (folder / f"shop.{kind}.yaml").read_text()
        first = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        schema = Draft7Validator(json.loads((folder / first).read_text()))
        assert [error.message for error in schema.iter_errors(yaml_values.documents(text)[0])] == []


def test_the_first_scenario_sends_rows_that_its_fields_can_hold(folder: Path, cli: Cli) -> None:
    program(folder)

    cli("init", "shop", "--job", "job.py")

    assert (folder / "shop.scenario.yaml").read_text().split("when:\n")[1] == (
        "  - send: orders\n"
        "    rows: |\n"
        "      | order_id | placed_at | amount |\n"
        "      | o1       | T         | 1.00   |\n"
        "      | o2       | T+1s      | 2.00   |\n"
        "# What must be there when all is processed. Instead of a count, write `rows: |` and a\n"
        "# table of what you expect; `harness accept` puts into it what is there.\n"
        "then:\n"
        "  - {expect: totals, count: <at least 1>}\n"
    )


@pytest.mark.parametrize("format_", ["avro-confluent", "protobuf-confluent", "json-schema-confluent", "raw"])
def test_a_source_that_needs_a_schema_gets_a_first_one(folder: Path, cli: Cli, format_: str) -> None:
    program(folder, format_)

    said = cli("init", "shop", "--job", "job.py")

    assert said.status == 0
    source = loaded(folder).pipeline.sources["orders"]
    assert source.format == format_
    assert (source.schema is None) == (format_ == "raw")
    assert cli("check").status == 0


@pytest.mark.parametrize("name", ["card_transactions", "fixed_hosts", "card_system"])
def test_jobs_of_this_project_become_pipelines_that_are_right(folder: Path, cli: Cli, name: str) -> None:
    (folder / "job.py").write_text((PIPELINES / name / "job.py").read_text())

    said = cli("init", "card", "--job", "job.py")

    assert (said.status, said.err) == (0, "")
    assert cli("check").out == "1 scenario in 1 file, 1 pipeline: all right\n"
    assert cli("fmt", "--check").status == 0


def test_what_the_environment_of_a_job_gives_is_filled_in(folder: Path, cli: Cli) -> None:
    (folder / "job.py").write_text((PIPELINES / "card_transactions" / "job.py").read_text())

    cli("init", "card", "--job", "job.py")

    pipeline = loaded(folder).pipeline
    assert {name: text.value for name, text in pipeline.job.env.items()} == {
        "KAFKA_BROKERS": "${kafka.bootstrap_servers}",
        "AURORA_URL": "${postgres.jdbc_url}",
        "AURORA_USER": "${postgres.user}",
        "AURORA_PASSWORD": "${postgres.password}",
        "TOPIC": "${sources.transactions.name}",
    }
    assert pipeline.sources["transactions"].fresh
    assert pipeline.tables["card_limits"].address == "public.card_limits"
    assert list(pipeline.sinks) == ["transactions_by_card", "rejected"]


def test_a_sql_job_is_looked_at_too(folder: Path, cli: Cli) -> None:
    (folder / "job.sql").write_text(SQL.replace("FORMAT", "json"))

    said = cli("init", "shop", "--job", "job.sql")

    assert said.status == 0
    assert loaded(folder).pipeline.sinks["totals"].address == "shop.totals"
    assert "  sql: job.sql\n" in (folder / "shop.pipeline.yaml").read_text()


def test_nothing_is_overwritten_unless_that_is_asked_for(folder: Path, cli: Cli) -> None:
    program(folder)
    (folder / "shop.scenario.yaml").write_text("mine")

    refused = cli("init", "shop", "--job", "job.py")
    left = (folder / "shop.scenario.yaml").read_text(), (folder / "shop.pipeline.yaml").exists()
    forced = cli("init", "shop", "--job", "job.py", "--force")

    assert (refused.status, refused.err) == (
        4,
        "there is `shop.scenario.yaml` already\n  -> nothing was written; `--force` overwrites\n",
    )
    assert left == ("mine", False)
    assert forced.status == 0
    loaded(folder)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "the pipeline needs a name"),
        (("shop",), "there is nothing to look at"),
        (("../shop", "--job", "job.py"), "`../shop` is no name"),
        (("shop", "--topic", "a"), "`--topic` needs `--bootstrap`"),
        (("shop", "--table", "a"), "`--table` needs `--dsn`"),
        (("shop", "--job", "none.py"), "`none.py` cannot be read: no such file or directory"),
        (("shop", "--job", "broken.py"), "`broken.py` is no Python: "),
        (("shop", "--job", "job.jar"), "`job.jar` is no job that can be read"),
        (("shop", "--topic", "a=x", "--bootstrap", "127.0.0.1:1"), "`x` is no role"),
        (("shop", "--topic", "a", "--bootstrap", "h:1", "--registry", "x"), "`--registry` is no URL"),
        (("shop", "--table", "a", "--dsn", "x y"), "the DSN is none that Postgres knows"),
    ],
)
def test_what_says_too_little_is_told(
    folder: Path, cli: Cli, arguments: tuple[str, ...], message: str
) -> None:
    (folder / "broken.py").write_text("def (")
    (folder / "job.jar").write_bytes(b"PK")

    said = cli("init", *arguments)

    assert said.status == 4
    assert said.err.startswith(message)
    assert list(folder.glob("*.yaml")) == []


def test_a_database_that_is_not_there(folder: Path, cli: Cli) -> None:
    said = cli("init", "shop", "--table", "a", "--dsn", "postgresql://u:a-secret@127.0.0.1:1/db")

    assert said.status == 1
    assert said.err.startswith("Postgres does not take connections\n")
    assert "a-secret" not in said.err


def test_the_variables_of_a_sql_file_are_given_what_they_are_for(folder: Path, cli: Cli) -> None:
    shutil.copy(PIPELINES / "sql_orders" / "orders.sql", folder)

    said = cli("init", "shop", "--job", "orders.sql")

    pipeline = loaded(folder).pipeline
    given = {name: text.value for name, text in pipeline.job.env.items()}
    assert said.status == 0
    assert pipeline.sources["orders"].fresh
    assert given["ORDERS_TOPIC"] == "${sources.orders.name}"
    assert "TODO" not in given.values()
