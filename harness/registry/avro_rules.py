"""Whether an Avro schema reads what another one wrote, by the resolution rules of Avro's specification.

The errors and the places that they name are those of Java's `SchemaCompatibility`, which Confluent shows.
"""

from __future__ import annotations

from harness.registry.avro_schema import MISSING, AvroField, AvroType
from harness.registry.difference import Difference

PROMOTED = {
    "long": frozenset({"int"}),
    "float": frozenset({"int", "long"}),
    "double": frozenset({"int", "long", "float"}),
    "bytes": frozenset({"string"}),
    "string": frozenset({"bytes"}),
}
"""Reader -> what it reads beside itself; never the other way round."""

_TEXTS = {
    "FIXED_SIZE_MISMATCH": "The size of FIXED type field at path '{path}' in the {{reader}} schema "
    "does not match with the {{writer}} schema",
    "TYPE_MISMATCH": "The type (path '{path}') of a field in the {{reader}} schema "
    "does not match with the {{writer}} schema",
    "NAME_MISMATCH": "The name of the schema has changed (path '{path}')",
    "MISSING_ENUM_SYMBOLS": "The {{reader}} schema is missing enum symbols '{info}' at path '{path}' "
    "in the {{writer}} schema",
    "MISSING_UNION_BRANCH": "The {{reader}} schema is missing a type inside a union field at path '{path}' "
    "in the {{writer}} schema",
    "READER_FIELD_MISSING_DEFAULT_VALUE": "The field '{info}' at path '{path}' in the {{reader}} schema "
    "has no default value and is missing in the {{writer}} schema",
}


def avro_differences(reader: AvroType, writer: AvroType) -> list[Difference]:
    """Why `reader` cannot read what `writer` wrote; empty if it can."""
    return _Comparison().compare(reader, writer, "")


def _differs(kind: str, path: str, info: str) -> Difference:
    # Braces of a name would be taken for places to fill in.
    text = _TEXTS[kind].format(path=path or "/", info=info)
    return Difference(kind, f"{{errorType:'{kind}', description:'{text}', additionalInfo:'{info}'}}")


class _Comparison:
    """One comparison; every pair is compared once, and taken to fit while it is, so that recursion ends."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], list[Difference]] = {}

    def compare(self, reader: AvroType, writer: AvroType, path: str) -> list[Difference]:
        pair = (id(reader), id(writer))
        if pair in self._known:
            return self._known[pair]
        self._known[pair] = []
        alike = reader.kind == writer.kind
        found = (self._same_kind if alike else self._other_kind)(reader, writer, path)
        self._known[pair] = found
        return found

    def _same_kind(self, reader: AvroType, writer: AvroType, path: str) -> list[Difference]:
        match reader.kind:
            case "array":
                return self.compare(reader.members[0], writer.members[0], f"{path}/items")
            case "map":
                return self.compare(reader.members[0], writer.members[0], f"{path}/values")
            case "union":
                return self._unions(reader, writer, path)
            case "record":
                return [*_names(reader, writer, path), *self._fields(reader, writer, path)]
            case "enum":
                return [*_names(reader, writer, path), *_symbols(reader, writer, path)]
            case "fixed":
                return [*_names(reader, writer, path), *_size(reader, writer, path)]
            case _:
                return []

    def _other_kind(self, reader: AvroType, writer: AvroType, path: str) -> list[Difference]:
        if writer.kind == "union":
            # Whatever branch was written must be readable.
            found = [d for branch in writer.members for d in self.compare(reader, branch, path)]
            return list(dict.fromkeys(found))
        if reader.kind == "union":
            if any(not self.compare(branch, writer, path) for branch in reader.members):
                return []
            info = f"reader union lacking writer type: {writer.kind.upper()}"
            return [_differs("MISSING_UNION_BRANCH", path, info)]
        if writer.kind in PROMOTED.get(reader.kind, ()):
            return []
        info = f"reader type: {reader.kind.upper()} not compatible with writer type: {writer.kind.upper()}"
        return [_differs("TYPE_MISMATCH", path, info)]

    def _unions(self, reader: AvroType, writer: AvroType, path: str) -> list[Difference]:
        found = []
        for index, branch in enumerate(writer.members):
            if self.compare(reader, branch, f"{path}/{index}"):
                info = f"reader union lacking writer type: {branch.kind.upper()}"
                found.append(_differs("MISSING_UNION_BRANCH", f"{path}/{index}", info))
        return found

    def _fields(self, reader: AvroType, writer: AvroType, path: str) -> list[Difference]:
        found: list[Difference] = []
        for index, wanted in enumerate(reader.fields):
            place = f"{path}/fields/{index}"
            written = _written(wanted, writer)
            if written is not None:
                found += self.compare(wanted.type, written.type, f"{place}/type")
            elif wanted.default is MISSING and not (wanted.type.kind == "enum" and wanted.type.default):
                found.append(_differs("READER_FIELD_MISSING_DEFAULT_VALUE", place, wanted.name))
        return found


def _written(wanted: AvroField, writer: AvroType) -> AvroField | None:
    """The writer's field of that name, else of one of the reader's aliases."""
    fields = {entry.name: entry for entry in writer.fields}
    return next((fields[name] for name in (wanted.name, *wanted.aliases) if name in fields), None)


def _names(reader: AvroType, writer: AvroType, path: str) -> list[Difference]:
    """Names match without their namespaces; aliases match in full."""
    if reader.name == writer.name or writer.full_name in reader.aliases:
        return []
    return [_differs("NAME_MISMATCH", f"{path}/name", f"expected: {writer.full_name}")]


def _symbols(reader: AvroType, writer: AvroType, path: str) -> list[Difference]:
    missing = sorted(set(writer.symbols) - set(reader.symbols))
    if not missing or reader.default is not None:
        return []
    return [_differs("MISSING_ENUM_SYMBOLS", f"{path}/symbols", f"[{', '.join(missing)}]")]


def _size(reader: AvroType, writer: AvroType, path: str) -> list[Difference]:
    if reader.size == writer.size:
        return []
    info = f"expected: {writer.size}, found: {reader.size}"
    return [_differs("FIXED_SIZE_MISMATCH", f"{path}/size", info)]
