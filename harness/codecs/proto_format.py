"""Records to Protobuf's bytes and back; behind the schema's id Confluent names the message by its indexes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf import message_factory
from google.protobuf.message import DecodeError as BrokenMessage

from harness.codecs.cell_error import CellError
from harness.codecs.json_format import DecodeError, wire
from harness.codecs.numbers import as_single
from harness.codecs.proto_schema import TIMESTAMP, WRAPPERS, ProtoSchema, is_map, is_repeated
from harness.codecs.types import Type

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FLOAT = 2
_LONGEST_VARINT = 10


class ProtoCodec:
    """Encodes messages of one type, decodes those of its file; `plain` ones are all of that type."""

    def __init__(self, schema: ProtoSchema, *, plain: bool = False) -> None:
        self._schema = schema
        self._indexes = () if plain else _indexes(schema.message)
        # Protobuf's library keeps its classes weakly, and crashes where one of them is gone.
        self._classes: dict[str, Any] = {}
        _collect((*schema.file.message_types_by_name.values(), schema.message), self._classes)

    def encode(self, record: Mapping[str, object], type_: Type | None = None) -> bytes:
        """The indexes of the message and its bytes; what the record lacks has its default.

        Raises:
            CellError: Two fields of one oneof are given.
        """
        message = self._classes[self._schema.message.full_name]()
        _fill(message, wire(record, type_ or self._schema.record))
        payload: bytes = message.SerializeToString(deterministic=True)
        return _write_indexes(self._indexes) + payload if self._indexes else payload

    def decode(self, data: bytes) -> dict[str, object]:
        """The record that these bytes hold; every field is there, unset ones with their default.

        Raises:
            DecodeError: They are no message of the schema.
        """
        descriptor, payload = self._descriptor(data) if self._indexes else (self._schema.message, data)
        try:
            return _record(self._classes[descriptor.full_name].FromString(payload))
        except BrokenMessage as error:
            raise DecodeError(f"no {descriptor.name}: {str(error) or 'broken bytes'}") from None

    def _descriptor(self, data: bytes) -> tuple[Any, bytes]:
        """The message that the indexes name, and its bytes."""
        indexes, payload = _read_indexes(data)
        descriptor: Any = self._schema.file
        for depth, index in enumerate(indexes):
            inside = _messages(
                descriptor.nested_types if depth else descriptor.message_types_by_name.values()
            )
            if not 0 <= index < len(inside):
                raise DecodeError(f"the schema has no message {'.'.join(map(str, indexes))}")
            descriptor = inside[index]
        return descriptor, payload


def _collect(descriptors: Iterable[Any], into: dict[str, Any]) -> None:
    """The classes of messages, of those inside of them, and of those that their fields hold."""
    for one in descriptors:
        if one.full_name not in into:
            into[one.full_name] = message_factory.GetMessageClass(one)
            _collect(one.nested_types, into)
            _collect((found.message_type for found in one.fields if found.message_type is not None), into)


def _messages(descriptors: Iterable[Any]) -> list[Any]:
    """The messages that count: Java's client, which jobs use, knows nothing of the entries of maps."""
    return [one for one in descriptors if not one.GetOptions().map_entry]


def _indexes(message: Any) -> tuple[int, ...]:
    outer = message.containing_type
    inside = _messages(outer.nested_types if outer else message.file.message_types_by_name.values())
    index = next(i for i, other in enumerate(inside) if other.full_name == message.full_name)
    return (*_indexes(outer), index) if outer else (index,)


def _write_indexes(indexes: tuple[int, ...]) -> bytes:
    """Their count and they, as zigzag numbers; the first message alone is one 0."""
    if indexes == (0,):
        return b"\x00"
    return b"".join(_varint(number * 2) for number in (len(indexes), *indexes))


def _varint(number: int) -> bytes:
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


def _read_indexes(data: bytes) -> tuple[tuple[int, ...], bytes]:
    count, at = _read_zigzag(data, 0)
    if count == 0:
        return (0,), data[at:]
    if not 0 < count <= len(data):
        raise DecodeError("no indexes of a message")
    indexes = []
    for _ in range(count):
        index, at = _read_zigzag(data, at)
        indexes.append(index)
    return tuple(indexes), data[at:]


def _read_zigzag(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        number |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at + shift + 1
    raise DecodeError("the bytes end before the message begins")


def _fill(message: Any, record: Any) -> None:
    taken: dict[str, str] = {}
    for name, value in record.items():
        if value is None:
            continue
        found = message.DESCRIPTOR.fields_by_name[name]
        oneof = found.containing_oneof
        if oneof is not None and taken.setdefault(oneof.full_name, name) != name:
            raise CellError(f"`{taken[oneof.full_name]}` and `{name}` are of one oneof, `{oneof.name}`")
        if is_map(found):
            _fill_map(getattr(message, name), found, value)
        elif is_repeated(found):
            for item in value:
                if found.message_type is None:
                    getattr(message, name).append(_scalar(found, item))
                else:
                    _fill_message(getattr(message, name).add(), item)
        elif found.message_type is None:
            setattr(message, name, _scalar(found, value))
        else:
            _fill_message(getattr(message, name), value)


def _fill_map(target: Any, found: Any, value: Mapping[str, object]) -> None:
    key, item = (found.message_type.fields_by_name[part] for part in ("key", "value"))
    for text, inner in value.items():
        try:
            name = (
                text
                if key.type == key.TYPE_STRING
                else text == "true"
                if key.type == key.TYPE_BOOL
                else int(text)
            )
            if item.message_type is None:
                target[name] = _scalar(item, inner)
            else:
                _fill_message(target[name], inner)
        except (ValueError, TypeError):
            raise CellError(f"`{text}` is no key of `{found.name}`") from None


def _fill_message(message: Any, value: Any) -> None:
    full = message.DESCRIPTOR.full_name
    message.SetInParent()
    if full == TIMESTAMP:
        micros = (value - _EPOCH) // timedelta(microseconds=1)
        message.seconds, message.nanos = micros // 1_000_000, micros % 1_000_000 * 1000
    elif full in WRAPPERS:
        message.value = value
    else:
        _fill(message, value)


def _scalar(found: Any, value: Any) -> object:
    return found.enum_type.values_by_name[value].number if found.enum_type is not None else value


def _record(message: Any) -> dict[str, object]:
    return {found.name: _value(message, found) for found in message.DESCRIPTOR.fields}


def _value(message: Any, found: Any) -> object:
    value = getattr(message, found.name)
    if is_map(found):
        item = found.message_type.fields_by_name["value"]
        return {
            str(key).lower() if key is True or key is False else str(key): _plain(inner, item)
            for key, inner in value.items()
        }
    if is_repeated(found):
        return [_plain(item, found) for item in value]
    if found.has_presence and not message.HasField(found.name):
        return None
    return _plain(value, found)


def _plain(value: Any, found: Any) -> object:
    if found.enum_type is not None:
        known = found.enum_type.values_by_number.get(value)
        return known.name if known else value
    if found.message_type is None:
        return as_single(value) if found.type == _FLOAT else value
    full = found.message_type.full_name
    if full == TIMESTAMP:
        return _instant(value)
    if full in WRAPPERS:
        return _plain(value.value, found.message_type.fields_by_name["value"])
    return _record(value)


def _instant(value: Any) -> object:
    """The instant, or seconds and nanos where Python's time cannot hold them: then the difference is seen."""
    micros, rest = divmod(value.nanos, 1000)
    try:
        if not rest:
            return _EPOCH + timedelta(seconds=value.seconds, microseconds=micros)
    except OverflowError:
        pass
    return {"seconds": value.seconds, "nanos": value.nanos}
