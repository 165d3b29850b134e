from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from harness.launch.flink_python import made
from tests.cli.conftest import Cli


def test_a_plan_says_what_would_be_done(project: Path, cli: Cli) -> None:
    said = cli("plan", "-m", "smoke")

    token = r"[0-9a-f]{8}"
    assert said.status == 0
    lines = said.out.splitlines()
    expected = [
        re.escape("words are copied  (words.scenario.yaml:1:1)"),
        re.escape("  pipeline  copy  (jobs/copy.pipeline.yaml)"),
        re.escape("  flink     1.20, connectors kafka, jdbc-postgres"),
        re.escape(f"  job       jobs/copy_words.py with {sys.executable}"),
        rf"  kafka     words-{token}, 2 partition\(s\), fresh name",
        rf"  kafka     copies-{token}, 1 partition\(s\), fresh name",
        re.escape("  send      words  (words.scenario.yaml:5:5)"),
        re.escape("  expect    copies  (words.scenario.yaml:8:6)"),
        re.escape("  timeout   60 s"),
    ]
    assert len(lines) == len(expected)
    assert [
        line for line, pattern in zip(lines, expected, strict=True) if not re.fullmatch(pattern, line)
    ] == []


def test_a_literal_name_is_held_alone(project: Path, cli: Cli) -> None:
    text = (project / "words.scenario.yaml").read_text().replace("pipeline: copy", "pipeline: copy-literal")
    (project / "words.scenario.yaml").write_text(text)

    said = cli("plan", "-m", "smoke")

    assert "  kafka     words.literal, 2 partition(s), literal name, held alone\n" in said.out


def test_a_setting_from_a_flag_is_in_the_plan(project: Path, cli: Cli) -> None:
    said = cli("plan", "--timeout", "90s")

    assert said.out.count("  timeout   90 s\n") == 2


def test_a_plan_of_wrong_files_is_refused(project: Path, cli: Cli) -> None:
    (project / "wrong.scenario.yaml").write_text("scenario: x\n")

    said = cli("plan")

    assert (said.status, said.out) == (4, "")
    assert said.err.startswith("wrong.scenario.yaml:1:1: ")


def test_a_plan_of_nothing(project: Path, cli: Cli) -> None:
    assert cli("plan", "-k", "no such words").status == 5


def test_a_plan_says_how_services_are_secured_and_where_they_are(project: Path, cli: Cli) -> None:
    pipeline = project / "jobs" / "copy.pipeline.yaml"
    pipeline.write_text(
        pipeline.read_text() + "services:\n"
        "  kafka: {tls: mutual, sasl: scram-sha-512, certificate: expired}\n"
        "  schema_registry: {tls: true, auth: basic}\n"
        "hosts: {kafka:9092: kafka, registry:8081: schema_registry}\n"
    )

    said = cli("plan", "-m", "smoke")

    assert (
        "  kafka     TLS with a certificate of the client, login by scram-sha-512, "
        "a certificate that is expired\n"
        "  kafka     at kafka:9092, held alone\n"
        "  registry  empty, compatibility BACKWARD\n"
        "  registry  TLS, login by basic\n"
        "  registry  at registry:8081, held alone\n"
    ) in said.out


def test_a_pipeline_of_two_versions_is_planned_for_both_and_for_the_one_that_is_asked_for(
    project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", "/cache")
    monkeypatch.setenv("HARNESS_PYTHON_1_20", "/opt/flink-1.20/bin/python")
    pipeline = project / "jobs" / "copy.pipeline.yaml"
    pipeline.write_text(pipeline.read_text() + 'flink: ["1.20", "2.2"]\n')

    lines = cli("plan", "-m", "smoke").out.splitlines()
    of_one = cli("plan", "-m", "smoke", "--flink", "2.2").out.splitlines()

    told = [line for line in lines if line.startswith(("words", "  flink", "  job"))]
    assert told == [
        "words are copied[1.20]  (words.scenario.yaml:1:1)",
        "  flink     1.20, connectors kafka, jdbc-postgres",
        "  job       jobs/copy_words.py with /opt/flink-1.20/bin/python",
        "words are copied[2.2]  (words.scenario.yaml:1:1)",
        "  flink     2.2, connectors kafka, jdbc-postgres",
        f"  job       jobs/copy_words.py with {made('2.2', Path('/cache'))}",
    ]
    assert [line for line in of_one if line.startswith(("words", "  flink", "  job"))] == told[3:]


def test_a_version_that_no_pipeline_names_leaves_nothing(project: Path, cli: Cli) -> None:
    said = cli("plan", "--flink", "2.2")

    assert said.status == 5
    assert said.err == (
        "none of the selected scenarios runs on Flink 2.2\n"
        '  -> a pipeline names its versions, as in `flink: ["1.20", "2.2"]`\n'
    )
