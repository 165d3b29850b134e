"""Writing and deleting rows of a table by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.codecs.cell_error import CellError
from harness.codecs.cells import read_cell
from harness.codecs.json_format import encode_value
from harness.codecs.moments import Moment
from harness.codecs.types import Type, TypeKind
from harness.connections.postgres import column_types, connect, identifier
from harness.environment import PostgresEndpoint
from harness.errors import InputError, ServiceError, did_you_mean
from harness.rows import Row, Rows
from harness.scenario.model import Place


def put(endpoint: PostgresEndpoint, place: Place, rows: Rows, clock: Moment) -> int:
    """Write rows by key: a row with that key is changed in the named columns, else a new one is made.

    Raises:
        InputError: A cell or row that the table does not take.
    """
    with connect(endpoint) as connection:
        types = _types(connection, place, rows)
        for row in rows:
            values = _values(row, types, clock)
            try:
                with connection.transaction():
                    if not _update(connection, place, values):
                        _insert(connection, place, values)
            except psycopg.Error as error:
                raise _refused(place, row, error) from error
    return len(rows)


def remove(endpoint: PostgresEndpoint, place: Place, rows: Rows, clock: Moment) -> int:
    """Delete rows by key; one that is not there is an error, because the author thought that it was.

    Raises:
        InputError: A row that is not there, or that the table does not let go.
    """
    with connect(endpoint) as connection:
        types = _types(connection, place, rows)
        for row in rows:
            values = _values(row, types, clock)
            statement = sql.SQL("DELETE FROM {} WHERE {}").format(
                identifier(place.address), _where(place.key)
            )
            try:
                gone = connection.execute(statement, [values[name] for name in place.key]).rowcount
            except psycopg.Error as error:
                raise _refused(place, row, error) from error
            if not gone:
                raise InputError(f"{place.name} has no such row to remove", location=row.location)
    return len(rows)


def _types(
    connection: psycopg.Connection[tuple[object, ...]], place: Place, rows: Rows
) -> Mapping[str, Type]:
    types = column_types(connection, place.address)
    if types is None:
        raise InputError(
            f"there is no table {place.address}",
            hint="does the SQL file under services: postgres: schema: make it?",
            location=rows.location,
        )
    for name, location in rows.columns.items():
        if name not in types:
            raise InputError(
                f"{place.address} has no column `{name}`", hint=did_you_mean(name, types), location=location
            )
    return types


def _values(row: Row, types: Mapping[str, Type], clock: Moment) -> dict[str, object]:
    values = {}
    for name, cell in row.fields().items():
        try:
            value = read_cell(cell, types[name], clock)
        except CellError as error:
            raise InputError(error.message, hint=error.hint, location=cell.location) from None
        as_json = types[name].kind is TypeKind.JSON and value is not None
        values[name] = Jsonb(value, dumps=encode_value) if as_json else value
    return values


def _where(key: Sequence[str]) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("{} IS NOT DISTINCT FROM %s").format(sql.Identifier(name)) for name in key
    )


def _update(
    connection: psycopg.Connection[tuple[object, ...]], place: Place, values: Mapping[str, object]
) -> bool:
    rest = [name for name in values if name not in place.key]
    key = [values[name] for name in place.key]
    if not rest:
        statement = sql.SQL("SELECT 1 FROM {} WHERE {}").format(identifier(place.address), _where(place.key))
        return connection.execute(statement, key).fetchone() is not None
    changes = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in rest)
    statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(
        identifier(place.address), changes, _where(place.key)
    )
    return connection.execute(statement, [*(values[name] for name in rest), *key]).rowcount > 0


def _insert(
    connection: psycopg.Connection[tuple[object, ...]], place: Place, values: Mapping[str, object]
) -> None:
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        identifier(place.address),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() * len(values)),
    )
    connection.execute(statement, list(values.values()))


def _refused(place: Place, row: Row, error: psycopg.Error) -> InputError | ServiceError:
    if isinstance(error, psycopg.OperationalError):
        return ServiceError("Postgres does not answer any more", detail=str(error).strip())
    return InputError(
        f"{place.address} does not take the row", detail=str(error).strip(), location=row.location
    )
