"""What the jobs of a scenario have printed, line by line, and the rows that the lines are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.codecs.changelog import OPS, Op
from harness.codecs.csv_format import read_value
from harness.codecs.fields import field_types
from harness.codecs.json_format import DecodeError
from harness.codecs.types import Type, TypeKind
from harness.scenario.model import Mode, Place
from harness.sinks.fold import folded
from harness.sinks.record import Read, Record

_ROW = re.compile(r"([+-][IUD])\[(.*)\]", re.DOTALL)
_TUPLE = re.compile(r"\((.*)\)", re.DOTALL)
_IDENTIFIER = re.compile(r"[^\[\]]*> (?=[+-][IUD]\[)")
_AS_IT_IS = (TypeKind.TEXT, TypeKind.ENUM)
_UNREADABLE = (TypeKind.BYTES, TypeKind.ARRAY, TypeKind.MAP, TypeKind.RECORD)
"""What Java prints of these cannot be told from text."""


def read(path: Path, place: Place) -> Read:
    """Every line that was printed to the sink's stream; of a `changelog` what they add up to.

    Args:
        path: Where the lines were noted; without a line there is no file.
        place: The sink.
    """
    types = field_types(
        {name: str(text) for name, text in place.columns.items()},
        {name: str(text) for name, text in place.times.items()},
    )
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    records: list[Record] = []
    for line in lines:
        stream, subtask, parallelism, text = json.loads(line)
        if stream == place.address:
            told = without_prefix(text, subtask, parallelism)
            records.append(_record(told, types, f"{stream}@{len(records)}"))
    return Read(
        records=tuple(records) if place.mode is Mode.APPEND else folded(place, records),
        types=types,
        closed=True,
        always=bool(types),
        changes=tuple(records),
    )


def without_prefix(text: str, subtask: int, parallelism: int) -> str:
    """What was printed, without what a print sink puts before it: its identifier and its subtask.

    Args:
        text: The line.
        subtask: Who printed it, from 0.
        parallelism: Of how many; one alone does not say its number.
    """
    if parallelism > 1:
        mark = f"{subtask + 1}> "
        if text.startswith(mark):
            return text.removeprefix(mark)
        identifier, mark, rest = text.partition(f":{mark}")
        return rest if mark else identifier
    found = _IDENTIFIER.match(text)
    return text[found.end() :] if found else text


def _record(text: str, types: Mapping[str, Type], origin: str) -> Record:
    row = _ROW.fullmatch(text)
    op = OPS[row[1]] if row else Op.INSERT
    about: dict[str, object] = {"$line": text, "$op": op.value}
    if not types:
        return Record(values=about, origin=origin)
    other = _TUPLE.fullmatch(text)
    if row:
        pieces, between = row[2].split(", "), ", "
    elif other:
        pieces, between = other[1].split(","), ","
    else:
        pieces, between = [text], ""
    try:
        fields = _fields(pieces, between, types)
    except DecodeError as error:
        return Record(values=about, origin=origin, undecodable=f"{error}: {text}")
    return Record(values={**about, **fields}, origin=origin)


def _fields(pieces: Sequence[str], between: str, types: Mapping[str, Type]) -> dict[str, object]:
    """The columns of a row. A text may hold what separates columns: then only one reading may be possible.

    Raises:
        DecodeError: None is, or more than one.
    """
    names = list(types)
    if len(pieces) < len(names):
        values = "1 value" if len(pieces) == 1 else f"{len(pieces)} values"
        raise DecodeError(f"{values}, and the place has {len(names)} columns")
    # Readings of the columns so far, by how many pieces they use; two are as bad as many.
    readings: dict[int, list[list[object]]] = {0: [[]]}
    for left, (name, type_) in zip(range(len(names) - 1, -1, -1), types.items(), strict=True):
        longer: dict[int, list[list[object]]] = {}
        for used, found in readings.items():
            ends = range(used + 1, len(pieces) - left + 1) if left else (len(pieces),)
            for end in ends:
                value = _value(name, between.join(pieces[used:end]), type_)
                if value is not _NONE:
                    longer.setdefault(end, []).extend([*one, value] for one in found)
        readings = {end: found[:2] for end, found in longer.items()}
    (found,) = [*readings.values()] or [[]]
    if len(found) != 1:
        many = "can be read in more than one way" if found else "is no row of these columns"
        raise DecodeError(many)
    return dict(zip(names, found[0], strict=True))


_NONE = object()
"""What a piece is that its column cannot hold."""


def _value(name: str, text: str, type_: Type) -> object:
    kind = type_.resolved().kind
    if kind in _UNREADABLE:
        raise DecodeError(f"`{name}` is {type_}, which cannot be read back from what is printed")
    if text == "null":
        return None
    value = read_value(text, type_)
    return _NONE if isinstance(value, str) and kind not in _AS_IT_IS else value
