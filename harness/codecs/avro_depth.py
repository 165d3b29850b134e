"""Whether Avro's bytes are a value that ends, before fastavro reads them.

It recurses in C, so that bytes that nest too deep end the process, and counts through lists of nothing.
"""

from __future__ import annotations

from typing import Any

from harness.codecs.json_format import DecodeError

MOST = 200
MOST_OF_NOTHING = 100_000
_FIXED_SIZES = {"null": 0, "boolean": 1, "float": 4, "double": 8}
_LONGEST_VARINT = 10


def check(data: bytes, document: object) -> None:
    """Walk through the bytes of a schema whose values could be without end.

    Raises:
        DecodeError: They nest deeper or hold more of nothing than anybody would write, or end too early.
    """
    _Walk(data, {}).over(document, 0)


class _Walk:
    """A way through the bytes, without making values of them."""

    def __init__(self, data: bytes, names: dict[str, dict[str, Any]]) -> None:
        self._data = data
        self._names = names
        self._at = 0

    def over(self, node: Any, depth: int) -> None:
        if depth > MOST:
            raise DecodeError(f"nested deeper than {MOST}")
        if isinstance(node, list):
            index = self._long()
            if not 0 <= index < len(node):
                raise DecodeError("a union has no such branch")
            self.over(node[index], depth)
            return
        if isinstance(node, dict) and "name" in node:
            self._names[node["name"]] = node
        kind = node if isinstance(node, str) else node["type"]
        if kind in self._names:
            node = self._names[kind]
            kind = node["type"]
        self._over_kind(kind, node, depth)

    def _over_kind(self, kind: str, node: Any, depth: int) -> None:
        if kind == "record":
            for field in node["fields"]:
                self.over(field["type"], depth + 1)
        elif kind in ("array", "map"):
            while count := self._long():
                if count < 0:
                    self._long()
                for _ in range(abs(count)):
                    before = self._at
                    if kind == "map":
                        self._skip(self._long())
                    self.over(node["items" if kind == "array" else "values"], depth + 1)
                    if self._at == before:
                        if abs(count) > MOST_OF_NOTHING:
                            raise DecodeError(f"a list of {abs(count)} items without bytes")
                        break  # they are all alike
        elif kind in ("int", "long", "enum"):
            self._long()
        else:
            size = node["size"] if kind == "fixed" else _FIXED_SIZES.get(kind)
            self._skip(self._long() if size is None else size)

    def _skip(self, size: int) -> None:
        self._at += size
        if size < 0 or self._at > len(self._data):
            raise DecodeError("the bytes end too early")

    def _long(self) -> int:
        number = 0
        for shift, byte in enumerate(self._data[self._at : self._at + _LONGEST_VARINT]):
            number |= (byte & 0x7F) << (7 * shift)
            if byte < 0x80:
                self._at += shift + 1
                return (number >> 1) ^ -(number & 1)
        raise DecodeError("the bytes end too early")
