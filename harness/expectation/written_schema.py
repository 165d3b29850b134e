"""`expect: schema`: the schema in the registry that a sink's records are written with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.codecs.confluent import unframe
from harness.codecs.json_format import DecodeError
from harness.codecs.paths import split_path
from harness.codecs.record_fields import field_at
from harness.codecs.types import Type
from harness.connections.schema_registry import Registry
from harness.errors import ExpectationError
from harness.expectation.type_names import TypeNameError, is_named, type_name
from harness.result import Failure, FieldDifference, Kind, RowDifference
from harness.scenario.model import ExpectSchema
from harness.sinks.record import Record

_LONG_AGO = datetime.fromtimestamp(0, UTC)
_ABSENT = "(absent)"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSchema:
    """A schema of a sink.

    Attributes:
        record: Its fields.
        version: Its version in the subject.
        looked_at: How it was chosen, in words.
    """

    record: Type
    subject: str
    version: int | None
    looked_at: str


def find(expected: ExpectSchema, topic: str, records: Sequence[Record], registry: Registry) -> WrittenSchema:
    """The schema of the latest record, or without records the latest of the topic's subject.

    Raises:
        ExpectationError: There is none.
        ServiceError: The registry does not answer.
    """
    subject = f"{topic}-value"
    framed = (record for record in records if record.undecodable is None and _payload(record))
    newest = max(framed, key=_written, default=None)
    if newest is not None:
        schema_id: int | None = unframe(_payload(newest))[0]
        looked_at = f"the schema of {newest.origin}"
    else:
        schema_id = registry.latest_id(subject)
        looked_at = f"{expected.of} holds no record: the latest schema of subject {subject}"
    if schema_id is None:
        raise ExpectationError(
            f"{expected.of} holds no record, and the registry has no schema for it",
            detail=f"looked for the subject {subject}",
            location=expected.location,
        )
    try:
        schema = registry.schema(schema_id)
    except DecodeError as error:
        raise ExpectationError(str(error), location=expected.location) from None
    versions = registry.versions(schema_id)
    if subject not in versions and len(versions) == 1:
        (subject,) = versions
    return WrittenSchema(
        record=schema.record, subject=subject, version=versions.get(subject), looked_at=looked_at
    )


def hold(expected: ExpectSchema, written: WrittenSchema) -> Failure | None:
    """What of the schema is not as expected.

    Raises:
        ExpectationError: A type that nothing can be held against.
    """
    differing = []
    if expected.version is not None and (
        written.version is None or not expected.version.holds(written.version)
    ):
        there = _ABSENT if written.version is None else str(written.version)
        differing.append(FieldDifference(field="version", expected=str(expected.version), actual=there))
    right = 0
    for name, text in expected.fields.items():
        field = field_at(written.record, (name,)) or field_at(written.record, split_path(name))
        wanted = text.value if text else "there"
        try:
            fits = field is not None and (text is None or is_named(field, text.value))
        except TypeNameError as error:
            where = text.location if text else expected.location
            raise ExpectationError(
                f"`{wanted}` says not all of a type",
                detail=error.message,
                hint="name the fields inside of a row as `row.field`",
                location=where,
            ) from None
        right += fits
        if not fits:
            there = _ABSENT if field is None else type_name(field)
            differing.append(FieldDifference(field=name, expected=wanted, actual=there))
    if not differing:
        return None
    row = {"subject": written.subject, "version": str(written.version)}
    fields = ", ".join(f"{name} {type_name(type_)}" for name, type_ in written.record.fields)
    return Failure(
        message=f"the schema of {expected.of} is not as expected",
        location=expected.location,
        subject="schema",
        rows=(RowDifference(kind=Kind.CHANGED, key=row, fields=tuple(differing), row=row),),
        matched=right,
        detail=f"{written.looked_at}\nits fields: {fields}",
    )


def _payload(record: Record) -> bytes:
    """The bytes of a record; what is text in UTF-8 was shown as such, and goes back unchanged."""
    value = record.values.get("$value")
    return value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else b""


def _written(record: Record) -> tuple[datetime, int]:
    at = record.values.get("$at")
    offset = record.origin.rpartition("@")[2]
    return at if isinstance(at, datetime) else _LONG_AGO, int(offset) if offset.isdigit() else -1
