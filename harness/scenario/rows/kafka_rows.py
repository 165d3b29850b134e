"""What rows say about the records of a topic, checked before anything runs."""

from __future__ import annotations

from harness.codecs import changelog
from harness.codecs.cell_error import CellError
from harness.codecs.record_fields import has_field, unknown_field
from harness.codecs.schema import FORMATS
from harness.errors import did_you_mean
from harness.rows import Cell, Rows
from harness.scenario.model import Place
from harness.scenario.problems import Problems
from harness.scenario.rows.changes import changes_of
from harness.scenario.yaml.nodes import Scalar

WITHOUT_FIELDS = ("raw", "lines")
_KEY = "$key."


def check_written(rows: Rows, place: Place, problems: Problems) -> None:
    """Note what no record of the place can be made of."""
    for row in rows if "$partition" in rows.columns else ():
        partition = row.cells.get("$partition")
        if partition is not None:
            _check_partition(partition, place, problems)
    if place.format in changelog.FORMATS:
        try:
            for _ in changes_of(rows):
                pass
        except CellError as error:
            problems.add(error.location or rows.location, error.message, error.hint)
    _check_columns(rows, place, problems)


def check_writable(target: Scalar, verb: str, place: Place, problems: Problems) -> None:
    """Note a sink whose schema only the job knows, so that nobody else can write to it."""
    lacking = [
        key
        for key, format_, schema in (
            ("schema", place.format if verb == "put" else None, place.schema),
            ("key_schema", place.key_format, place.key_schema),
        )
        if format_ in FORMATS and schema is None
    ]
    if lacking:
        hint = "the path of its file, in the pipeline"
        problems.add(target.location, f"`{verb}` into `{place.name}` needs its `{lacking[0]}`", hint)


def check_fields(rows: Rows, place: Place, problems: Problems) -> None:
    """Note columns that a record of the place cannot have, written or read."""
    if place.format in WITHOUT_FIELDS:
        for column, location in rows.columns.items():
            if not column.startswith("$"):
                hint = "its payload is `$value`"
                problems.add(location, f"`{place.name}` is {place.format} and has no field `{column}`", hint)
    for column, location in rows.columns.items():
        if not column.startswith(_KEY):
            continue
        name, format_ = column.removeprefix(_KEY), place.key_format
        if format_ in (None, "string", "raw"):
            said = f"its `key_format` is {format_}" if format_ else "`key_format` of the place says which"
            problems.add(location, f"the key of `{place.name}` has no fields", said)
        elif place.key_schema is not None and not has_field(place.key_schema.schema.record, name):
            problems.add(location, *unknown_field(name, place.key_schema.schema.record))


def _check_columns(rows: Rows, place: Place, problems: Problems) -> None:
    """Note columns that a line of csv has not."""
    if place.format != "csv":
        return
    for column, location in rows.columns.items():
        if not column.startswith("$") and column not in (*place.columns, *place.partitioned_by):
            hint = did_you_mean(column, place.columns, what="its columns")
            problems.add(location, f"`{place.name}` has no column `{column}`", hint)


def _check_partition(cell: Cell, place: Place, problems: Problems) -> None:
    if "${" in cell.text or (cell.text.isdigit() and int(cell.text) < place.partitions):
        return
    last = place.partitions - 1
    hint = f"it has 0 to {last}" if last else "it has one, 0; `partitions` in the pipeline says how many"
    problems.add(cell.location, f"`{cell.shown()}` is no partition of `{place.name}`", hint)
