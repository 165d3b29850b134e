from __future__ import annotations

from pathlib import Path

import pytest

from harness.environment import FlinkEndpoint, Grant, PostgresEndpoint
from harness.evidence import keep, masked
from harness.location import Location
from harness.scenario.model import Job, JobKind, Pipeline, Scenario

HERE = Location(Path("card.scenario.yaml"))
SCENARIO = Scenario(
    name="a card's limit",
    location=HERE,
    pipeline=Pipeline(
        name="card",
        location=HERE,
        flink=("1.20",),
        jobs={"job": Job(kind=JobKind.PYTHON, path="job.py", location=HERE)},
    ),
)


@pytest.fixture
def grant(tmp_path: Path) -> Grant:
    folder = tmp_path / "lease"
    folder.mkdir()
    return Grant(
        id="L1",
        folder=str(folder),
        data=str(folder),
        postgres=PostgresEndpoint(host="h", port=1, user="u", password="pa55word", database="d"),
        flink=FlinkEndpoint(
            layout="in-process",
            rest="",
            gateway_port=1,
            gateway_token="t0ken",
            version="1.20.3",
            jars=(),
            pyflink_bin="",
            environ={},
            python="python3",
            fork=True,
        ),
    )


def test_the_output_of_the_script_is_kept_without_secrets(grant: Grant, tmp_path: Path) -> None:
    (Path(grant.folder) / "script.out").write_text("connecting with pa55word and t0ken\n")

    (place,) = keep(grant, SCENARIO, tmp_path / "kept")

    (file,) = (tmp_path / "kept").glob("evidence/*/script.out")
    assert file.parent.name == Path(place).name == "card-a-card-s-limit"
    assert file.read_text() == "connecting with *** and ***\n"


def test_nothing_is_kept_of_a_script_that_said_nothing(grant: Grant, tmp_path: Path) -> None:
    (Path(grant.folder) / "script.out").write_text("")

    assert keep(grant, SCENARIO, tmp_path / "kept") == ()


def test_secrets_are_masked_in_texts(grant: Grant) -> None:
    assert masked("user u, password pa55word", grant.secrets) == "user u, password ***"


def test_what_is_kept_of_one_version_does_not_replace_that_of_the_other(grant: Grant, tmp_path: Path) -> None:
    (Path(grant.folder) / "script.out").write_text("said\n")

    places = [keep(grant, SCENARIO, tmp_path / "kept", mark)[0] for mark in ("[1.20]", "[2.2]")]

    assert [Path(place).name for place in places] == ["card-a-card-s-limit-1-20", "card-a-card-s-limit-2-2"]
    assert len(list((tmp_path / "kept").glob("evidence/*/script.out"))) == 2
