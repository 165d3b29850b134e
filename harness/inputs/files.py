"""Writing rows as files of a folder, each of which is there as a whole or not at all."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from harness.codecs.moments import Moment
from harness.errors import InputError
from harness.inputs.payloads import payloads
from harness.rows import Cell, LazyRows, Row, Rows
from harness.scenario.model import Place

HIDDEN = (".", "_")
"""What Flink takes for no data, at the beginning of a name."""
NO_VALUE = "__DEFAULT_PARTITION__"
"""The folder of rows whose path column is null, as Flink's own sink names it."""
_ESCAPED = frozenset("\"#%'*/:=?\\\x7f{[]^")
"""What Flink and Hive write as `%` and its number in the name of a folder."""
_FILE = re.compile(r"[^\0/]+(?:/[^\0/]+)*")


@dataclass(kw_only=True)
class Laid:
    """The files that were laid into one folder.

    Attributes:
        folder: Where they are found.
        workshop: Where they are written, in the same file system.
        paths: All of them, in their order.
    """

    folder: Path
    workshop: Path
    paths: list[Path] = field(default_factory=list)


def lay(place: Place, rows: Rows, clock: Moment, into: Laid) -> None:
    """Write rows as one file, or as one per `$path`, path column and, if their format is `raw`, per row.

    Raises:
        InputError: A cell that its field's type cannot read, or a name that cannot be one of a file.
    """
    into.workshop.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        writer = _Writer(place, into, stack)
        for row, value in _values(place, rows, clock):
            writer.add(row, value)
    for target, written in writer.written.items():
        (into.folder / target).parent.mkdir(parents=True, exist_ok=True)
        written.rename(into.folder / target)
        into.paths.append(into.folder / target)


def put(lines: Iterable[bytes], name: str, into: Laid) -> None:
    """Write lines as one file, whose name is made unlike the others.

    Args:
        lines: All of them; what goes wrong while they are made leaves no file.
        name: The end of its name.
        into: The folder.
    """
    into.workshop.mkdir(parents=True, exist_ok=True)
    number = len(into.paths) + 1
    path, target = into.workshop / f"{number:04}", into.folder / f"{number:04}-{name}"
    with path.open("wb") as file:
        file.writelines(line + b"\n" for line in lines)
    path.rename(target)
    into.paths.append(target)


def _values(place: Place, rows: Rows, clock: Moment) -> Iterator[tuple[Row, bytes]]:
    """Each row with its bytes; all are made before the first is given, unless they are too many."""
    bare = replace(place, key=())
    made = payloads(bare, _without_folders(place, rows), clock)
    for row, payload in zip(rows, made, strict=True):
        if payload.value is None:
            raise InputError("a file holds rows, and null is none", location=row.location)
        yield row, payload.value


def _without_folders(place: Place, rows: Rows) -> Rows:
    """The rows without the columns that are folders of the path."""
    if not place.partitioned_by:
        return rows

    def cut(row: Row) -> Row:
        return replace(row, cells={n: cell for n, cell in row.cells.items() if n not in place.partitioned_by})

    lazy = isinstance(rows.rows, LazyRows)
    found = LazyRows(lambda: map(cut, rows.rows), len(rows)) if lazy else tuple(map(cut, rows.rows))
    return replace(rows, rows=found)


class _Writer:
    """Writes rows to the files that they belong to."""

    def __init__(self, place: Place, into: Laid, stack: contextlib.ExitStack) -> None:
        self.written: dict[PurePosixPath, Path] = {}
        self._place = place
        self._into = into
        self._stack = stack
        self._open: dict[tuple[PurePosixPath, str | None], BinaryIO] = {}

    def add(self, row: Row, value: bytes) -> None:
        """One more row."""
        cell = row.cells.get("$path")
        kept = (self._folder(row), cell.text if cell else None)
        raw = self._place.format == "raw"
        if raw and kept in self._open and cell is not None:
            raise InputError(
                "a raw file is one row", hint="give each its own `$path`", location=cell.location
            )
        if raw or kept not in self._open:
            self._open[kept] = self._begin(kept[0], cell)
        self._open[kept].write(value if raw else value + b"\n")

    def _begin(self, folder: PurePosixPath, cell: Cell | None) -> BinaryIO:
        number = len(self._into.paths) + len(self.written) + 1
        name = f"{self._place.name}-{number:04}.{_ENDINGS.get(self._place.format or '', 'txt')}"
        target = folder / (name if cell is None else _name(cell))
        if target in self.written or self._into.folder / target in self._into.paths:
            fact = f"{target} is there already, and a job reads a file once"
            raise InputError(fact, location=cell.location if cell else None)
        path = self._into.workshop / f"{number:04}"
        self.written[target] = path
        return self._stack.enter_context(path.open("wb"))

    def _folder(self, row: Row) -> PurePosixPath:
        folder = PurePosixPath()
        for name in self._place.partitioned_by:
            cell = row.cells.get(name)
            if cell is None:
                raise InputError(
                    f"`{name}` is a folder of the path and cannot be absent",
                    hint="write `null` or a value",
                    location=row.location,
                )
            folder /= f"{name}={NO_VALUE if cell.is_null else _escaped(cell)}"
        return folder


def _escaped(cell: Cell) -> str:
    """A value as the name of a folder, as Flink and Hive write it."""
    if cell.word is not None or cell.items is not None or not cell.text:
        raise InputError("the name of a folder is plain text", location=cell.location)
    return "".join(f"%{ord(c):02X}" if c in _ESCAPED or c < " " else c for c in cell.text)


def _name(cell: Cell) -> str:
    names = cell.text.split("/")
    if not _FILE.fullmatch(cell.text) or any(name[:1] in HIDDEN for name in names):
        hint = "a path below the folder, as in `2026/orders.json`; what begins with `.` or `_` is no data"
        raise InputError(
            f"`{cell.text}` is no name of a file that a job reads", hint=hint, location=cell.location
        )
    return cell.text


_ENDINGS = {"json": "json", "csv": "csv", "avro": "avro", "raw": "bin"}


def paths(laid: Iterable[Laid]) -> list[str]:
    """All files of several folders."""
    return [str(path) for one in laid for path in one.paths]
