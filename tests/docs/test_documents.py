"""Every command and every YAML example of the documents is run."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli.main import COMMANDS as COMMAND_NAMES
from harness.cli.main import status_of
from harness.doctor.checkup import CHECKS
from harness.keeper.address import KeeperAddress
from harness.keeper.client import LazyKeeper
from harness.keeper.found import find_keepers
from harness.keeper.identity import OF_A_RUN
from harness.report import failure_text
from harness.result import Kind, Status
from harness.scenario.load import load_scenarios
from harness.session import Session
from harness.settings import OPTIONS, load_settings
from tests.conftest import Harness
from tests.process.kept import Keepers

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CARD = ROOT / "fixtures" / "pipelines" / "card_transactions"
FENCE = re.compile(r"^```(\w*)[ \t]*(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PIPELINE_FILES = {
    "job.py": "",
    "tables.sql": "CREATE TABLE public.customers (customer text PRIMARY KEY, name text);\n"
    "CREATE TABLE public.totals (customer text PRIMARY KEY, name text, amount numeric(8, 2));\n",
}
FORMAT_FILES = {
    "job.py": "",
    "event.proto": 'syntax = "proto3"; package roo; '
    "message WebEvent { string user_id = 1; string page = 2; }",
    "order.avsc": '{"type": "record", "name": "shop.Order", "fields": '
    '[{"name": "id", "type": "int"}, {"name": "address", "type": "Address"}]}',
    "where.avsc": '{"type": "record", "name": "shop.Address", '
    '"fields": [{"name": "city", "type": "string"}]}',
    "order_key.avsc": '{"type": "record", "name": "Key", "fields": [{"name": "id", "type": "int"}]}',
}


def blocks(language: str) -> Iterator[tuple[Path, str, str]]:
    for document in DOCUMENTS:
        for found, title, body in FENCE.findall(document.read_text()):
            if found == language:
                yield document, title, body


def example(document: Path, title: str) -> str:
    return next(body for file, name, body in blocks("yaml") if file == document and name == title)


def test_the_two_files_of_the_reference_are_right(tmp_path: Path) -> None:
    reference = ROOT / "docs" / "reference.md"
    (tmp_path / "orders.pipeline.yaml").write_text(example(reference, "pipeline"))
    (tmp_path / "orders.scenario.yaml").write_text(example(reference, "scenario"))
    for name, text in PIPELINE_FILES.items():
        (tmp_path / name).write_text(text)

    scenarios, problems = load_scenarios([tmp_path], tmp_path)

    assert [p.render() for p in problems] == []
    assert len(scenarios) == 1


def test_the_formats_of_the_document_are_right(tmp_path: Path) -> None:
    document = ROOT / "docs" / "formats.md"
    (tmp_path / "shop.pipeline.yaml").write_text(example(document, "pipeline"))
    (tmp_path / "shop.scenario.yaml").write_text(example(document, "scenario"))
    for name, text in FORMAT_FILES.items():
        (tmp_path / name).write_text(text)

    scenarios, problems = load_scenarios([tmp_path], tmp_path)

    assert [p.render() for p in problems] == []
    assert len(scenarios) == 1


def test_the_package_of_the_document_is_right(tmp_path: Path) -> None:
    document = ROOT / "docs" / "managed-flink.md"
    (tmp_path / "card.pipeline.yaml").write_text(example(document, "package"))
    (tmp_path / "card.scenario.yaml").write_text(
        "scenario: one is stored\npipeline: card\n"
        "when: [{send: transactions, rows: "
        "[{card_id: c1, occurred_at: T, transaction_id: t, amount: 1.00, status: approved}]}]\n"
        "then: [{expect: transactions_by_card, count: 1}]\n"
    )
    shutil.copy(CARD / "aurora.sql", tmp_path)
    shutil.copy(CARD.parent / "card_system" / "transaction.avsc", tmp_path)
    (tmp_path / "target").mkdir()
    with zipfile.ZipFile(tmp_path / "target" / "card.zip", "w") as package:
        for name in ("job.py", "lib/uber.jar", "ssl_utils/client.py"):
            package.writestr(name, "")

    scenarios, problems = load_scenarios([tmp_path], tmp_path)

    assert [p.render() for p in problems] == []
    assert len(scenarios) == 1


def test_every_yaml_example_is_known_to_a_test() -> None:
    known = {
        ("README.md", ""),
        ("first-scenario.md", "first"),
        ("first-scenario.md", "more"),
        ("reference.md", "pipeline"),
        ("reference.md", "scenario"),
        ("managed-flink.md", "package"),
        ("formats.md", "pipeline"),
        ("formats.md", "scenario"),
    }

    assert {(file.name, title) for file, title, _ in blocks("yaml")} == known


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(CARD, tmp_path / "card")
    (tmp_path / "harness.toml").write_text("")
    (tmp_path / "declined.scenario.yaml").write_text(example(ROOT / "README.md", ""))
    return tmp_path


@pytest.fixture
def session(project: Path) -> Iterator[Session]:
    keeper = LazyKeeper(KeeperAddress.from_environment() or KeeperAddress.new(), project, {})
    yield Session(load_settings(project), keeper)
    keeper.stop()


def test_the_scenario_of_the_readme_passes(project: Path, session: Session) -> None:
    (scenario,), _ = load_scenarios([project], project)

    result = session.run(session.plans([scenario])[0], lambda _event: None)

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def test_a_changed_amount_fails_as_the_readme_shows(
    project: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project / "declined.scenario.yaml"
    head, _, then = file.read_text().partition("then:")
    file.write_text(f"{head}then:{then.replace('12.50', '13.50')}")
    (scenario,), _ = load_scenarios([project], project)
    monkeypatch.chdir(project)

    result = session.run(session.plans([scenario])[0], lambda _event: None)

    assert result.status is Status.FAILED
    assert [row.kind for failure in result.failures for row in failure.rows] == [Kind.CHANGED]
    shown = next(body for _, _, body in blocks("text") if body.startswith("FAILED"))
    assert failure_text(result, colour=False).startswith(shown.rstrip("\n"))


COMMANDS = re.compile(r"`harness (\w+)")


def test_every_command_that_is_named_exists(capsys: pytest.CaptureFixture[str]) -> None:
    named = {word for document in DOCUMENTS for word in COMMANDS.findall(document.read_text())}

    for command in sorted(named):
        assert status_of([command, "--help"]) == 0, command
    assert named >= set(COMMAND_NAMES)


def test_the_commands_of_the_environment_run_one_after_the_other(
    project: Path, keepers: Keepers, harness: Harness
) -> None:
    """The fixture `keepers` gives them a TMPDIR of their own."""
    body = next(body for file, _, body in blocks("console") if file.name == "environment.md")
    said = {}
    for line in body.splitlines():
        done = harness(*line.split()[1:], cwd=project)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        said[line] = done.stdout

    assert said["harness run"].splitlines()[-1].startswith("1 passed in ")
    assert said["harness leases"] == "no leases\n"
    assert said["harness down"].splitlines()[-1].startswith("keeper ")
    assert str(keepers.place) not in said["harness gc --dry-run"]
    assert find_keepers() == []


def test_the_setting_of_the_environment_is_right(tmp_path: Path) -> None:
    body = next(
        body for file, title, body in blocks("toml") if (file.name, title) == ("environment.md", "settings")
    )
    (tmp_path / "pyproject.toml").write_text(body)

    assert load_settings(tmp_path, environ={}).keep == 600


def test_the_settings_that_make_another_environment_are_named() -> None:
    text = (ROOT / "docs" / "environment.md").read_text()

    assert {name for name in OPTIONS if name not in OF_A_RUN and f"`{name}`" not in text} == set()


@pytest.mark.parametrize("line", [line for _, _, body in blocks("sh") for line in body.splitlines() if line])
def test_every_make_target_that_is_named_exists(line: str) -> None:
    command, target, *_ = line.split()

    assert command == "make"
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_doctor_says_what_the_environment_shows(
    project: Path, keepers: Keepers, harness: Harness
) -> None:
    home = keepers.place / "jdk8"
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        f"#!/bin/sh\ncat >&2 <<END\n    java.home = {home}\n    java.version = 1.8.0_402\n"
        "    java.vm.version = 25.402-b06\nEND\n"
    )
    java.chmod(0o755)
    shown = next(body for _, _, body in blocks("text") if body.startswith("problem java"))

    done = harness("doctor", cwd=project, environ={**os.environ, "HARNESS_JAVA": str(home)})

    assert done.returncode == 1
    assert shown.replace("/opt/jdk8", str(home)) in done.stdout


def test_every_check_of_the_doctor_is_listed() -> None:
    section = (ROOT / "docs" / "environment.md").read_text().partition("## What `harness doctor`")[2]

    assert re.findall(r"^\| ([a-z ]+) \|", section, re.MULTILINE) == ["check", *(c.name for c in CHECKS)]
