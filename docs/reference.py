"""Makes docs/reference.md from the language as the loader reads it.

python docs/reference.py [--check]
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from docs.key_examples import Example, examples, make_project  # noqa: E402
from harness.cli.main import COMMANDS  # noqa: E402
from harness.scenario import references  # noqa: E402
from harness.scenario.language import cells, choices, pipeline, places, steps  # noqa: E402
from harness.scenario.language.keys import Key  # noqa: E402
from harness.scenario.language.shapes import (  # noqa: E402
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
from harness.scenario.language.steps import VERBS  # noqa: E402
from harness.scenario.load import load_scenarios  # noqa: E402
from harness.scenario.model import System  # noqa: E402
from harness.scenario.place_words import SHOWN, vocabulary_of  # noqa: E402
from harness.scenario.places import column_types  # noqa: E402
from harness.scenario.places.places import ROLES_OF, Role  # noqa: E402
from harness.scenario.rows import columns, rowfile  # noqa: E402
from harness.scenario.runnable import hindrances  # noqa: E402
from harness.scenario.vocabulary import NOT_YET  # noqa: E402

TARGET = ROOT / "docs" / "reference.md"
TEMPLATE = ROOT / "docs" / "reference.in"
LATER = "*Not yet.*"
_SERVICES = (
    *(pipeline.SERVICES, pipeline.KAFKA_SERVICE, pipeline.REGISTRY_SERVICE),
    *(pipeline.POSTGRES_SERVICE, pipeline.AWS_SERVICE, pipeline.KINESIS_SERVICE),
)
_FORMATS = {
    "json": "JSON, a record each",
    "raw": "bytes without fields; the payload is `$value`",
    "avro-confluent": "Avro, its schema in the registry",
    "json-schema-confluent": "JSON with a JSON Schema in the registry",
    "protobuf-confluent": "Protobuf, its schema in the registry",
    "lines": "a row per line, only `$value`",
    "csv": "comma-separated values",
    "avro": "Avro without a registry",
    "parquet": "Parquet files",
    "orc": "ORC files",
    "protobuf": "Protobuf without a registry",
    "debezium-json": "changes as Debezium writes them, JSON",
    "debezium-avro-confluent": "changes as Debezium writes them, Avro with the registry",
    "canal-json": "changes as Canal writes them",
    "maxwell-json": "changes as Maxwell writes them",
    "ogg-json": "changes as Oracle GoldenGate writes them",
}


def reference() -> str:
    """The text of docs/reference.md."""
    with tempfile.TemporaryDirectory() as name:
        pages = _Pages(_Runs(Path(name)))
        lines = [pages.line(line) for line in TEMPLATE.read_text(encoding="utf-8").splitlines()]
    return "\n".join(lines) + "\n"


class _Runs:
    """Finds out what can be run, by asking about an example of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_project(folder)

    def can(self, example: Example) -> bool:
        """Whether the scenario of an example is read and can be run."""
        found, problems = load_scenarios([example.write(self._folder)], self._folder)
        return not problems and not any(hindrances(scenario) for scenario in found)

    def is_for_later(self, example: Example) -> bool:
        """Whether an example waits for a later version; one that lacks other keys beside it does not."""
        found, problems = load_scenarios([example.write(self._folder)], self._folder)
        return any(NOT_YET in problem.message for problem in problems) or any(map(hindrances, found))


class _Pages:
    """Fills the lines of the template that begin with `@`."""

    def __init__(self, runs: _Runs) -> None:
        self._runs = runs
        self._examples = list(examples())

    def line(self, line: str) -> str:
        if not line.startswith("@"):
            return line
        name, _, rest = line[1:].partition(" ")
        if name == "keys":
            return self._keys((rest,))
        make: dict[str, Callable[[], str]] = {
            "services": lambda: "",
            "references": _references,
            "systems": self._systems,
            "places": self._places,
            "formats": _formats,
            "types": _types,
            "steps": self._steps,
            "words": _words,
            "about": _about,
            "files": _files,
            "commands": _commands,
        }
        return make[name]()

    def _keys(self, sections: Sequence[str]) -> str:
        if tuple(sections) == ("services",):
            return "\n\n".join(
                f"{'' if words is pipeline.SERVICES else f'In {words.what}:' + chr(10) * 2}"
                f"{self._table([one for one in self._examples if one.section == words.what])}"
                for words in _SERVICES
            )
        found = [one for one in self._examples if one.section in sections]
        title = "" if sections[0] in ("a pipeline", "a job", "a scenario", "an `expect`") else sections[0]
        if sections[0] == "one of several jobs":
            title = "a job under `jobs`"
        heading = f"\nIn {title}:\n\n" if title else ""
        return heading + self._table(found)

    def _table(self, found: list[Example]) -> str:
        return _table(("key", "meaning", "value", "example"), [self._row(one) for one in found])

    def _row(self, example: Example) -> tuple[str, ...]:
        key = example.key
        means = key.means if self._runs.can(example) else f"{key.means} {LATER}"
        if key.needed and key.name not in VERBS:
            means = f"{means} Always needed."
        return (f"`{key.name}`", means, self._value(example), f"`{_one_line(key)}`")

    def _value(self, example: Example) -> str:
        key = example.key
        text = _described(key.shape)
        later = self._words_for_later(example) if self._runs.can(example) else []
        if key.name == "connectors":
            later = list(choices.LATER_CATALOGUE)
        if later:
            text += f" (not yet: {', '.join(f'`{word}`' for word in later)})"
        return f"{text}; `{key.default}` if left out" if key.default is not None else text

    def _words_for_later(self, example: Example) -> list[str]:
        """The words of a choice that cannot be run, though the key itself can."""
        choice = example.key.shape
        if not isinstance(choice, Choice) or not choice.words or example.key.name == "format":
            return []
        line = next(one for one in example.key.example.splitlines() if one.startswith(f"{example.key.name}:"))
        return [
            word
            for word in choice.words
            if self._runs.is_for_later(_instead(example, line, f"{example.key.name}: {word}"))
        ]

    def _systems(self) -> str:
        rows = []
        for system, key in places.SYSTEMS.items():
            roles = ROLES_OF.get(system, tuple(Role))
            example = self._of_place(roles[-1], system, key.name)
            means = key.means if self._runs.can(example) else f"{key.means} {LATER}"
            names = ", ".join(role.value for role in roles)
            rows.append((f"`{key.name}`", means, names, f"`{key.example}`"))
        return _table(("place", "meaning", "can be a", "example"), rows)

    def _of_place(self, role: Role, system: System, name: str) -> Example:
        what = vocabulary_of(role.value, system).what
        return next(one for one in self._examples if one.section == what and one.key.name == name)

    def _places(self) -> str:
        rows = []
        for name in dict.fromkeys((*places.KEYS, "key")):
            where = [
                (role, system)
                for role in Role
                for system in System
                if role in ROLES_OF.get(system, (role,)) and name in vocabulary_of(role.value, system).keys
            ]
            role, system = where[0]
            example = self._of_place(role, system, name)
            key = example.key
            means = key.means
            if name == "key":
                means = (
                    f"Source: {places.KEY_OF['source'].means} Table and sink: {places.KEY_OF['sink'].means}"
                )
            if not self._runs.can(example) and system is System.KAFKA:
                means = f"{means} {LATER}"
            roles = ", ".join(dict.fromkeys(f"{one.value}s" for one, _ in where))
            systems = {one for _, one in where}
            on = "" if len(systems) > 8 else f" on {', '.join(one.value for one in System if one in systems)}"
            value = "see [formats](#formats)" if name == "format" else self._value(example)
            rows.append((f"`{name}`", means, roles + on, value, f"`{_one_line(key)}`"))
        return _table(("key", "meaning", "of", "value", "example"), rows)

    def _steps(self) -> str:
        found = [
            (one, one.key.name if one.key.name == verb else f"{verb} ... {one.key.name}")
            for verb, words in steps.OF_VERB.items()
            for one in self._examples
            if one.section == words.what
        ]
        shown = {"rows", "file", "sheet", "blank", "repeat", "generate"}
        rows = [
            (f"`{name}`" if name != "settle" else "`settle: timers`", *self._row(one)[1:])
            for one, name in found
            if one.key.name not in shown or name.startswith("send")
        ]
        for one in self._examples:
            if one.key.name in steps.ONLY_WORDS and one.section.endswith("alone"):
                _, means, _, example = self._row(one)
                rows.append((example, means, "stands alone", example))
        table = _table(("step", "meaning", "value", "example"), rows)
        return f"{table}\n\n`put` and `remove` take the same options as `send`."


def _instead(example: Example, line: str, other: str) -> Example:
    return replace(
        example,
        pipeline=example.pipeline.replace(line, other),
        scenario=example.scenario.replace(line, other),
    )


def _described(shape: Shape) -> str:  # noqa: PLR0911
    match shape:
        case Plain():
            return shape.value
        case Choice():
            return _or([f"`{word}`" for word in shape.words]) or "nothing"
        case Whole():
            return f"a whole number from {shape.least}"
        case NameOf():
            article = "an" if shape.what[0] in "aeiou" else "a"
            other = f", or `{shape.other}`" if shape.other else ""
            return f"the name of {article} {shape.what}{other}"
        case ListOf():
            return (
                f"{_described(shape.of)}, or a list"
                if shape.or_one
                else f"a list; each item: {_described(shape.of)}"
            )
        case MappingOf():
            return f"for each {shape.names}: {_described(shape.of)}"
        case Nested():
            return "the keys below"
        case Either():
            return _or([_described(one) for one in shape.shapes])
        case Steps():
            return "a list of [steps](#steps)"
        case Places():
            return f"for each name: a {shape.role}"


def _or(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} or {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _one_line(key: Key) -> str:
    lines = key.example.splitlines()
    return lines[0] if len(lines) == 1 else "{" + ", ".join(lines) + "}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    rule = "|" + "---|" * len(head)
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in (head, *rows)]
    return "\n".join((lines[0], rule, *lines[1:])).replace("|  |", "| |")


def _references() -> str:
    names: dict[str, list[str]] = {}
    for name in (*references.SERVICES, *references.LATER):
        service, _, part = name.partition(".")
        names.setdefault(service, []).append(f"`{part}`")
    rows = [
        (f"`{service}.`", ", ".join(parts), LATER if f"{service}." in " ".join(references.LATER) else "")
        for service, parts in names.items()
    ]
    rows += [
        (f"`{role.value}s.NAME.`", "`name`", "the topic, stream, table, bucket or index") for role in Role
    ]
    return _table(("begins with", "parts", ""), rows)


def _formats() -> str:
    read = (*choices.FORMATS, *choices.LATER_FORMATS, *choices.FILE_FORMATS)
    rows = []
    for name in dict.fromkeys(read):
        where = []
        if name in (*choices.FORMATS, *choices.LATER_FORMATS):
            where.append("records")
        if name in choices.FILE_FORMATS:
            where.append("files")
        files = tuple(one for one in choices.FILE_FORMATS if one not in choices.LATER_FILE_FORMATS)
        later = "" if name in (*choices.FORMATS, *files) else f" {LATER}"
        rows.append((f"`{name}`", _FORMATS[name] + later, " and ".join(where)))
    return _table(("format", "meaning", "of"), rows)


def _types() -> str:
    return (
        f"{', '.join(f'`{name}`' for name in column_types.SHOWN)}. The same types have other names, too: "
        f"{', '.join(f'`{name}`' for name in column_types.NAMES if name not in column_types.SHOWN)}."
    )


def _words() -> str:
    rows = [(f"`{form.written}`", form.means, f"`{form.example}`") for form in cells.WORDS.values()]
    return _table(("word", "meaning", "example"), rows) + "\n\n`text`, `hex` and `base64` can also be sent."


def _about() -> str:
    rows = []
    for name, form in cells.ABOUT.items():
        where = [SHOWN[system] for system, names in columns.ABOUT.items() if name in names]
        rows.append((f"`{form.written}`", form.means if where else f"{form.means} {LATER}", ", ".join(where)))
    return _table(("name", "meaning", "on"), rows)


def _files() -> str:
    known = ", ".join(f"`{ending}`" for ending in rowfile.FORMATS)
    later = ", ".join(f"`{ending}`" for ending in getattr(rowfile, "LATER", ()))
    return (
        f"Endings: {known}{f'; not yet: {later}' if later else ''}. CSV is separated by `,`, `;` or tab, "
        'whichever its head has, in UTF-8. Marks are typed into a cell as in a table: `null`, `""`, `<any>`.'
    )


def _commands() -> str:
    rows = []
    for name in COMMANDS:
        command: click.Command = getattr(importlib.import_module(f"harness.cli.{name}"), name)
        own = [
            parameter
            for parameter in command.params
            if isinstance(parameter, click.Option) and parameter.help and parameter.metavar != "VALUE"
        ]
        options = "; ".join(f"`{option.opts[0]}` {option.help}" for option in own)
        rows.append((f"`harness {name}`", (command.help or "").splitlines()[0], options))
    return _table(("command", "what it does", "options"), rows)


def main() -> None:
    """Write the reference, or with `--check` tell whether it is as it should be."""
    os.chdir(ROOT)
    text = reference()
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text(encoding="utf-8") != text and "docs/reference.md is old: make docs")
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
