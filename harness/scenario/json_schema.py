"""The language as JSON Schemas, which complete keys in editors and underline what cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from harness.codecs.schema import FORMATS as SCHEMA_FORMATS
from harness.scenario.language import expectations, pipeline, scenario, steps, yaml_values
from harness.scenario.language.choices import JOB_KINDS
from harness.scenario.language.keys import Key, Vocabulary
from harness.scenario.language.places import SYSTEMS
from harness.scenario.language.shapes import (
    Choice,
    Either,
    ListOf,
    MappingOf,
    NameOf,
    Nested,
    Places,
    Plain,
    Shape,
    Steps,
    Whole,
)
from harness.scenario.model import System
from harness.scenario.place_words import vocabulary_of
from harness.scenario.places.places import ROLES_OF, UPSERTS, Role

FILES = ("pipeline", "scenario")
DIALECT = "http://json-schema.org/draft-07/schema#"
Json: TypeAlias = dict[str, Any]

_TEXT: Json = {"type": ["string", "number", "boolean"]}
_FILLED: Json = {"type": "string", "pattern": r"\$\{"}
_PLAIN: Mapping[Plain, Json] = {
    Plain.TEXT: _TEXT,
    Plain.BOOLEAN: {"type": "boolean"},
    Plain.TRUE: {"const": True},
    Plain.DURATION: {
        "type": "string",
        "pattern": r"^\s*(\d+(\.\d+)?(ms|s|m|h|d))+\s*$",
        "errorMessage": "a duration is written `30s` or `1m30s`; units are ms, s, m, h, d",
    },
    Plain.INSTANT: {
        "type": "string",
        "pattern": r"^\s*(now|\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d:?\d\d|\]))\s*$",
        "errorMessage": "an instant has an offset, as in `2026-03-01T12:00:00Z`; or write `now`",
    },
    Plain.MOMENT: {"type": "string"},
    Plain.COUNT: {
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": r"^\s*(\d+|<.*>)\s*$"},
        ],
        "errorMessage": "a count is written `3`, `<between 3 and 5>`, `<at least 1>` or `<at most 5>`",
    },
    Plain.PATH: {"type": "string"},
    Plain.NUMBER: {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\s*\d"}]},
    Plain.CELL: {},
    Plain.ROWS: {
        "anyOf": [
            {"type": "string", "pattern": r"\|"},
            {"type": "array", "minItems": 1, "items": {"type": "object"}},
        ],
        "errorMessage": "rows are a table behind `|`, or a list with a mapping for each row",
    },
}


def schema_of(file: str) -> Json:
    """The JSON Schema of one kind of file: `pipeline` or `scenario`."""
    return _Definitions(filled=file == "scenario").root(
        pipeline.PIPELINE if file == "pipeline" else scenario.SCENARIO, f"A {file} file of flink-harness"
    )


def write_schemas(folder: Path) -> None:
    """Write `pipeline.schema.json` and `scenario.schema.json` into a folder, which is made if need be.

    Raises:
        OSError: They cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in FILES:
        (folder / f"{file}.schema.json").write_text(as_text(schema_of(file)), encoding="utf-8")


def as_text(schema: Json) -> str:
    """The schema as it stands in a file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _exactly_one(names: Iterable[str], message: str) -> Json:
    return {"oneOf": [{"required": [name]} for name in names], "errorMessage": message}


def _not_together(*pairs: Sequence[str]) -> Json:
    return {"not": {"anyOf": [{"required": list(pair)} for pair in pairs]}}


def _value(word: str) -> object:
    """A word as YAML reads it where it stands without quotes."""
    return yaml_values.documents(f"[{word}]")[0][0]


class _Definitions:
    """Makes the parts of one schema, each once."""

    def __init__(self, *, filled: bool) -> None:
        self._filled = filled  # whether `${column}` can stand anywhere
        self._made: Json = {}
        self._names: dict[int, str] = {}

    def root(self, words: Vocabulary, title: str) -> Json:
        """The whole schema."""
        body = self._mapping(words)
        return {"$schema": DIALECT, "title": title, **body, "definitions": self._made}

    def _refer(self, name: str, make: Callable[[], Json]) -> Json:
        if name not in self._made:
            self._made[name] = {}  # holds its place: definitions refer to each other
            self._made[name] = make()
        return {"$ref": f"#/definitions/{name}"}

    def _mapping(self, words: Vocabulary) -> Json:
        """A mapping with the keys of a vocabulary and no other."""
        body: Json = {
            "type": "object",
            "properties": {name: self._described(key) for name, key in words.keys.items()},
            "additionalProperties": False,
        }
        needed = [name for name, key in words.keys.items() if key.needed]
        if needed:
            body["required"] = needed
        return body | _RULES.get(words.what, dict)()

    def _described(self, key: Key) -> Json:
        body: Json = {"description": key.means, **self._shape(key.shape)}
        if "$ref" in body:
            # Whatever stands beside a reference is not read.
            body = {"description": key.means, "allOf": [{"$ref": body["$ref"]}]}
        if key.default is not None:
            body["default"] = _value(key.default)
        shown = yaml_values.documents(key.example)[0]
        if isinstance(shown, dict) and key.name in shown:
            body["examples"] = [shown[key.name]]
        return body

    def _shape(self, shape: Shape) -> Json:  # noqa: PLR0911  (one shape each)
        match shape:
            case Plain():
                return self._or_filled(_PLAIN[shape])
            case Choice():
                return self._or_filled(_choice(shape))
            case Whole():
                return self._or_filled({"type": "integer", "minimum": shape.least})
            case NameOf():
                return _TEXT
            case ListOf():
                item = self._shape(shape.of)
                several: Json = {"type": "array", "items": item}
                if not shape.or_one:
                    return several
                return {"anyOf": [item, {**several, "minItems": 1, "uniqueItems": True}]}
            case MappingOf():
                return {"type": "object", "additionalProperties": self._shape(shape.of)}
            case Nested():
                return self._nested(shape.words)
            case Either():
                return {"anyOf": [self._shape(one) for one in shape.shapes]}
            case Steps():
                return {"type": "array", "items": self._step(shape.verbs)}
            case Places():
                named: Json = {"pattern": r"^(?!(job|schema)$)[A-Za-z_][A-Za-z0-9_-]*$"}
                return {
                    "type": "object",
                    "propertyNames": named,
                    "additionalProperties": self._place(shape.role),
                }

    def _or_filled(self, body: Json) -> Json:
        """The shape, or where `examples` can fill it in, a text with `${...}`."""
        if not self._filled or not body or "string" in body.get("type", ()) or body.get("type") == "string":
            return body
        alternatives = body.get("anyOf", [{key: body[key] for key in body if key != "errorMessage"}])
        message = {"errorMessage": body["errorMessage"]} if "errorMessage" in body else {}
        return {"anyOf": [*alternatives, _FILLED], **message}

    def _nested(self, words: Vocabulary) -> Json:
        name = self._names.get(id(words))
        if name is None:
            # Two mappings may be called the same: a job alone and one of several.
            name = _slug(words.what)
            while name in self._made:
                name += "_"
            self._names[id(words)] = name
        return self._refer(name, lambda: self._mapping(words))

    def _place(self, role: str) -> Json:
        systems = [system for system in System if Role(role) in ROLES_OF.get(system, (Role(role),))]

        def make() -> Json:
            forms = [self._place_on(role, system) for system in systems]
            cases = [
                {"if": {"required": [system.value]}, "then": form}
                for system, form in zip(systems, forms, strict=True)
            ]
            names = [system.value for system in systems]
            one = _exactly_one(names, f"a {role} has one place: {', '.join(names)}")
            shown = {system.value: {"description": SYSTEMS[system].means} for system in systems}
            return {"type": "object", "properties": shown, **one, "allOf": cases}

        return self._refer(role, make)

    def _place_on(self, role: str, system: System) -> Json:
        def make() -> Json:
            body = self._mapping(vocabulary_of(role, system))
            rules: list[Json] = []
            if role == Role.SINK.value:
                unless: Json = {"required": ["mode"], "properties": {"mode": {"const": "append"}}}
                folded: Json = {
                    "required": ["mode"],
                    "properties": {"mode": {"enum": ["upsert", "changelog"]}},
                }
                condition = {"not": unless} if system in UPSERTS else folded
                rules.append({"if": condition, "then": {"required": ["key"]}})
            elif "schema" in body["properties"]:
                typed = {"required": ["format"], "properties": {"format": {"enum": list(SCHEMA_FORMATS)}}}
                rules.append({"if": typed, "then": {"required": ["schema"]}})
            return body | ({"allOf": rules} if rules else {})

        return self._refer(f"{role}_on_{system.value}", make)

    def _step(self, verbs: Sequence[str]) -> Json:
        mappings = [verb for verb in verbs if verb in steps.OF_VERB or verb == "expect"]
        alone = [word for word in steps.ALONE if word in verbs]

        def make() -> Json:
            forms = {
                verb: self._nested(steps.OF_VERB[verb]) if verb in steps.OF_VERB else self._expectation()
                for verb in mappings
            }
            means = {verb: steps.OF_VERB[verb].keys[verb].means for verb in mappings if verb in steps.OF_VERB}
            means["expect"] = "What must be true now."
            body: Json = {
                "type": "object",
                "properties": {verb: {"description": means[verb]} for verb in mappings},
                **_exactly_one(mappings, f"a step has one verb: {', '.join(mappings)}"),
                "allOf": [{"if": {"required": [verb]}, "then": form} for verb, form in forms.items()],
            }
            if not alone:
                return body
            return {"if": {"type": "string"}, "then": {"enum": alone}, "else": body}

        return self._refer("step_" + "_".join(verbs if len(verbs) < 4 else ["any"]), make)

    def _expectation(self) -> Json:
        def make() -> Json:
            job = {"required": ["expect"], "properties": {"expect": {"const": "job"}}}
            schema = {"required": ["expect"], "properties": {"expect": {"const": "schema"}}}
            several = {
                "anyOf": [
                    {"required": ["conserves"]},
                    {"required": ["expect"], "properties": {"expect": {"type": "array"}}},
                ]
            }
            return {
                "if": job,
                "then": self._nested(expectations.EXPECT_JOB),
                "else": {
                    "if": schema,
                    "then": self._nested(expectations.EXPECT_SCHEMA),
                    "else": {
                        "if": several,
                        "then": self._nested(expectations.EXPECT_CONSERVED),
                        "else": self._nested(expectations.EXPECT_SINK),
                    },
                },
            }

        return self._refer("expectation", make)


def _slug(what: str) -> str:
    words = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in what).split()
    return "_".join(word for word in words if word not in ("a", "an", "of", "the"))


def _choice(shape: Choice) -> Json:
    values = [_value(word) for word in shape.words]
    if any(isinstance(value, float) for value in values):
        # `1.20` without quotes is the number 1.2 to an editor, and the loader takes it as it is written.
        return {"anyOf": [{"enum": list(shape.words)}, {"type": "number"}]}
    return {"enum": values + [word.upper() for word in shape.words if shape.any_case]}


def _rules_of_job() -> Json:
    dependencies: Json = {
        key: {"required": [kinds[0]]}
        if len(kinds) == 1
        else {"anyOf": [{"required": [kind]} for kind in kinds]}
        for key, kinds in pipeline.ONLY_KINDS.items()
    }
    return {
        **_exactly_one(JOB_KINDS, f"a job is one thing: {', '.join(JOB_KINDS)}"),
        "dependencies": dependencies,
    }


def _rules_of_sink() -> Json:
    rows = [name for name in expectations.ROWS_OF if name not in ("rows", "file")]
    return {
        "anyOf": [{"required": [name]} for name in expectations.SAYING],
        "errorMessage": "an `expect` says something: rows, file, count or empty: true",
        **_not_together(
            ("rows", "file"),
            ("new_rows", "changes"),
            *((first, second) for first in ("rows", "file") for second in rows),
            *(("empty", name) for name in expectations.SAYING if name != "empty"),
        ),
    }


_RULES: Mapping[str, Callable[[], Json]] = {
    pipeline.PIPELINE.what: lambda: {
        **_exactly_one(("job", "jobs"), "a pipeline has `job` or `jobs`"),
        **_not_together(("jobs", "versions")),
    },
    pipeline.JOB.what: _rules_of_job,
    pipeline.KAFKA_SERVICE.what: lambda: {
        "dependencies": {
            "certificate": {"required": ["tls"], "properties": {"tls": {"enum": [True, "mutual"]}}}
        }
    },
    pipeline.POSTGRES_SERVICE.what: lambda: {
        "dependencies": {"user": ["password"], "password": ["user"]},
    },
    scenario.SCENARIO.what: lambda: _not_together(("phases", "when"), ("phases", "then")),
    scenario.PHASE.what: lambda: {"anyOf": [{"required": ["when"]}, {"required": ["then"]}]},
    **{
        words.what: lambda: {
            "oneOf": [{"required": ["rows"]}, {"required": ["file"]}],
            "errorMessage": "give `rows` or `file`",
        }
        for words in (steps.SEND, steps.PUT, steps.REMOVE)
    },
    expectations.EXPECT_SINK.what: _rules_of_sink,
    expectations.EXPECT_JOB.what: lambda: {
        "anyOf": [{"required": [name]} for name in expectations.SAYING_OF_JOB],
        "errorMessage": f"something is said about the job: {', '.join(expectations.SAYING_OF_JOB)}",
    },
    expectations.EXPECT_SCHEMA.what: lambda: {
        "anyOf": [{"required": ["version"]}, {"required": ["fields"]}],
        "errorMessage": "something is said about the schema: version or fields",
    },
}
"""What no single key says, by the mapping."""
