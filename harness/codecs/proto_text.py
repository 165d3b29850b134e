"""The text of a .proto file as the descriptor that Protobuf's own library takes.

Read are packages, imports, messages, enums, maps, oneofs and defaults; options that change no bytes,
services and extensions are passed over.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from harness.codecs.schema_error import SchemaError
from harness.errors import did_you_mean, nearest

_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<word>\.?[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*)|(?P<number>-?(?:\.?\d[\w.+]*(?:[eE]-?\d+)?))"""
    r"""|(?P<mark>[{}\[\]()<>;=,:-])""",
    re.DOTALL,
)
_SCALARS = {
    name.removeprefix("TYPE_").lower(): number
    for name, number in FieldDescriptorProto.Type.items()
    if name not in ("TYPE_GROUP", "TYPE_MESSAGE", "TYPE_ENUM")
}
_NUMBERS = range(-(2**31) + 1, 2**31)
_LABELS = ("optional", "required", "repeated")
_CLOSING = {"{": "}", "[": "]", "(": ")", "<": ">"}
_OPTIONAL = FieldDescriptorProto.LABEL_OPTIONAL
_REPEATED = FieldDescriptorProto.LABEL_REPEATED


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


@dataclass(slots=True)
class _Use:
    """A field whose type is a name that must be found."""

    field: Any
    scope: str
    token: _Token


def read(text: str, imported: dict[str, str]) -> FileDescriptorProto:
    """The descriptor of a file.

    Args:
        text: The text of the file.
        imported: Full names of what its imports describe, with `message` or `enum`.

    Raises:
        SchemaError: The text is no .proto file, or a type is nowhere.
    """
    parser = _Parser(_tokens(text))
    file = parser.file()
    parser.find_types(imported)
    return file


def imports_of(text: str) -> list[tuple[str, int]]:
    """The files that a .proto file imports, each with its place in the text.

    Raises:
        SchemaError: The text is no .proto file.
    """
    tokens = _tokens(text)
    found = []
    for index, token in enumerate(tokens):
        if token.text == "import" and token.kind == "word" and (not index or tokens[index - 1].text in ";}"):
            name = next(t for t in tokens[index:] if t.kind in ("text", "end"))
            found.append((name.text[1:-1], name.position))
    return found


def _tokens(text: str) -> list[_Token]:
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise SchemaError(f"`{text[position]}` cannot stand here", position=position)
        kind = match.lastgroup or ""
        if kind != "skip":
            tokens.append(_Token(kind, match[0], position))
        position = match.end()
    return [*tokens, _Token("end", "", max(len(text.rstrip()) - 1, 0))]


@dataclass(slots=True)
class _Parser:
    _tokens: list[_Token]
    _at: int = 0
    _proto3: bool = False
    _known: dict[str, str] = field(default_factory=dict)
    _uses: list[_Use] = field(default_factory=list)

    # Tokens

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        if token.kind == "end":
            raise SchemaError("the file ends too early", position=token.position)
        self._at += 1
        return token

    def _is(self, text: str) -> bool:
        """Whether the next token is that one; then it is taken."""
        if self._tokens[self._at].text != text:
            return False
        self._at += 1
        return True

    def _want(self, text: str) -> None:
        token = self._next()
        if token.text != text:
            raise SchemaError(f"`{text}` is missing before `{token.text}`", position=token.position)

    def _name(self, what: str) -> str:
        token = self._next()
        if token.kind != "word" or "." in token.text:
            raise SchemaError(f"`{token.text}` is no name of {what}", position=token.position)
        return token.text

    def _number(self) -> int:
        token = self._next()
        try:
            number = int(token.text, 0)
        except ValueError:
            raise SchemaError(f"`{token.text}` is no whole number", position=token.position) from None
        if number not in _NUMBERS:
            raise SchemaError(f"{number} is out of bounds", position=token.position)
        return number

    def _pass_over(self) -> None:
        """Up to the end of a statement, with everything in brackets."""
        while True:
            token = self._next()
            if token.text == ";":
                return
            if token.text in _CLOSING:
                self._pass_brackets(_CLOSING[token.text])
                if token.text == "{":
                    self._is(";")
                    return

    def _pass_brackets(self, closing: str) -> None:
        while True:
            token = self._next()
            if token.text == closing:
                return
            if token.text in _CLOSING:
                self._pass_brackets(_CLOSING[token.text])

    # The file

    def file(self) -> FileDescriptorProto:
        """The whole file, its types still by name."""
        file = FileDescriptorProto(name="schema.proto")
        while self._tokens[self._at].kind != "end":
            token = self._next()
            match token.text:
                case "syntax":
                    self._want("=")
                    file.syntax = self._next().text[1:-1]
                    self._proto3 = file.syntax == "proto3"
                    self._want(";")
                case "package":
                    file.package = self._next().text
                    self._want(";")
                case "import":
                    for word in ("public", "weak"):
                        self._is(word)
                    file.dependency.append(self._next().text[1:-1])
                    self._want(";")
                case "message":
                    self._message(file.message_type.add(), file.package)
                case "enum":
                    self._enum(file.enum_type.add(), file.package)
                case "option" | "service" | "extend":
                    self._pass_over()
                case ";":
                    pass
                case _:
                    known = ("syntax", "package", "import", "message", "enum", "option", "service")
                    match_ = nearest(token.text, known)
                    hint = f"did you mean `{match_}`?" if match_ else None
                    raise SchemaError(f"`{token.text}` cannot stand here", hint, position=token.position)
        return file

    def _message(self, message: DescriptorProto, scope: str) -> None:
        message.name = self._name("a message")
        here = f"{scope}.{message.name}" if scope else message.name
        self._known[here] = "message"
        self._want("{")
        while not self._is("}"):
            if self._is("message"):
                self._message(message.nested_type.add(), here)
            elif self._is("enum"):
                self._enum(message.enum_type.add(), here)
            elif self._is("oneof"):
                self._oneof(message, here)
            elif self._tokens[self._at].text in ("option", "reserved", "extensions", "extend"):
                self._pass_over()
            elif not self._is(";"):
                self._field(message, here, None)
        for number, (index, name) in enumerate(
            [(i, f.name) for i, f in enumerate(message.field) if f.proto3_optional], len(message.oneof_decl)
        ):
            message.oneof_decl.add(name=f"_{name}")
            message.field[index].oneof_index = number

    def _oneof(self, message: DescriptorProto, scope: str) -> None:
        index = len(message.oneof_decl)
        message.oneof_decl.add(name=self._name("a oneof"))
        self._want("{")
        while not self._is("}"):
            if self._tokens[self._at].text == "option":
                self._pass_over()
            else:
                self._field(message, scope, index)

    def _field(self, message: DescriptorProto, scope: str, oneof: int | None) -> None:
        label = next((word for word in _LABELS if self._is(word)), "")
        token = self._next()
        if token.kind != "word":
            raise SchemaError(f"`{token.text}` is no type", position=token.position)
        found = message.field.add()
        is_map = token.text == "map" and self._is("<")
        if is_map:
            self._map(message, found, scope)
        else:
            found.label = _REPEATED if label == "repeated" else _OPTIONAL
            if label == "required":
                found.label = FieldDescriptorProto.LABEL_REQUIRED
            self._typed(found, token, scope)
        where = self._tokens[self._at]
        name = self._name("a field")
        if any(other.name == name for other in message.field):
            raise SchemaError(f"the field `{name}` is there twice", position=where.position)
        found.name = name
        if is_map:
            entry = message.nested_type[-1]
            entry.name = "".join(part[:1].upper() + part[1:] for part in name.split("_")) + "Entry"
            found.type_name = f".{scope}.{entry.name}"
        self._want("=")
        where = self._tokens[self._at]
        number = self._number()
        if any(other.number == number for other in message.field if other is not found):
            raise SchemaError(f"the number {number} is there twice", position=where.position)
        found.number = number
        if oneof is not None:
            found.oneof_index = oneof
        elif label == "optional" and self._proto3:
            found.proto3_optional = True
        if self._is("["):
            self._options(found)
        self._want(";")

    def _map(self, message: DescriptorProto, found: FieldDescriptorProto, scope: str) -> None:
        found.label = _REPEATED
        found.type = FieldDescriptorProto.TYPE_MESSAGE
        entry = message.nested_type.add()
        entry.options.map_entry = True
        for number, name in ((1, "key"), (2, "value")):
            part = entry.field.add(name=name, number=number, label=_OPTIONAL)
            self._typed(part, self._next(), scope)
            self._want("," if number == 1 else ">")

    def _typed(self, found: FieldDescriptorProto, token: _Token, scope: str) -> None:
        if token.text in _SCALARS:
            found.type = _SCALARS[token.text]
        else:
            self._uses.append(_Use(found, scope, token))

    def _options(self, found: FieldDescriptorProto) -> None:
        """`[default = 5, ...]`: only a default changes what is read."""
        while not self._is("]"):
            token = self._next()
            if token.text == "default" and self._is("="):
                value = self._next()
                minus = "-" if value.text == "-" else ""
                value = self._next() if minus else value
                is_text = value.kind == "text"
                found.default_value = str(ast.literal_eval(value.text)) if is_text else minus + value.text
            elif token.text in _CLOSING:
                self._pass_brackets(_CLOSING[token.text])

    def _enum(self, enum: EnumDescriptorProto, scope: str) -> None:
        enum.name = self._name("an enum")
        self._known[f"{scope}.{enum.name}" if scope else enum.name] = "enum"
        self._want("{")
        while not self._is("}"):
            if self._is("option"):
                if self._tokens[self._at].text == "allow_alias":
                    enum.options.allow_alias = True
                self._pass_over()
            elif self._tokens[self._at].text == "reserved":
                self._pass_over()
            elif not self._is(";"):
                value = enum.value.add(name=self._name("a value"))
                self._want("=")
                minus = -1 if self._is("-") else 1
                value.number = minus * self._number()
                if self._is("["):
                    self._pass_brackets("]")
                self._want(";")

    def find_types(self, imported: dict[str, str]) -> None:
        """Give every field the full name of its type, found from the inside out."""
        known = {**imported, **self._known}
        for use in self._uses:
            name = use.token.text
            full = name[1:] if name.startswith(".") else None
            scope = use.scope
            while full is None:
                candidate = f"{scope}.{name}" if scope else name
                if candidate in known:
                    full = candidate
                elif not scope:
                    break
                scope = scope.rpartition(".")[0]
            if full is None or full not in known:
                words = (*_SCALARS, *(one.rpartition(".")[2] for one in self._known))
                match_ = nearest(name, words)
                hint = f"did you mean `{match_}`?" if match_ else did_you_mean(name, _SCALARS, what="types")
                raise SchemaError(f"`{name}` is no type", hint, position=use.token.position)
            is_enum = known[full] == "enum"
            use.field.type = FieldDescriptorProto.TYPE_ENUM if is_enum else FieldDescriptorProto.TYPE_MESSAGE
            use.field.type_name = f".{full}"
