from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.scenario import json_schema
from tests.cli.conftest import Cli


@pytest.mark.parametrize("file", json_schema.FILES)
def test_a_schema_is_printed(file: str, cli: Cli) -> None:
    said = cli("schema", file)

    assert said.status == 0
    assert json.loads(said.out) == json_schema.schema_of(file)


def test_without_a_name_it_is_the_one_of_scenarios(cli: Cli) -> None:
    assert cli("schema").out == cli("schema", "scenario").out


def test_both_are_written_where_a_modeline_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    monkeypatch.chdir(tmp_path)

    said = cli("schema", "--write")

    assert (said.status, said.out) == (
        0,
        "wrote .harness/pipeline.schema.json\nwrote .harness/scenario.schema.json\n",
    )
    for file in json_schema.FILES:
        written = (tmp_path / ".harness" / f"{file}.schema.json").read_text()
        assert json.loads(written) == json_schema.schema_of(file)


def test_another_folder_can_be_named(tmp_path: Path, cli: Cli) -> None:
    said = cli("schema", "--write", tmp_path / "schemas" / "new")

    assert said.status == 0
    assert len(list((tmp_path / "schemas" / "new").iterdir())) == 2


def test_a_folder_that_cannot_be_is_told(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "file").write_text("")

    said = cli("schema", "--write", tmp_path / "file" / "below")

    assert said.status == 4
    assert said.err.endswith("cannot be written: not a directory\n")


def test_an_unknown_file_is_told(cli: Cli) -> None:
    said = cli("schema", "scenarios")

    assert said.status == 4
    assert "'scenarios' is not one of 'pipeline', 'scenario'" in said.err
