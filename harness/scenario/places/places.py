"""`sources`, `tables` and `sinks`: where a job reads, looks up and writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from harness.codecs import changelog
from harness.codecs.format_options import FormatOptions
from harness.codecs.paths import split_path
from harness.codecs.record_fields import field_at
from harness.codecs.time_patterns import looks_like_pattern
from harness.codecs.types import TypeNameError, parse_type, with_times
from harness.rows import Cell
from harness.scenario import vocabulary
from harness.scenario.language.choices import SYSTEMS, TIMES
from harness.scenario.language.keys import Vocabulary
from harness.scenario.model import Mode, Place, System, Text
from harness.scenario.place_words import vocabulary_of
from harness.scenario.places import addresses, column_types, place_format, place_schema
from harness.scenario.problems import Problems
from harness.scenario.rows import rowlist
from harness.scenario.rows.cells import Cells
from harness.scenario.yaml.nodes import MapNode, Node, Scalar, kind
from harness.scenario.yaml.reader import Fields

RESERVED = ("job", "schema")
UPSERTS = (System.POSTGRES, System.OPENSEARCH, System.DYNAMODB)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Role(Enum):
    """What a place is to the job."""

    SOURCE = "source"
    TABLE = "table"
    SINK = "sink"


ROLES_OF = {System.PRINT: (Role.SINK,), System.MEMORY: (Role.SOURCE, Role.SINK)}
"""The systems that cannot be everything."""


@dataclass(slots=True)
class Places:
    """The places of a pipeline, also those that cannot be used, so that nobody calls them unknown.

    Attributes:
        roles: Every name that is given, with what it is.
        good: The places that could be read.
        complete: All names were read; until then an unknown name is no problem.
    """

    roles: dict[str, Role] = field(default_factory=dict)
    good: dict[str, Place] = field(default_factory=dict)
    complete: bool = False

    def of(self, role: Role) -> Mapping[str, Place]:
        """The readable places of one role."""
        return {name: place for name, place in self.good.items() if self.roles[name] is role}

    def names(self, *roles: Role) -> tuple[str, ...]:
        """The names of these roles."""
        return tuple(name for name, role in self.roles.items() if role in roles)


def read(pipeline: Fields, folder: Path, places: Places) -> None:
    """Put the places of a pipeline into `places`; what is wrong with them is noted."""
    problems = pipeline.problems
    for section, role in (("sources", Role.SOURCE), ("tables", Role.TABLE), ("sinks", Role.SINK)):
        for key, node in pipeline.entries(section):
            name = key.text
            if name in RESERVED:
                problems.add(key.location, f"`{name}` is reserved and cannot name a {role.value}")
            elif not _NAME.fullmatch(name):
                problems.add(key.location, f"`{name}` is no name", "a name is letters, digits, `_` and `-`")
            elif name in places.roles:
                problems.add(
                    key.location,
                    f"`{name}` names a {places.roles[name].value} already",
                    "sources, tables and sinks share one name space",
                )
            else:
                places.roles[name] = role
                place = _read_place(name, role, node, key, folder, problems)
                if place:
                    places.good[name] = place
    places.complete = True


def _read_place(
    name: str, role: Role, node: Node, key: Scalar, folder: Path, problems: Problems
) -> Place | None:
    if not isinstance(node, MapNode):
        problems.add(
            node.location,
            f"a {role.value} is a mapping, not {kind(node)}",
            f"as in `{name}: {{kafka: <fresh>}}`",
        )
        return None
    before = len(problems)
    system = _system_of(name, role, node, problems)
    if system is None:
        return None
    words = vocabulary_of(role.value, system)
    fields = Fields(node, words, problems)
    cells = Cells(problems)
    format_ = place_format.read_format(fields) if "format" in words.keys else None
    mode = _read_mode(fields, role, system, format_)
    writes = role is not Role.SINK
    needed = place_format.needs_schema(format_, system, writes=writes)
    schema = place_schema.read(fields, format_, folder, needed=needed) if format_ else None
    key_format = place_format.read_key_format(fields, writes=writes) if "key_format" in words.keys else None
    place = Place(
        name=name,
        system=system,
        address=addresses.read(fields, system) or "",
        location=key.location,
        format=format_,
        columns=_read_columns(fields) if "columns" in words.keys else {},
        times=_read_times(fields) if "times" in words.keys else {},
        key=tuple(text.value for text in fields.names("key")),
        event_time=fields.text("event_time") if role is Role.SOURCE else None,
        partitions=_read_partitions(fields) if "partitions" in words.keys else 1,
        mode=mode,
        dead_letter=(role is Role.SINK and fields.boolean("dead_letter")) or False,
        isolation=_choice(fields, words, "isolation") or "read_committed",
        delivery=_choice(fields, words, "delivery") or "exactly_once",
        ignore=_read_row(fields, "ignore", cells) if role is Role.SINK else {},
        heartbeat=_read_row(fields, "heartbeat", cells) if role is Role.SOURCE else {},
        key_format=key_format,
        partitioned_by=_read_path_columns(fields) if "partitioned_by" in words.keys else (),
        schema=schema,
        key_schema=place_format.read_key_schema(fields, key_format, folder, writes=writes),
        options=place_format.read_options(fields, format_, schema, writes=writes)
        if format_
        else FormatOptions(),
    )
    if role is Role.TABLE and format_ in changelog.FORMATS:
        hint = "make it a source, and send its changes with `$op`"
        problems.add(fields.where("format"), f"a table holds rows, and {format_} is of changes", hint)
    _check_patterns(place, problems)
    if mode is not Mode.APPEND and "key" not in fields:
        sink = "an upsert sink" if mode is Mode.UPSERT else "a changelog sink"
        what = "a table" if role is Role.TABLE else sink
        problems.add(key.location, f"{what} needs `key`", "the fields that identify a row, as in `key: [id]`")
    return place if len(problems) == before else None


def _system_of(name: str, role: Role, node: MapNode, problems: Problems) -> System | None:
    given = [key for key in node.entries if key in SYSTEMS]
    if len(given) > 1:
        where = node.entries[given[1]].key.location
        problems.add(
            where, f"`{name}` is in two places, `{given[0]}` and `{given[1]}`", "leave one of them out"
        )
        return None
    if not given:
        hints = (vocabulary.suggest(key, SYSTEMS) for key in node.entries)
        near = next((hint for hint in hints if hint.startswith("did you")), None)
        others = ", ".join(f"`{system}`" for system in SYSTEMS[1:])
        hint = near or f"as in `{SYSTEMS[0]}: {name}`; the others are {others}"
        problems.add(node.location, f"the {role.value} `{name}` needs a place", hint)
        return None
    system = System(given[0])
    if role not in ROLES_OF.get(system, (role,)):
        where = node.entries[given[0]].key.location
        wanted = " or ".join(other.value for other in ROLES_OF[system])
        problems.add(where, f"`{given[0]}` can be a {wanted}, and `{name}` is a {role.value}")
        return None
    return system


def _read_partitions(fields: Fields) -> int:
    return fields.integer("partitions", least=1) or 1


def _read_path_columns(fields: Fields) -> tuple[str, ...]:
    return tuple(text.value for text in fields.names("partitioned_by"))


def _read_mode(fields: Fields, role: Role, system: System, format_: str | None) -> Mode:
    if role is Role.TABLE:
        return Mode.UPSERT
    if role is Role.SOURCE:
        return Mode.APPEND
    word = fields.choice("mode")
    if word == Mode.CHANGELOG.value and format_ is not None and format_ not in changelog.FORMATS:
        formats = ", ".join(f"`{name}`" for name in changelog.FORMATS)
        message = "`mode: changelog` needs a format of changes"
        fields.problems.add(fields.where("mode"), message, f"these are: {formats}")
    if word:
        return Mode(word)
    if format_ in changelog.FORMATS:
        return Mode.CHANGELOG
    return Mode.UPSERT if system in UPSERTS else Mode.APPEND


def _choice(fields: Fields, words: Vocabulary, key: str) -> str | None:
    return fields.choice(key) if key in words.keys else None


def _read_columns(fields: Fields) -> dict[str, Text]:
    types = fields.named_texts("columns")
    for text in types.values():
        if column_types.is_later(text.value):
            fields.problems.add(text.location, vocabulary.not_yet(text.value))
        elif not column_types.is_known(text.value):
            fields.problems.add(text.location, f"`{text.value}` is no type", column_types.hint(text.value))
    return types


def _read_times(fields: Fields) -> dict[str, Text]:
    times = fields.named_texts("times")
    for text in times.values():
        if text.value not in TIMES:
            if looks_like_pattern(text.value):
                continue  # see _check_patterns
            hint = vocabulary.suggest(text.value, TIMES, what="encodings")
            fields.problems.add(text.location, f"`{text.value}` is no encoding of times", hint)
    return times


def _check_patterns(place: Place, problems: Problems) -> None:
    """Note patterns of times that are none, or that the type of their field cannot hold."""
    for name, text in place.times.items():
        if not looks_like_pattern(text.value):
            continue
        base = None
        if place.schema is not None:
            record = place.schema.schema.record
            base = field_at(record, (name,)) or field_at(record, split_path(name))
        elif name in place.columns and column_types.is_known(place.columns[name].value):
            base = parse_type(place.columns[name].value)
        try:
            with_times(base, text.value)
        except TypeNameError as error:
            problems.add(text.location, error.message, error.hint)


def _read_row(fields: Fields, name: str, cells: Cells) -> dict[str, Cell]:
    return {key.text: rowlist.read_cell(node, cells) for key, node in fields.entries(name)}
