"""The JSON Schemas: right files are taken, and what a schema can see of a wrong one is refused.

Most wrong files are wrong in what names, cells and other files mean, and no schema sees that.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from harness.scenario import json_schema
from harness.scenario.language import yaml_values

ROOT = Path(__file__).parents[3]
BAD = ROOT / "tests" / "bad"
RIGHT = sorted(
    path
    for folder in ("scenarios", "fixtures", "tests/integration", "tests/examples")
    for path in (ROOT / folder).rglob("*.yaml")
    if path.name.endswith((".pipeline.yaml", ".scenario.yaml"))
)
REFUSED = [
    line
    for line in (Path(__file__).with_name("refused_by_schemas.txt")).read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.fixture(scope="module")
def validators() -> dict[str, Any]:
    return {file: Draft7Validator(json_schema.schema_of(file)) for file in json_schema.FILES}


def kind(path: Path) -> str:
    return "pipeline" if ".pipeline." in path.name else "scenario"


def problems(validator: Any, path: Path) -> Iterator[str]:
    for document in yaml_values.documents(path.read_text(encoding="utf-8")):
        for error in validator.iter_errors(document):
            yield f"{error.json_path}: {error.message}"


def problems_of(validator: Any, text: str) -> list[str]:
    (document,) = yaml_values.documents(text)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


@pytest.mark.parametrize("file", json_schema.FILES)
def test_the_schemas_are_schemas(file: str) -> None:
    Draft7Validator.check_schema(json_schema.schema_of(file))


@pytest.mark.parametrize("file", json_schema.FILES)
def test_the_schemas_refer_to_nothing_outside(file: str) -> None:
    schema = json_schema.schema_of(file)

    text = json_schema.as_text(schema).replace(json_schema.DIALECT, "")
    assert "$id" not in text
    assert "://" not in text


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.name)
def test_a_right_file_is_taken(path: Path, validators: dict[str, Any]) -> None:
    assert list(problems(validators[kind(path)], path)) == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_file_is_refused_where_its_structure_is_wrong(name: str, validators: dict[str, Any]) -> None:
    path = BAD / f"{name}.yaml"

    assert list(problems(validators[kind(path)], path)) != []


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{send: a, put: b, rows: [{id: 1}]}", "'put' was unexpected"),
        ("{rows: [{id: 1}]}", "is not valid under any of the given schemas"),
        ("{cut: a, by: 1s}", "'by' was unexpected"),
        ("{kill: jobmanger}", "'jobmanger' is not valid under any"),
        ("setle", "'setle' is not one of ['settle', 'end_of_input']"),
        ("{slow: a, by: 200}", "200 is not of type 'string'"),
        ("{start: a, parallelism: 0}", "0 is not valid under any of the given schemas"),
        ("{expect: a}", "is not valid under any of the given schemas"),
        ("{expect: a, count: 1, restarts: 0}", "'restarts' was unexpected"),
        ("{expect: job, empty: true}", "'empty' was unexpected"),
        ("{expect: [a, b]}", "'conserves' is a required property"),
        ("{expect: a, empty: true, count: 1}", "should not be valid under"),
        ("{expect: a, match: exactly, rows: [{id: 1}]}", "'exactly' is not valid under any"),
    ],
)
def test_a_wrong_step_is_told_by_its_own_verb(step: str, message: str, validators: dict[str, Any]) -> None:
    found = problems_of(validators["scenario"], f"scenario: a\npipeline: b\nwhen:\n  - {step}\n")

    assert message in " ".join(found)


@pytest.mark.parametrize("word", ["send", "put", "settle"])
def test_only_expectations_stand_in_then(word: str, validators: dict[str, Any]) -> None:
    text = f"scenario: a\npipeline: b\nthen: [{{{word}: a, rows: [{{id: 1}}]}}]\n"

    assert problems_of(validators["scenario"], text)


@pytest.mark.parametrize("value", ["3", "<between 3 and 5>", '"${stored}"'])
def test_a_count_is_a_number_a_range_or_filled_in(value: str, validators: dict[str, Any]) -> None:
    text = f"scenario: a\npipeline: b\nthen: [{{expect: s, count: {value}}}]\n"

    assert problems_of(validators["scenario"], text) == []


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("{kafka: a, postgres: b, format: json}", "'postgres' was unexpected"),
        ("{format: json}", "is not valid under any of the given schemas"),
        ("{kafka: a}", "'format' is a required property"),
        ("{kafka: a, format: avro-confluent}", "'schema' is a required property"),
        ("{kafka: a, format: json, mode: upsert}", "'mode' was unexpected"),
        ("{kafka: a, format: jsno}", "'jsno' is not one of"),
        ("{print: stdout}", "is not valid under any of the given schemas"),
    ],
)
def test_a_wrong_source_is_told_by_its_own_system(
    place: str, message: str, validators: dict[str, Any]
) -> None:
    found = problems_of(
        validators["pipeline"], f"pipeline: a\njob: {{python: a.py}}\nsources: {{s: {place}}}\n"
    )

    assert message in " ".join(found)


@pytest.mark.parametrize("version", ['"1.20"', "1.20", '["1.20", "2.2"]'])
def test_a_version_may_stand_without_quotes(version: str, validators: dict[str, Any]) -> None:
    text = f"pipeline: a\nflink: {version}\njob: {{python: a.py}}\n"

    assert problems_of(validators["pipeline"], text) == []


def test_a_version_that_there_is_none_of_is_refused(validators: dict[str, Any]) -> None:
    text = 'pipeline: a\nflink: "1.2"\njob: {python: a.py}\n'

    assert problems_of(validators["pipeline"], text)


def test_every_key_tells_what_it_means() -> None:
    def undescribed(schema: Any, path: str = "") -> Iterator[str]:
        if isinstance(schema, list):
            for item in schema:
                yield from undescribed(item, path)
        elif isinstance(schema, dict):
            shown = "additionalProperties" in schema
            for name, body in schema.get("properties", {}).items() if shown else ():
                if not body.get("description"):
                    yield f"{path}.{name}"
            for name, body in schema.items():
                yield from undescribed(body, f"{path}.{name}")

    for file in json_schema.FILES:
        assert list(undescribed(json_schema.schema_of(file))) == []


def test_values_are_read_as_editors_read_them() -> None:
    text = "{a: 2026-03-01, b: 12:30, c: no, d: 007, e: 1e3, f: null, g: true, h: -1.50}"

    assert yaml_values.documents(text) == [
        {"a": "2026-03-01", "b": "12:30", "c": "no", "d": 7, "e": 1000.0, "f": None, "g": True, "h": -1.5}
    ]


def test_the_schemas_are_written_beside_the_files(tmp_path: Path) -> None:
    json_schema.write_schemas(tmp_path / "project" / ".harness")

    written = sorted(path.name for path in (tmp_path / "project" / ".harness").iterdir())
    assert written == ["pipeline.schema.json", "scenario.schema.json"]
