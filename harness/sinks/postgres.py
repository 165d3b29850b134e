"""Reading every row of a table, with the types of its columns."""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.types.json import set_json_loads

from harness.codecs.json_format import decode_value
from harness.codecs.typed import Typing
from harness.codecs.types import Type, TypeKind
from harness.connections.postgres import column_types, connect, identifier
from harness.environment import PostgresEndpoint
from harness.errors import ServiceError, SinkError
from harness.scenario.model import Place
from harness.sinks.record import Read, Record


def read(endpoint: PostgresEndpoint, place: Place) -> Read:
    """All rows of a table.

    Raises:
        SinkError: There is no such table, or a row has no value in Python.
        ServiceError: Postgres does not answer.
    """
    with connect(endpoint) as connection:
        # Numbers in JSON columns stay exact.
        set_json_loads(decode_value, connection)
        types = column_types(connection, place.address)
        if types is None:
            raise SinkError(
                f"there is no table {place.address}",
                hint="does the SQL file under services: postgres: schema: make it?",
                location=place.location,
            )
        columns = [_column(name, type_) for name, type_ in types.items()]
        statement = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(columns), identifier(place.address)
        )
        try:
            rows = connection.execute(statement).fetchall()
        except psycopg.OperationalError as error:
            raise ServiceError("Postgres does not answer any more", detail=str(error).strip()) from error
        except psycopg.Error as error:
            raise SinkError(f"table {place.address} cannot be read", detail=str(error).strip()) from error
    typing = Typing(types)
    records = tuple(Record(values=typing.of(dict(zip(types, row, strict=True)))) for row in rows)
    return Read(records=records, types=types, closed=True, always=True)


def _column(name: str, type_: Type) -> sql.Composable:
    """Text where the type is none of ours (intervals, ranges, addresses): as Postgres itself shows it."""
    column = sql.Identifier(name)
    return sql.SQL("{}::text").format(column) if type_.kind is TypeKind.TEXT else column
