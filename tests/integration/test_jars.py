"""A script that names jars gets a cluster with these very jars, or is told why not."""

from __future__ import annotations

import shutil
import zipfile
from functools import partial
from pathlib import Path

import pytest

from harness.events import Progress
from harness.launch.artefacts import ensure
from harness.launch.lock_file import load_lock
from harness.launch.repository import choose_repository
from harness.result import Status
from harness.scenario.load import load_scenarios
from tests.integration.stage import JOBS, Stage

pytestmark = pytest.mark.integration

PIPELINE = """\
pipeline: words-with-jars
job:
  python: job.py
  args:
    - --brokers
    - ${kafka.bootstrap_servers}
    - --source
    - ${sources.words.name}
    - --target
    - ${sinks.copies.name}
  env: {JARS: "JARS_HERE"}
  connectors: [kafka, jdbc-postgres]
sources:
  words: {kafka: <fresh>, partitions: 2, format: json, columns: {id: int, word: text}}
sinks:
  copies: {kafka: <fresh>, format: json, columns: {id: int, word: text}, key: [id]}
"""
SCENARIO = """\
scenario: a word is copied
pipeline: words-with-jars
when: [{send: words, rows: [{id: 1, word: one}]}]
then: [{expect: copies, rows: [{id: 1, word: ONE}]}]
"""
NAMES_JARS = """\
    table_env.get_config().set("pipeline.jars", __import__("os").environ["JARS"])
    table_env.create_temporary_function("""


@pytest.fixture
def catalogue(stage: Stage) -> dict[str, Path]:
    settings = stage.session.settings
    locks = [load_lock("flink-1.20-kafka"), load_lock("kafka-4.3.1")]
    jars = ensure(locks, settings.cache, partial(choose_repository, settings.maven))
    return {jar.name: jar for jar in jars}


def run_with(stage: Stage, folder: Path, *jars: Path) -> tuple[Status, str, list[str]]:
    script = (JOBS / "copy_words.py").read_text()
    (folder / "job.py").write_text(script.replace("    table_env.create_temporary_function(", NAMES_JARS, 1))
    urls = ";".join(jar.as_uri() for jar in jars)
    (folder / "words.pipeline.yaml").write_text(PIPELINE.replace("JARS_HERE", urls))
    (folder / "words.scenario.yaml").write_text(SCENARIO)
    scenarios, problems = load_scenarios([folder], folder)
    assert not problems
    started: list[str] = []

    def listen(event: object) -> None:
        if isinstance(event, Progress) and event.phase == "starting":
            started.append(event.subject)

    result = stage.session.run(stage.session.plans(scenarios)[0], listen)
    return result.status, result.trouble.message if result.trouble else "", started


def test_a_jar_that_the_cluster_has_is_left_out_whatever_its_name(
    stage: Stage, tmp_path: Path, catalogue: dict[str, Path]
) -> None:
    same = tmp_path / "another-name.jar"
    connector = next(jar for name, jar in catalogue.items() if name.startswith("flink-connector-kafka"))
    shutil.copy(connector, same)
    run_with(stage, tmp_path)

    status, trouble, started = run_with(stage, tmp_path, same)

    assert (status, trouble) == (Status.PASSED, "")
    assert "flink" not in started


def test_another_jar_gets_a_cluster_of_its_own(stage: Stage, tmp_path: Path) -> None:
    jar = tmp_path / "mine.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("note.txt", "nothing else")

    first = run_with(stage, tmp_path, jar)
    second = run_with(stage, tmp_path, jar)

    assert first[:2] == second[:2] == (Status.PASSED, "")
    assert "flink" in first[2]
    assert "flink" not in second[2]


def test_a_connector_in_another_version_is_refused(
    stage: Stage, tmp_path: Path, catalogue: dict[str, Path]
) -> None:
    other = catalogue["kafka-clients-4.3.1.jar"]

    status, trouble, _ = run_with(stage, tmp_path, other)

    assert status is Status.ERROR
    assert (
        trouble == "kafka-clients-4.3.1.jar and kafka-clients-3.4.0.jar hold the same classes in two versions"
    )


def test_a_jar_that_clashes_with_flinks_own_is_loaded_apart_as_in_production(
    stage: Stage, tmp_path: Path
) -> None:
    uber = tmp_path / "uber.jar"
    with zipfile.ZipFile(uber, "w") as archive:
        # In the class path these bytes would break Flink, or Flink's would replace them.
        archive.writestr("org/apache/commons/lang3/StringUtils.class", b"not what Flink has")

    first = run_with(stage, tmp_path, uber)
    again = run_with(stage, tmp_path, uber)

    assert first[:2] == again[:2] == (Status.PASSED, "")
    assert "flink" not in again[2]
