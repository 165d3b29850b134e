"""A table of a running Postgres to a place: its columns, its key, and the statement that makes it."""

from __future__ import annotations

import psycopg
from psycopg import sql

from harness.codecs.types import postgres_type
from harness.errors import ServiceError, SettingsError, did_you_mean
from harness.scaffold.found import FoundPlace, place_name
from harness.scenario.model import System
from harness.scenario.places.places import Role

CONNECT_S = 10
_COLUMNS = """
    SELECT a.attname,
        CASE t.typnamespace WHEN 'pg_catalog'::regnamespace THEN format_type(a.atttypid, a.atttypmod) END,
        a.attnotnull
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""
_KEY = """
    SELECT a.attname
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = %s::regclass AND i.indisprimary
    ORDER BY k.place
"""
_TABLES = """
    SELECT schemaname || '.' || tablename FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""


def read_table(dsn: str, table: str, role: Role) -> FoundPlace:
    """The place that a table is.

    Raises:
        ServiceError: Postgres takes no connection.
        SettingsError: There is no such table.
    """
    try:
        with psycopg.connect(dsn, connect_timeout=CONNECT_S, autocommit=True) as connection:
            return _read(connection, table, role)
    except psycopg.ProgrammingError as error:
        raise SettingsError("the DSN is none that Postgres knows", detail=str(error).strip()) from None
    except psycopg.OperationalError as error:
        fact, hint = "Postgres does not take connections", "is the address in `--dsn` right?"
        raise ServiceError(fact, detail=str(error).strip(), hint=hint) from None


def _read(connection: psycopg.Connection[tuple[object, ...]], table: str, role: Role) -> FoundPlace:
    address = table if "." in table else f"public.{table}"
    quoted = sql.SQL(".").join(sql.Identifier(part) for part in address.split(".")).as_string(connection)
    found = connection.execute("SELECT to_regclass(%s)", [quoted]).fetchone()
    if found is None or found[0] is None:
        known = [str(row[0]) for row in connection.execute(_TABLES).fetchall()]
        hint = did_you_mean(address, known, what="tables")
        raise SettingsError(f"there is no table `{address}`", hint=hint)
    rows = connection.execute(_COLUMNS, [quoted]).fetchall()
    columns = [(str(name), str(type_ or "text"), bool(required)) for name, type_, required in rows]
    key = tuple(str(row[0]) for row in connection.execute(_KEY, [quoted]).fetchall())
    todo = [] if key else ["the table has no primary key: name what identifies a row (`key`)"]
    own = [name for name, type_, _ in rows if type_ is None]
    todo += [f"`{name}` is of a type of your own, and text in the SQL file" for name in own]
    return FoundPlace(
        name=place_name(address),
        role=role,
        system=System.POSTGRES,
        address=address,
        types={name: postgres_type(type_) for name, type_, _ in columns},
        key=key or tuple(name for name, _, _ in columns[:1]),
        ddl=_ddl(address, quoted, columns, key),
        todo=tuple(todo),
    )


def _ddl(address: str, quoted: str, columns: list[tuple[str, str, bool]], key: tuple[str, ...]) -> str:
    lines = [
        f"    {_name(name)} {type_}{' NOT NULL' if required else ''}" for name, type_, required in columns
    ]
    lines += [f"    PRIMARY KEY ({', '.join(_name(name) for name in key)})"] if key else []
    schema = address.partition(".")[0]
    made = "" if schema == "public" else f"CREATE SCHEMA IF NOT EXISTS {_name(schema)};\n"
    return f"{made}CREATE TABLE {quoted} (\n" + ",\n".join(lines) + "\n);\n"


def _name(name: str) -> str:
    return name if name.isidentifier() and name.islower() else '"' + name.replace('"', '""') + '"'
