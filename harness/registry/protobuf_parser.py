"""The text of a .proto file -> its descriptor, by recursive descent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
    UninterpretedOption,
)

from harness.registry.refusal import InvalidSchema

SCALARS = {
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "float": FieldDescriptorProto.TYPE_FLOAT,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "fixed64": FieldDescriptorProto.TYPE_FIXED64,
    "fixed32": FieldDescriptorProto.TYPE_FIXED32,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "string": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "sfixed32": FieldDescriptorProto.TYPE_SFIXED32,
    "sfixed64": FieldDescriptorProto.TYPE_SFIXED64,
    "sint32": FieldDescriptorProto.TYPE_SINT32,
    "sint64": FieldDescriptorProto.TYPE_SINT64,
}
MAX_NUMBER = (1 << 29) - 1
_LABELS = {
    "optional": FieldDescriptorProto.LABEL_OPTIONAL,
    "required": FieldDescriptorProto.LABEL_REQUIRED,
    "repeated": FieldDescriptorProto.LABEL_REPEATED,
}
_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
      |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      |(?P<number>(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fF]?)
      |(?P<word>\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      |(?P<mark>[{}\[\]()<>=;,:+/-])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def parse_proto(text: str) -> FileDescriptorProto:
    """Read a .proto file; types keep the names that the text gives them.

    Raises:
        InvalidSchema: It is none.
    """
    try:
        return _Parser(text).file()
    except RecursionError:
        raise InvalidSchema("nested too deep") from None


def json_name(name: str) -> str:
    """What JSON calls a field, unless it is told otherwise."""
    return re.sub(r"_+([a-zA-Z0-9]?)", lambda match: match[1].upper(), name)


def entry_name(name: str) -> str:
    """The hidden message behind a map field."""
    return re.sub(r"(?:^|_)([a-zA-Z0-9]?)", lambda match: match[1].upper(), name) + "Entry"


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            line = text.count("\n", 0, place) + 1
            raise InvalidSchema(f"Syntax error in :{line}: unexpected {text[place]!r}")
        place = match.end()
        if match.lastgroup != "skip":
            yield str(match.lastgroup), match.group(), match.start()
    # More than one, since two tokens are looked at ahead.
    yield from [("end", "", len(text))] * 3


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._place = 0
        self._proto3 = False

    # Tokens

    def _peek(self) -> str:
        return self._tokens[self._place][1]

    def _next(self, kind: str | None = None) -> str:
        found, value, _ = self._tokens[self._place]
        if found == "end" or (kind is not None and found != kind):
            raise self._wrong(kind or "more")
        self._place += 1
        return value

    def _expect(self, mark: str) -> None:
        if self._peek() != mark:
            raise self._wrong(f"'{mark}'")
        self._place += 1

    def _take(self, mark: str) -> bool:
        if self._tokens[self._place][0] != "string" and self._peek() == mark:
            self._place += 1
            return True
        return False

    def _wrong(self, wanted: str) -> InvalidSchema:
        line = self._text.count("\n", 0, self._tokens[self._place][2]) + 1
        return InvalidSchema(f"Syntax error in :{line}: expected {wanted}, found '{self._peek()}'")

    def _string(self) -> str:
        parts = [self._next("string")]
        while self._tokens[self._place][0] == "string":
            parts.append(self._next())
        return "".join(_ESCAPE.sub(_unescaped, part[1:-1]) for part in parts)

    def _integer(self) -> int:
        negative = self._take("-")
        written = self._next("number")
        try:
            octal = len(written) > 1 and written[0] == "0" and written.isdigit()
            value = int(written, 8 if octal else 0)
        except ValueError:
            raise self._wrong("a whole number") from None
        return -value if negative else value

    def _constant(self) -> Any:
        """A string, a number, a boolean, a name, or an aggregate as its text."""
        kind, value, _ = self._tokens[self._place]
        if kind == "string":
            return self._string()
        if value == "{":
            return _Aggregate(self._braces())
        sign = -1 if self._take("-") else 1
        self._take("+")
        value = self._next()
        if value in {"true", "false"}:
            return value == "true"
        if re.match(r"[\d.]", value) and value[-1:] != ".":
            return sign * (
                int(value, 0) if re.fullmatch(r"0[xX]\w+|0|[1-9]\d*", value) else float(value.rstrip("fF"))
            )
        return _Identifier(value if sign > 0 else f"-{value}")

    def _braces(self) -> str:
        begin = self._tokens[self._place][2]
        self._expect("{")
        depth = 1
        while depth:
            token = self._next()
            depth += {"{": 1, "}": -1}.get(token, 0)
        return self._text[begin + 1 : self._tokens[self._place - 1][2]].strip()

    # A file

    def file(self) -> FileDescriptorProto:
        made = FileDescriptorProto()
        statements: dict[str, Callable[[FileDescriptorProto], None]] = {
            "syntax": self._syntax,
            "edition": self._syntax,
            "package": self._package,
            "import": self._import,
            "option": lambda file: self._option(file.options),
            "message": lambda file: self._message(file.message_type.add()),
            "enum": lambda file: self._enum(file.enum_type.add()),
            "service": lambda file: self._service(file.service.add()),
            "extend": lambda file: self._extend(file.extension, file.message_type),
        }
        while self._tokens[self._place][0] != "end":
            if self._take(";"):
                continue
            word = self._next("word")
            if word not in statements:
                self._place -= 1
                raise self._wrong("a statement")
            statements[word](made)
        return made

    def _syntax(self, file: FileDescriptorProto) -> None:
        self._expect("=")
        syntax = self._string()
        if syntax not in {"proto2", "proto3"}:
            raise InvalidSchema(f"unexpected syntax: {syntax}")
        self._proto3 = syntax == "proto3"
        if self._proto3:
            file.syntax = syntax
        self._expect(";")

    def _package(self, file: FileDescriptorProto) -> None:
        file.package = self._next("word")
        self._expect(";")

    def _import(self, file: FileDescriptorProto) -> None:
        index = len(file.dependency)
        if self._take("public"):
            file.public_dependency.append(index)
        elif self._take("weak"):
            file.weak_dependency.append(index)
        file.dependency.append(self._string())
        self._expect(";")

    def _option(self, options: Any) -> None:
        self._set_option(options)
        self._expect(";")

    def _set_option(self, options: Any) -> None:
        name = self._option_name()
        self._expect("=")
        set_option(options, name, self._constant())

    def _option_name(self) -> str:
        parts = []
        while True:
            if self._take("("):
                parts.append(f"({self._next('word')})")
                self._expect(")")
            else:
                parts.append(self._next("word").removeprefix("."))
            if not self._peek().startswith(".") and self._peek() != "(":
                return ".".join(parts)

    def _options_in_brackets(
        self, options: Callable[[], Any], field: FieldDescriptorProto | None = None
    ) -> None:
        if not self._take("["):
            return
        while True:
            name_at = self._place
            name = self._option_name()
            self._expect("=")
            value = self._constant()
            if field is not None and name == "default":
                field.default_value = _default_text(value)
            elif field is not None and name == "json_name":
                field.json_name = str(value)
            else:
                set_option(options(), name, value)
            if not self._take(","):
                break
            assert self._place > name_at
        self._expect("]")

    # Messages

    def _message(self, made: DescriptorProto) -> None:
        made.name = self._next("word")
        self._message_body(made)

    def _message_body(self, made: DescriptorProto) -> None:
        self._expect("{")
        nested: dict[str, Callable[[], None]] = {
            "message": lambda: self._message(made.nested_type.add()),
            "enum": lambda: self._enum(made.enum_type.add()),
            "option": lambda: self._option(made.options),
            "oneof": lambda: self._oneof(made),
            "extensions": lambda: self._extensions(made),
            "reserved": lambda: self._reserved(made, last=False),
            "extend": lambda: self._extend(made.extension, made.nested_type),
        }
        while not self._take("}"):
            if self._take(";"):
                continue
            word, after = self._peek(), self._tokens[self._place + 1]
            # A field may be called or typed like a statement: then a name and `=` follow.
            is_field = after[0] == "word" and self._tokens[self._place + 2][1] == "="
            if word in nested and not is_field:
                self._place += 1
                nested[word]()
            else:
                self._field(made.field, made.nested_type)
        self._synthesize(made)

    @staticmethod
    def _synthesize(made: DescriptorProto) -> None:
        """Give every proto3 `optional` its oneof, behind the written ones, as protoc does."""
        for field in made.field:
            if field.proto3_optional:
                field.oneof_index = len(made.oneof_decl)
                made.oneof_decl.add().name = f"_{field.name}"

    def _field(self, fields: Any, nested: Any, oneof: int | None = None) -> None:
        made = fields.add()
        made.label = FieldDescriptorProto.LABEL_OPTIONAL
        labelled = self._peek() in _LABELS and self._tokens[self._place + 1][1] != "="
        if labelled and oneof is None:
            label = self._next()
            made.label = _LABELS[label]
            if label == "optional" and self._proto3:
                made.proto3_optional = True
        if oneof is not None:
            made.oneof_index = oneof
        if self._peek() == "map" and self._tokens[self._place + 1][1] == "<":
            self._map(made, nested)
            return
        if self._peek() == "group" and self._tokens[self._place + 2][1] == "=":
            self._group(made, nested)
            return
        set_type(made, self._next("word"))
        self._name_and_number(made)
        self._expect(";")

    def _name_and_number(self, made: FieldDescriptorProto) -> None:
        made.name = self._next("word")
        self._expect("=")
        made.number = self._number()
        made.json_name = json_name(made.name)
        self._options_in_brackets(lambda: made.options, made)

    def _number(self) -> int:
        number = self._integer()
        if not 0 < number <= MAX_NUMBER or 19000 <= number <= 19999:
            raise InvalidSchema(f"unsupported field number: {number}")
        return number

    def _map(self, made: FieldDescriptorProto, nested: Any) -> None:
        self._next()
        self._expect("<")
        key = self._next("word")
        self._expect(",")
        value = self._next("word")
        self._expect(">")
        self._name_and_number(made)
        self._expect(";")
        entry = nested.add()
        entry.name = entry_name(made.name)
        entry.options.map_entry = True
        for number, (name, type_) in enumerate((("key", key), ("value", value)), start=1):
            part = entry.field.add()
            part.name, part.number, part.json_name = name, number, name
            part.label = FieldDescriptorProto.LABEL_OPTIONAL
            set_type(part, type_)
        made.label = FieldDescriptorProto.LABEL_REPEATED
        made.type = FieldDescriptorProto.TYPE_MESSAGE
        made.type_name = entry.name

    def _group(self, made: FieldDescriptorProto, nested: Any) -> None:
        self._next()
        name = self._next("word")
        self._expect("=")
        made.number = self._number()
        made.name, made.json_name = name.lower(), json_name(name.lower())
        made.type, made.type_name = FieldDescriptorProto.TYPE_GROUP, name
        self._options_in_brackets(lambda: made.options, made)
        group = nested.add()
        group.name = name
        self._message_body(group)

    def _oneof(self, made: DescriptorProto) -> None:
        index = len(made.oneof_decl)
        declared = made.oneof_decl.add()
        declared.name = self._next("word")
        self._expect("{")
        while not self._take("}"):
            if self._take(";"):
                continue
            if self._peek() == "option" and self._tokens[self._place + 2][1] == "=" and self._take("option"):
                self._option(declared.options)
            else:
                self._field(made.field, made.nested_type, index)

    def _extensions(self, made: DescriptorProto) -> None:
        for begin, end in self._ranges():
            made.extension_range.add(start=begin, end=end + 1)
        self._options_in_brackets(lambda: made.extension_range[-1].options)
        self._expect(";")

    def _reserved(self, made: Any, *, last: bool) -> None:
        """Names or ranges; an enum's ranges hold their last number, a message's do not."""
        if self._tokens[self._place][0] == "string":
            made.reserved_name.append(self._string())
            while self._take(","):
                made.reserved_name.append(self._string())
        else:
            for begin, end in self._ranges():
                made.reserved_range.add(start=begin, end=end if last else end + 1)
        self._expect(";")

    def _ranges(self) -> Iterator[tuple[int, int]]:
        while True:
            begin = end = self._integer()
            if self._take("to"):
                end = MAX_NUMBER if self._take("max") else self._integer()
            yield begin, end
            if not self._take(","):
                return

    def _extend(self, fields: Any, nested: Any) -> None:
        extended = self._next("word")
        self._expect("{")
        while not self._take("}"):
            if not self._take(";"):
                self._field(fields, nested)
                fields[-1].extendee = extended

    # Enums and services

    def _enum(self, made: EnumDescriptorProto) -> None:
        made.name = self._next("word")
        self._expect("{")
        while not self._take("}"):
            if self._take(";"):
                continue
            word = self._next("word")
            if word == "option" and self._peek() != "=":
                self._option(made.options)
            elif word == "reserved" and self._peek() != "=":
                self._reserved(made, last=True)
            else:
                value = made.value.add()
                value.name = word
                self._expect("=")
                value.number = self._integer()
                self._options_in_brackets(lambda value=value: value.options)  # type: ignore[misc]
                self._expect(";")

    def _service(self, made: ServiceDescriptorProto) -> None:
        made.name = self._next("word")
        self._expect("{")
        while not self._take("}"):
            if self._take(";"):
                continue
            if self._take("option"):
                self._option(made.options)
                continue
            self._expect("rpc")
            method = made.method.add()
            method.name = self._next("word")
            method.client_streaming, method.input_type = self._rpc_type()
            self._expect("returns")
            method.server_streaming, method.output_type = self._rpc_type()
            if self._take("{"):
                while not self._take("}"):
                    if not self._take(";"):
                        self._expect("option")
                        self._option(method.options)
            else:
                self._expect(";")

    def _rpc_type(self) -> tuple[bool, str]:
        self._expect("(")
        streaming = self._tokens[self._place + 1][1] != ")" and self._take("stream")
        name = self._next("word")
        self._expect(")")
        return streaming, name


class _Identifier(str):
    """A constant that is a name and no text."""

    __slots__ = ()


class _Aggregate(str):
    """A constant in braces, as its text."""

    __slots__ = ()


def set_type(field: FieldDescriptorProto, name: str) -> None:
    """Give a field a scalar's type, or the name of another one."""
    if name in SCALARS:
        field.type = SCALARS[name]
    else:
        field.type_name = name


def set_option(options: Any, name: str, value: Any) -> None:
    """Set an option that Protobuf knows; keep any other as it was written."""
    known = options.DESCRIPTOR.fields_by_name.get(name)
    if known is not None and name != "uninterpreted_option" and known.label != known.LABEL_REPEATED:
        try:
            if known.enum_type is not None:
                value = known.enum_type.values_by_name[str(value)].number
            setattr(options, name, value)
        except (TypeError, ValueError, KeyError):
            raise InvalidSchema(f"option {name} cannot be {value!r}") from None
        return
    kept: UninterpretedOption = options.uninterpreted_option.add()
    for part in re.findall(r"\([^)]*\)|[^.()]+", name):
        kept.name.add(name_part=part.strip("()"), is_extension=part.startswith("("))
    if isinstance(value, bool):
        kept.identifier_value = "true" if value else "false"
    elif isinstance(value, _Identifier):
        kept.identifier_value = str(value)
    elif isinstance(value, _Aggregate):
        kept.aggregate_value = str(value)
    elif isinstance(value, str):
        kept.string_value = value.encode()
    elif isinstance(value, float):
        kept.double_value = value
    elif value < 0:
        kept.negative_int_value = value
    else:
        kept.positive_int_value = value


def _default_text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "x":
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8))
    return _ESCAPES.get(code, code)
