"""The REST API as Confluent documents it: answers, codes, and what the Python client does not call."""

from __future__ import annotations

import base64
import json

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.timestamp_pb2 import DESCRIPTOR as TIMESTAMP

from tests.registry.conftest import Api


def record(*names: str, name: str = "R", default: object = None) -> str:
    more = {} if default is None else {"default": default}
    fields = [{"name": n, "type": "int", **(more if i else {})} for i, n in enumerate(names)]
    return json.dumps({"type": "record", "name": name, "fields": fields})


PROTO = 'syntax = "proto3";\npackage q;\n\nmessage Q {\n  string a = 1;\n}\n'


def code(answer: tuple[int, dict[str, object]]) -> tuple[int, object]:
    return answer[0], answer[1]["error_code"]


def test_deletes_are_soft_then_permanent(api: Api) -> None:
    api.register("s", record("a"))

    assert code(api.delete("/subjects/nope")) == (404, 40401)
    assert code(api.delete("/subjects/s?permanent=true")) == (404, 40405)
    assert api.delete("/subjects/s") == (200, [1])
    assert code(api.get("/subjects/s/versions")) == (404, 40401)
    assert api.get("/subjects/s/versions?deleted=true") == (200, [1])
    assert api.delete("/subjects/s?permanent=true") == (200, [1])
    assert code(api.get("/subjects/s/versions?deleted=true")) == (404, 40401)


def test_a_soft_deleted_subject_cannot_be_soft_deleted_again(api: Api) -> None:
    api.register("s", record("a"))
    api.delete("/subjects/s")

    assert code(api.delete("/subjects/s")) == (404, 40404)


def test_versions_are_deleted_one_by_one(api: Api) -> None:
    api.register("s", record("a"))
    api.register("s", record("a", "b", default=0))

    assert code(api.delete("/subjects/s/versions/9")) == (404, 40402)
    assert code(api.delete("/subjects/s/versions/1?permanent=true")) == (404, 40407)
    assert api.delete("/subjects/s/versions/1") == (200, 1)
    assert api.get("/subjects/s/versions") == (200, [2])
    assert api.delete("/subjects/s/versions/1?permanent=true") == (200, 1)
    assert api.get("/subjects/s/versions?deleted=true") == (200, [2])


def test_a_soft_deleted_version_cannot_be_soft_deleted_again(api: Api) -> None:
    api.register("s", record("a"))
    api.register("s", record("a", "b", default=0))
    api.delete("/subjects/s/versions/1")

    assert code(api.delete("/subjects/s/versions/1")) == (404, 40406)


@pytest.mark.parametrize("version", ["0", "-2", "x"])
def test_a_version_that_is_none_is_refused(api: Api, version: str) -> None:
    api.register("s", record("a"))

    assert code(api.get(f"/subjects/s/versions/{version}")) == (422, 42202)


def test_the_bare_schema_is_served(api: Api) -> None:
    made = api.register("s", record("a"))

    assert api.get("/subjects/s/versions/latest/schema")[1]["name"] == "R"
    assert api.get(f"/schemas/ids/{made}/schema")[1]["name"] == "R"


def test_an_unknown_level_is_refused(api: Api) -> None:
    assert code(api.put("/config", {"compatibility": "SIDEWAYS"})) == (422, 42203)


def test_an_unknown_mode_is_refused(api: Api) -> None:
    assert code(api.put("/mode", {"mode": "SLEEP"})) == (422, 42204)


def test_defaults_hold_for_a_subject_without_its_own(api: Api) -> None:
    api.register("s", record("a"))
    api.put("/config", {"compatibility": "FULL"})

    assert api.get("/config/s?defaultToGlobal=true")[1]["compatibilityLevel"] == "FULL"
    assert api.get("/mode/s?defaultToGlobal=true") == (200, {"mode": "READWRITE"})


def test_an_import_keeps_id_and_version(api: Api) -> None:
    assert api.put("/mode/s", {"mode": "IMPORT"})[0] == 200

    status, made = api.post("/subjects/s/versions", {"schema": record("a"), "id": 777, "version": 5})

    assert (status, made["id"]) == (200, 777)
    assert api.get("/subjects/s/versions") == (200, [5])
    taken = api.post("/subjects/s/versions", {"schema": record("b"), "id": 777, "version": 6})
    assert code(taken) == (422, 42207)


def test_an_id_is_given_in_an_import_only(api: Api) -> None:
    assert code(api.post("/subjects/s/versions", {"schema": record("a"), "id": 777})) == (422, 42205)


def test_an_import_needs_an_empty_subject(api: Api) -> None:
    api.register("s", record("a"))

    assert code(api.put("/mode/s", {"mode": "IMPORT"})) == (422, 42205)
    assert api.put("/mode/s?force=true", {"mode": "IMPORT"}) == (200, {"mode": "IMPORT"})


def test_verbose_checks_say_what_is_wrong(api: Api) -> None:
    api.register("s", record("a"))

    body = {"schema": record("a", "b")}
    status, said = api.post("/compatibility/subjects/s/versions/latest?verbose=true", body)

    assert (status, said["is_compatible"]) == (200, False)
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in said["messages"][0]
    assert code(api.post("/compatibility/subjects/s/versions/9", body)) == (404, 40402)


def test_metadata_and_rules_come_back(api: Api) -> None:
    metadata = {"properties": {"owner": "us"}}
    rules = {
        "domainRules": [{"name": "r", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": "true"}]
    }
    api.register("s", record("a"), metadata=metadata, ruleSet=rules)

    shown = api.get("/subjects/s/versions/1")[1]

    assert (shown["metadata"], shown["ruleSet"]) == (metadata, rules)


def test_a_type_that_does_not_exist_is_refused(api: Api) -> None:
    body = {"schema": "x", "schemaType": "THRIFT"}

    assert code(api.post("/subjects/s/versions", body)) == (422, 42201)


def test_json_schemas_are_compared(api: Api) -> None:
    old = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    new = {**old, "properties": {"a": {"type": "integer"}}}
    api.register("s", json.dumps(old), schemaType="JSON")

    assert code(api.post("/subjects/s/versions", {"schema": json.dumps(new), "schemaType": "JSON"})) == (
        409,
        409,
    )
    assert api.get("/subjects/s/versions/1")[1]["schemaType"] == "JSON"


def test_protobuf_texts_are_compared(api: Api) -> None:
    api.register("s", PROTO, schemaType="PROTOBUF")

    body = {"schema": PROTO.replace("string", "int64"), "schemaType": "PROTOBUF"}
    assert code(api.post("/subjects/s/versions", body)) == (409, 409)


def test_protobuf_is_given_out_serialized(api: Api) -> None:
    made = api.register("s", PROTO, schemaType="PROTOBUF")

    shown = api.get(f"/schemas/ids/{made}?format=serialized")[1]

    file = FileDescriptorProto.FromString(base64.b64decode(shown["schema"]))
    assert [(m.name, m.field[0].name) for m in file.message_type] == [("Q", "a")]


def test_protobuf_is_taken_serialized(api: Api) -> None:
    file = FileDescriptorProto.FromString(TIMESTAMP.serialized_pb)
    sent = base64.b64encode(file.SerializeToString()).decode()

    api.register("s", sent, schemaType="PROTOBUF")

    assert "message Timestamp {" in api.get("/subjects/s/versions/1")[1]["schema"]


def test_a_serialized_file_and_its_text_are_one_schema(api: Api) -> None:
    made = api.register("s", PROTO, schemaType="PROTOBUF")
    serialized = api.get(f"/schemas/ids/{made}?format=serialized")[1]["schema"]

    assert api.register("t", serialized, schemaType="PROTOBUF") == made


def test_protobuf_references_are_imports(api: Api) -> None:
    api.register("q.proto", PROTO, schemaType="PROTOBUF")
    holder = 'syntax = "proto3";\npackage h;\nimport "q.proto";\nmessage H { q.Q q = 1; }\n'
    references = [{"name": "q.proto", "subject": "q.proto", "version": 1}]

    made = api.register("h-value", holder, schemaType="PROTOBUF", references=references)

    assert api.get(f"/schemas/ids/{made}")[1]["references"] == references


def test_normalized_schemas_are_one(api: Api) -> None:
    loose = '{"type":"record","name":"R","namespace":"n","fields":[{"type":{"type":"int"},"name":"a"}]}'
    full = '{"name": "n.R", "type": "record", "fields": [{"name": "a", "type": "int"}]}'
    status, made = api.post("/subjects/s/versions?normalize=true", {"schema": loose})
    assert status == 200

    assert api.post("/subjects/t/versions?normalize=true", {"schema": full})[1]["id"] == made["id"]


def test_contexts_have_their_own_ids(own_api: Api) -> None:
    own_api.register("s", record("a"))

    made = own_api.register(":.other:s", record("b"))

    assert made == 1
    assert own_api.get("/contexts") == (200, [".", ".other"])
    assert own_api.get("/subjects") == (200, ["s", ":.other:s"])
    assert own_api.get("/contexts/.other/subjects") == (200, [":.other:s"])
    assert own_api.get("/schemas/ids/1?subject=:.other:s")[1]["schema"] == (
        '{"type":"record","name":"R","fields":[{"name":"b","type":"int"}]}'
    )


def test_all_schemas_are_listed(own_api: Api) -> None:
    own_api.register("s", record("a"))
    own_api.register("s", record("a", "b", default=0))
    own_api.register("other", record("a"))

    def listed(query: str) -> list[tuple[str, int]]:
        return [(one["subject"], one["version"]) for one in own_api.get(f"/schemas{query}")[1]]

    assert listed("") == [("other", 1), ("s", 1), ("s", 2)]
    assert listed("?latestOnly=true&subjectPrefix=s") == [("s", 2)]
    assert listed("?offset=1&limit=1") == [("s", 1)]


def test_the_highest_id_is_told(own_api: Api) -> None:
    own_api.register("s", record("a"))
    own_api.register("t", record("b"))

    assert own_api.get("/schemas/ids/1?fetchMaxId=true")[1]["maxId"] == 2


def test_a_registry_that_may_only_be_read(own_api: Api) -> None:
    own_api.register("s", record("a"))
    own_api.put("/mode", {"mode": "READONLY_OVERRIDE"})

    assert code(own_api.post("/subjects/t/versions", {"schema": record("b")})) == (422, 42205)
    assert code(own_api.delete("/subjects/s")) == (422, 42205)
    assert code(own_api.put("/config", {"compatibility": "NONE"})) == (422, 42205)


def test_only_schemas_of_the_same_group_are_compared(own_api: Api) -> None:
    own_api.put("/config", {"compatibility": "BACKWARD", "compatibilityGroup": "major"})
    own_api.register("s", record("a"), metadata={"properties": {"major": "1"}})

    own_api.register("s", record("z"), metadata={"properties": {"major": "2"}})

    body = {"schema": record("y"), "metadata": {"properties": {"major": "2"}}}
    assert code(own_api.post("/subjects/s/versions", body)) == (409, 409)


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/nowhere", None, (404, 404)),
        ("GET", "/associations/resources/-/topic", None, (404, 404)),
        ("PATCH", "/subjects", None, (405, 405)),
        ("POST", "/subjects/s/versions", [], (422, 422)),
        ("POST", "/subjects/s/versions", {}, (422, 42201)),
        ("POST", "/subjects/s/versions", {"schema": ""}, (422, 42201)),
        ("POST", "/subjects/s/versions", {"schema": '"int"', "id": "x"}, (422, 422)),
        ("POST", "/subjects/s/versions", {"schema": '"int"', "references": [1]}, (422, 422)),
        ("POST", "/subjects/__GLOBAL/versions", {"schema": '"int"'}, (422, 42208)),
        ("POST", "/subjects/s/versions", {"schema": "[" * 100_000}, (422, 42201)),
        ("POST", "/subjects/s/versions", {"schema": "message " * 9, "schemaType": "PROTOBUF"}, (422, 42201)),
        ("POST", "/subjects/s/versions", {"schema": '{"$ref": "#/x"}', "schemaType": "JSON"}, (422, 42201)),
        ("GET", "/schemas/ids/x", None, (404, 404)),
        ("GET", "/subjects?limit=x", None, (400, 400)),
    ],
)
def test_whatever_comes_gets_a_code(
    own_api: Api, method: str, path: str, body: object, expected: tuple[int, int]
) -> None:
    assert code(own_api.ask(method, path, body)) == expected


def test_a_body_that_is_no_json_is_refused(own_api: Api) -> None:
    answer = own_api.session.post(f"{own_api.endpoint.internal}/subjects/s/versions", data=b"{", timeout=20)

    assert (answer.status_code, answer.json()["error_code"]) == (400, 400)
    assert answer.headers["Content-Type"] == "application/vnd.schemaregistry.v1+json"


def test_the_root_is_an_empty_object(own_api: Api) -> None:
    assert own_api.get("/") == (200, {})
    assert own_api.get("/v1/metadata/id")[0] == 200
    assert own_api.get("/v1/metadata/version")[1]["version"]


def test_a_body_may_come_in_chunks(own_api: Api) -> None:
    body = json.dumps({"schema": record("a")}).encode()

    url = f"{own_api.endpoint.internal}/subjects/s/versions"
    answer = own_api.session.post(url, data=iter([body[:9], body[9:]]), timeout=20)

    assert (answer.status_code, answer.json()["id"]) == (200, 1)
