"""A job's own text to the places that it reads and writes, and to what it wants to be told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.errors import SettingsError
from harness.location import shown
from harness.scaffold import ddl, flink_types, python_texts
from harness.scaffold.ddl import Ddl, DdlTable
from harness.scaffold.found import NO_EVENT_TIME, FoundJob, FoundPlace, place_name
from harness.scaffold.python_texts import UNKNOWN, PythonTexts, input_in
from harness.scenario.model import System
from harness.scenario.places.places import Role

SET_UP = ("json", "raw", "avro-confluent", "json-schema-confluent", "protobuf-confluent")
"""The formats whose places a job's own text says enough about."""
_KAFKA = ("kafka", "upsert-kafka")
_TO_TIME = re.compile(r"TO_TIMESTAMP(_LTZ)?\s*\(\s*`?(\w+)`?\s*(?:,\s*(\d))?", re.IGNORECASE)
_EPOCHS = {None: "epoch_ms", "0": "epoch_s", "3": "epoch_ms", "6": "epoch_us"}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""What a SQL file is given from outside."""
_OWN = frozenset({"HOME", "PATH", "PYTHONPATH", "TZ", "LANG", "PWD", "USER", "TMPDIR", "JAVA_HOME"})
_HINTS = (
    (r"REGISTRY", "${schema_registry.url}"),
    (r"BOOTSTRAP|BROKER|KAFKA_(?:SERVERS?|HOSTS?|URL)", "${kafka.bootstrap_servers}"),
    (r"PASS(?:WORD)?\b|SECRET", "${postgres.password}"),
    (r"USER(?:NAME)?\b", "${postgres.user}"),
    (r"JDBC|(?:POSTGRES|PG|AURORA|DATABASE|DB)\w*_UR[LI]", "${postgres.jdbc_url}"),
)
_SECTIONS = {Role.SOURCE: "sources", Role.TABLE: "tables", Role.SINK: "sinks"}
TODO = "TODO"


def look_at(path: Path) -> tuple[FoundJob, tuple[FoundPlace, ...]]:
    """The job in a file, and its places.

    Raises:
        SettingsError: The file cannot be read, or is of a kind that says nothing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8"
        raise SettingsError(f"`{shown(path)}` cannot be read: {reason.lower()}") from None
    if path.suffix == ".py":
        try:
            texts = python_texts.read(text)
        except (SyntaxError, ValueError) as error:
            raise SettingsError(f"`{shown(path)}` is no Python: {error}") from None
        sql = ddl.read(texts.sql)
        written = sql.written | texts.inserted
        places = [*_places(sql, written), *_of_builders(texts)]
        inputs = (*(f"env:{name}" for name in texts.variables if name not in _OWN), *texts.options)
        given = _given(inputs, sql, places)
        env = {name[4:]: value for name, value in given.items() if name.startswith("env:")}
        args = tuple(text for option in texts.options for text in (option, given[option]))
        return _job("python", path, sql, env=env, args=args), tuple(places)
    if path.suffix == ".sql":
        sql = ddl.read(_VARIABLE.sub(r"${env:\1}", text))
        places = _places(sql, sql.written)
        given = _given([f"env:{name}" for name in dict.fromkeys(_VARIABLE.findall(text))], sql, places)
        env = {name[4:]: value for name, value in given.items()}
        return _job("sql", path, sql, env=env, args=()), tuple(places)
    hint = "a `.py` or `.sql` file; of a jar, give its topics and tables"
    raise SettingsError(f"`{shown(path)}` is no job that can be read", hint=hint)


def _job(kind: str, path: Path, sql: Ddl, *, env: Mapping[str, str], args: tuple[str, ...]) -> FoundJob:
    options = [table.options for table in sql.tables.values()]
    connectors = []
    if not options or any(one.get("connector") in _KAFKA for one in options):
        connectors.append("kafka")
    if any(one.get("connector") == "jdbc" for one in options):
        connectors.append("jdbc-postgres")
    if any("avro-confluent" in (one.get("format"), one.get("value.format")) for one in options):
        connectors.append("avro-confluent")
    todo = [
        f"`{name}` uses the connector `{table.options['connector']}`, which is not set up here"
        if "connector" in table.options
        else f"the options of `{name}` are put together by the program: name its topic or table"
        for name, table in sql.tables.items()
        if table.options.get("connector") not in (*_KAFKA, "jdbc")
    ]
    todo += [
        f"`{name}` has the format `{_format(table)}`, which is not set up here"
        for name, table in sql.tables.items()
        if table.options.get("connector") in _KAFKA and _format(table) not in SET_UP
    ]
    todo += [f"say what `{name}` is" for name, value in env.items() if value == TODO]
    todo += [f"say what comes behind `{args[n - 1]}`" for n, text in enumerate(args) if text == TODO]
    return FoundJob(
        kind=kind, path=path.name, args=args, env=env, connectors=tuple(connectors), todo=tuple(todo)
    )


def _places(sql: Ddl, written: Iterable[str]) -> list[FoundPlace]:
    found = []
    for name, table in sql.tables.items():
        connector = table.options.get("connector")
        role = Role.SINK if name in written else Role.SOURCE
        if connector in _KAFKA and _format(table) in SET_UP:
            found.append(_topic(table, Role.TABLE if name in sql.looked_up else role))
        elif connector == "jdbc":
            found.append(_jdbc(table, role if role is Role.SINK else Role.TABLE))
    return found


def _topic(table: DdlTable, role: Role) -> FoundPlace:
    topic = table.options.get("topic", UNKNOWN)
    columns = flink_types.columns_of(table.columns)
    event_time, times = _event_time(table)
    key = table.key or tuple(filter(None, re.split(r"[;,]\s*", table.options.get("key.fields", ""))))
    is_raw = _format(table) == "raw"
    needs_time = role is Role.SOURCE and not event_time and not is_raw
    todo = [NO_EVENT_TIME] if needs_time else []
    if UNKNOWN in topic:
        todo.append(f"put the name of its topic in the place of `{table.name}`")
    return FoundPlace(
        name=table.name,
        role=role,
        system=System.KAFKA,
        address=None if input_in(topic) else table.name if UNKNOWN in topic else topic,
        format=_format(table),
        columns={} if is_raw else {n: t for n, t in columns.items() if n not in times},
        types={} if is_raw else flink_types.types_of(columns),
        times=times,
        key=() if is_raw else key,
        event_time=event_time,
        upsert=table.options["connector"] == "upsert-kafka",
        todo=tuple(todo),
    )


def _event_time(table: DdlTable) -> tuple[str | None, dict[str, str]]:
    """The field of the record that the watermark follows, and how it is encoded."""
    column = table.watermark
    if column is None:
        return None, {}
    if column in table.metadata:
        return "$at", {}
    found = _TO_TIME.search(table.computed.get(column, ""))
    if found is None:
        return (column, {}) if column in table.columns else (None, {})
    field = found[2]
    is_number = (flink_types.type_name(table.columns.get(field, "")) or "") in ("int", "bigint")
    return field, {field: _EPOCHS.get(found[3], "epoch_ms")} if is_number else {}


def _jdbc(table: DdlTable, role: Role) -> FoundPlace:
    address = table.options.get("table-name", table.name)
    known = UNKNOWN not in address and input_in(address) is None
    address = address if known else table.name
    address = address if "." in address else f"public.{address}"
    columns = flink_types.columns_of(table.columns)
    key = table.key or tuple(columns)[:1]
    todo = [] if table.key else [f"the job names no key; is it `{key[0]}`?"] if key else ["name its key"]
    return FoundPlace(
        name=table.name,
        role=role,
        system=System.POSTGRES,
        address=address,
        types=flink_types.types_of(columns),
        key=key,
        ddl="-- TODO: as the job declares it; the real table may say more\n"
        + flink_types.postgres_ddl(address, columns, key),
        todo=tuple(todo),
    )


def _of_builders(texts: PythonTexts) -> list[FoundPlace]:
    """The topics of a program that makes its sources and sinks without SQL."""
    found = []
    for role, topics in ((Role.SOURCE, texts.reads), (Role.SINK, texts.writes)):
        for topic in dict.fromkeys(topics):
            variable = input_in(topic)
            outside = variable is not None or UNKNOWN in topic
            name = place_name(_word(variable or role.value).lower() if outside else topic)
            todo = ["say how bytes become fields (`format`)"]
            if UNKNOWN in topic:
                todo.append(f"put the name of its topic in the place of `{name}`")
            found.append(
                FoundPlace(
                    name=name,
                    role=role,
                    system=System.KAFKA,
                    address=None if variable else name if UNKNOWN in topic else topic,
                    todo=tuple(todo),
                )
            )
    return found


def _given(inputs: Iterable[str], sql: Ddl, places: Iterable[FoundPlace]) -> dict[str, str]:
    """What each variable and option is given: by what it is used for, else by its name."""
    by_name = {place.name: place for place in places}
    known: dict[str, str] = {}
    for table in sql.tables.values():
        for option, text in table.options.items():
            name = input_in(text)
            value = _of_option(option, table, by_name.get(table.name)) if name else None
            if name and value:
                known.setdefault(name, value)
    for place in by_name.values():
        for name in inputs:
            if place.address is None and place_name(_word(name).lower()) == place.name:
                known[name] = _name_of(place)
    return {name: known.get(name) or _guess(_word(name), by_name.values()) for name in inputs}


def _word(name: str) -> str:
    return name.removeprefix("env:").strip("-").replace("-", "_")


def _of_option(option: str, table: DdlTable, place: FoundPlace | None) -> str | None:
    if option == "topic":
        return _name_of(place) if place else None
    if option == "properties.bootstrap.servers":
        return "${kafka.bootstrap_servers}"
    if table.options.get("connector") == "jdbc":
        words = {"url": "jdbc_url", "username": "user", "password": "password"}
        return f"${{postgres.{words[option]}}}" if option in words else None
    return (
        "${schema_registry.url}" if option.endswith(("schema-registry.url", "avro-confluent.url")) else None
    )


def _guess(name: str, places: Iterable[FoundPlace]) -> str:
    word = name.upper()
    for pattern, value in _HINTS:
        if re.search(pattern, word):
            return value
    fresh = [place for place in places if place.address is None]
    if "TOPIC" in word or "SOURCE" in word or "SINK" in word:
        is_sink = re.search(r"SINK|OUT|TARGET", word) is not None
        wanted = [place for place in fresh if (place.role is Role.SINK) is is_sink]
        if len(wanted) == 1:
            return _name_of(wanted[0])
    return TODO


def _name_of(place: FoundPlace) -> str:
    return f"${{{_SECTIONS[place.role]}.{place.name}.name}}"


def _format(table: DdlTable) -> str | None:
    return table.options.get("format") or table.options.get("value.format")
