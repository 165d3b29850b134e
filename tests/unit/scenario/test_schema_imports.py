"""What a schema file refers to is found beside it, and told where it is not or is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.codecs.schema import codec_of
from harness.scenario import pipeline
from harness.scenario.model import Place

ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [{"name": "id", "type": "int"}, {"name": "to", "type": "Address"}],
}
ADDRESS = {
    "type": "record",
    "name": "Address",
    "namespace": "shop",
    "fields": [{"name": "city", "type": "string"}, {"name": "kind", "type": ["null", "geo.Kind"]}],
}
KIND = {"type": "enum", "name": "geo.Kind", "symbols": ["HOME", "WORK"]}
VALUE = {"id": 1, "to": {"city": "Ulm", "kind": "HOME"}}


class Project:
    """A pipeline with one source, and files beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "job.py").write_text("")

    def put(self, **files: object) -> None:
        for name, content in files.items():
            path = self.folder / f"{name}.avsc"
            path.write_text(content if isinstance(content, str) else json.dumps(content))

    def read(self, format_: str = "avro", schema: str = "order.avsc") -> tuple[Place | None, list[str]]:
        file = self.folder / "x.pipeline.yaml"
        file.write_text(
            "pipeline: x\njob: {python: job.py}\n"
            f"sources:\n  x: {{kafka: x, format: {format_}, schema: {schema}}}\n"
        )
        found = pipeline.read(file)
        problems = [f"{p.location.path.name}:{p.location.line}: {p.message}" for p in found.problems]
        return (found.pipeline.sources["x"] if found.pipeline else None), problems


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_names_are_found_in_the_files_beside_whatever_they_are_called(project: Project) -> None:
    project.put(order=ORDER, b=ADDRESS, a=KIND, broken="{", other=[1])

    place, problems = project.read()

    assert problems == []
    assert place is not None
    assert place.schema is not None
    (address,) = place.schema.schema.imports
    assert (address.name, [one.name for one in address.imports]) == ("shop.Address", ["geo.Kind"])
    codec = codec_of(place.schema.schema)
    assert codec.decode(codec.encode(VALUE)) == VALUE


def test_a_name_that_no_file_describes_is_told(project: Project) -> None:
    project.put(order=ORDER, kind=KIND)

    assert project.read()[1] == ["order.avsc:1: `Address` is no type"]


def test_a_name_that_two_files_describe_is_told(project: Project) -> None:
    project.put(order=ORDER, a=ADDRESS, b=ADDRESS, kind=KIND)

    assert project.read()[1] == ["order.avsc:1: `shop.Address` is described by a.avsc and b.avsc"]


def test_of_two_files_the_one_with_the_name_is_meant(project: Project) -> None:
    project.put(order=ORDER, a=ADDRESS, kind=KIND, **{"shop.Address": ADDRESS})

    assert project.read()[1] == []


def test_files_that_refer_to_each_other_are_told(project: Project) -> None:
    back = {**ADDRESS, "fields": [{"name": "order", "type": ["null", "Order"]}]}
    project.put(order=ORDER, address=back)

    assert project.read()[1] == ["address.avsc:1: order.avsc and address.avsc refer to each other"]


def test_what_is_wrong_in_such_a_file_is_told_there(project: Project) -> None:
    wrong = json.dumps({**ADDRESS, "fields": [{"name": "city", "type": "text"}]}, indent=1)
    project.put(order=ORDER, address=wrong)

    (problem,) = project.read()[1]

    assert problem == f"address.avsc:{1 + wrong[: wrong.index('text')].count(chr(10))}: `text` is no type"


def test_protobuf_files_are_found_below_the_root_of_their_imports(project: Project) -> None:
    folder = project.folder / "shop" / "v1"
    folder.mkdir(parents=True)
    (folder / "order.proto").write_text(
        'syntax = "proto3"; package shop; import "shop/v1/address.proto"; import "kind.proto"; '
        "message Order { int32 id = 1; Address to = 2; Kind kind = 3; }"
    )
    (folder / "address.proto").write_text(
        'syntax = "proto3"; package shop; import "kind.proto"; '
        "message Address { string city = 1; Kind kind = 2; }"
    )
    (folder / "kind.proto").write_text('syntax = "proto3"; package shop; enum Kind { HOME = 0; WORK = 1; }')

    place, problems = project.read("protobuf", "shop/v1/order.proto")

    assert problems == []
    assert place is not None
    assert place.schema is not None
    codec = codec_of(place.schema.schema, plain=True)
    value = {"id": 1, "to": {"city": "Ulm", "kind": "WORK"}, "kind": "HOME"}
    assert codec.decode(codec.encode(value)) == value


@pytest.mark.parametrize("name", ["gone.proto", "../order.proto", "/etc/passwd", "", "order.proto"])
def test_imports_that_cannot_be_are_told(project: Project, name: str) -> None:
    (project.folder / "order.proto").write_text(f'syntax = "proto3"; import "{name}"; message A {{}}')

    (problem,) = project.read("protobuf", "order.proto")[1]

    assert problem.startswith("order.proto:1: ")
