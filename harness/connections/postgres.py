"""Connections to a Postgres database, and the types of its tables."""

from __future__ import annotations

import psycopg
from psycopg import sql

from harness.codecs.types import Type, postgres_type
from harness.environment import PostgresEndpoint
from harness.errors import ServiceError

CONNECT_SECONDS = 10


def connect(endpoint: PostgresEndpoint) -> psycopg.Connection[tuple[object, ...]]:
    """A connection in which every statement stands alone.

    Raises:
        ServiceError: The server does not answer.
    """
    try:
        return psycopg.connect(
            host=endpoint.host,
            port=endpoint.port,
            user=endpoint.user,
            password=endpoint.password,
            dbname=endpoint.database,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
        )
    except psycopg.OperationalError as error:
        raise ServiceError("Postgres does not take connections", detail=str(error).strip()) from error


def identifier(table: str) -> sql.Composed:
    """`schema.table` quoted as SQL wants it."""
    return sql.SQL(".").join(sql.Identifier(part) for part in table.split("."))


def column_types(connection: psycopg.Connection[tuple[object, ...]], table: str) -> dict[str, Type] | None:
    """Column -> type in the table's order, or None if there is no such table."""
    quoted = identifier(table).as_string(connection)
    found = connection.execute("SELECT to_regclass(%s)", [quoted]).fetchone()
    if found is None or found[0] is None:
        return None
    rows = connection.execute(
        "SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        [quoted],
    ).fetchall()
    return {str(name): postgres_type(str(type_name)) for name, type_name in rows}
