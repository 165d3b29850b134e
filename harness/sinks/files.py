"""Reading every row of the files of a folder: those that their writer has finished, and no others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from harness.clock import Deadline, poll
from harness.codecs.changelog import Op
from harness.codecs.json_format import DecodeError
from harness.codecs.types import TEXT
from harness.errors import SinkError
from harness.parts import Parts
from harness.scenario.model import Place
from harness.sinks.decoding import Decoder, decoder_of
from harness.sinks.raw_record import text_of
from harness.sinks.record import Read, Record
from harness.sinks.record_reader import shown

HIDDEN = (".", "_")
"""What is no data, at the beginning of a name: files in progress, markers of success."""
NO_VALUE = ("__DEFAULT_PARTITION__", "__HIVE_DEFAULT_PARTITION__")
"""The folders of rows whose path column is null."""
FINAL_SECONDS = 10.0
"""How long a file may take from the checkpoint that it belongs to until it has its own name."""


def read(folder: Path, place: Place, parts: Parts) -> Read:
    """Every row of the folder's files, typed; a folder that nobody has made holds none.

    Args:
        folder: The folder, or one file, where the job makes a file of that name.
        place: The sink.
        parts: The files that the job had not finished when it was done.

    Raises:
        SinkError: A file cannot be read, or stays unfinished, so that nobody can tell what is in it.
    """
    decoder = decoder_of(place, None)
    records = []
    for path in finished(folder, place, parts):
        about = {"$path": path.relative_to(folder).as_posix() if path != folder else path.name}
        about_path = _path_columns(path.relative_to(folder).parent, place)
        for number, data in enumerate(_pieces(path, place), start=1):
            record = _record(data, decoder, f"{about['$path']}@{number}")
            values = {**about, "$value": text_of(data), "$op": Op.INSERT.value, **about_path, **record.values}
            records.append(replace(record, values=values))
    types = {**decoder.types, **dict.fromkeys(place.partitioned_by, TEXT)}
    return Read(
        records=tuple(records),
        types=types,
        closed=decoder.closed,
        always=decoder.always,
        changes=tuple(records),
    )


def finished(folder: Path, place: Place, parts: Parts) -> list[Path]:
    """The files that are data, in the order of their paths, once all of them have their own names.

    Raises:
        SinkError: A file stays unfinished.
    """
    _wait_until_final(folder, place, parts)
    return _files(folder)


def _record(data: bytes, decoder: Decoder, origin: str) -> Record:
    try:
        return Record(values=decoder.decode(data), origin=origin)
    except DecodeError as error:
        return Record(values={}, origin=origin, undecodable=f"{error}: {shown(data)}")


def _wait_until_final(folder: Path, place: Place, parts: Parts) -> None:
    """Wait until no file is left that the job's last checkpoint calls unfinished.

    Most get their names when Flink hears that the checkpoint is complete. Some stay open for the next
    rows: what they hold is processed, and yet nobody may read it.
    """

    def unfinished(ends: AbstractSet[str]) -> list[str]:
        return [path.name for path in _all(folder) if path.name.rpartition(".")[2] in ends] if ends else []

    poll(lambda: not unfinished(parts.pending), Deadline(FINAL_SECONDS))
    names = unfinished(parts.pending | parts.kept)
    if names:
        raise SinkError(
            f"the job keeps {_counted(names)} of `{place.name}` open, and no reader sees the rows in "
            f"{'it' if len(names) == 1 else 'them'}",
            detail="\n".join(names),
            hint="its rolling policy waits for more rows or time: `end_of_input` finishes the files, and so "
            "does every checkpoint with `OnCheckpointRollingPolicy`",
            location=place.location,
        )
    compacting = [path.name for path in _all(folder) if path.name.startswith(".uncompacted-")]
    if compacting:
        raise SinkError(
            f"the job has not put together {_counted(compacting)} of `{place.name}` yet",
            detail="\n".join(compacting),
            hint="what `auto-compaction` writes is readable one checkpoint later",
            location=place.location,
        )


def _counted(names: list[str]) -> str:
    return "1 file" if len(names) == 1 else f"{len(names)} files"


def _all(folder: Path) -> list[Path]:
    return sorted(Path(parent) / name for parent, _, names in os.walk(folder) for name in names)


def _files(folder: Path) -> list[Path]:
    """The files that are data, in the order of their paths."""
    if folder.is_file():
        return [folder]
    return [
        path
        for path in _all(folder)
        if not any(part.startswith(HIDDEN) for part in path.relative_to(folder).parts)
    ]


def _path_columns(folder: Path, place: Place) -> dict[str, object]:
    """The columns that are folders: `name=value`, or values alone in the order of the columns.

    Raises:
        SinkError: The path has too few folders.
    """
    parts = folder.parts
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    names = place.partitioned_by
    if not all(name in named for name in names):
        if len(parts) < len(names):
            raise SinkError(
                f"a file of `{place.name}` lies in `{folder}`, which has no folder for "
                f"{' and '.join(f'`{name}`' for name in names if name not in named)}",
                location=place.location,
            )
        named = dict(zip(names, parts[len(parts) - len(names) :], strict=True))
    return {name: None if named[name] in NO_VALUE else unquote(named[name]) for name in names}


def _pieces(path: Path, place: Place) -> Iterator[bytes]:
    """The records of a file, as bytes."""
    try:
        yield from _SPLITS.get(place.format or "", lines)(path)
    except OSError as error:
        raise SinkError(f"{path.name} of `{place.name}` cannot be read", detail=error.strerror) from error


def _whole(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, without their ends."""
    with path.open("rb") as file:
        for line in file:
            yield line.removesuffix(b"\n").removesuffix(b"\r")


def _csv_lines(path: Path) -> Iterator[bytes]:
    """Lines, of which those with a quote that is not closed go on in the next."""
    begun = b""
    with path.open("rb") as file:
        for line in file:
            begun += line
            if begun.count(b'"') % 2 == 0:
                yield begun.removesuffix(b"\n").removesuffix(b"\r")
                begun = b""
    if begun:
        yield begun


_SPLITS: dict[str, Callable[[Path], Iterator[bytes]]] = {"raw": _whole, "csv": _csv_lines}
