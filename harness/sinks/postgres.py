"""Reading every row of a table, with the types of its columns."""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.types.json import set_json_loads

from harness.codecs.json_format import decode_value
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
        statement = sql.SQL("SELECT * FROM {}").format(identifier(place.address))
        try:
            rows = connection.execute(statement).fetchall()
        except psycopg.OperationalError as error:
            raise ServiceError("Postgres does not answer any more", detail=str(error).strip()) from error
        except psycopg.Error as error:
            raise SinkError(f"table {place.address} cannot be read", detail=str(error).strip()) from error
    records = tuple(Record(values=dict(zip(types, row, strict=True))) for row in rows)
    return Read(records=records, types=types, closed=True)
