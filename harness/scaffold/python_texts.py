"""The strings of a Python file, with what is put into them; the file is parsed and never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

UNKNOWN = "${?}"
"""Stands for a part of a string that only the running program knows."""
_INPUT = re.compile(r"\$\{((?:env:|--)[^}]+)\}")
_SQL = re.compile(r"\b(?:CREATE|INSERT|SYSTEM_TIME)\b", re.IGNORECASE)
_READS = ("set_topics", "FlinkKafkaConsumer")
_WRITES = ("set_topic", "FlinkKafkaProducer")


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonTexts:
    """What the strings of a file say.

    Attributes:
        sql: Everything that looks like SQL.
        inserted: Tables that are written without SQL.
        reads: Topics that a consumer is made for.
        writes: Topics that a producer is made for.
        variables: The environment variables that are read.
        options: The command-line options that must be given.
    """

    sql: str
    inserted: frozenset[str]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    variables: tuple[str, ...]
    options: tuple[str, ...]


def read(text: str) -> PythonTexts:
    """The strings of a program.

    Raises:
        SyntaxError: It is no Python.
    """
    nodes = sorted(ast.walk(ast.parse(text)), key=_place)
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    options = {option: required for call in calls for option, required in _options(call)}
    strings = _Strings(options)
    for node in nodes:
        strings.note(node)
    whole = [n for n in nodes if isinstance(n, ast.Constant | ast.JoinedStr | ast.BinOp)]
    parts = {id(inner) for node in whole for inner in ast.walk(node) if inner is not node}
    texts = [strings.text(node) for node in whole if id(node) not in parts]
    inputs = [name for node in nodes for name in _INPUT.findall(strings.text(node))]
    return PythonTexts(
        sql="\n;\n".join(found for found in texts if _SQL.search(found)),
        inserted=frozenset(strings.first(call) for call in calls if _name(call.func) == "execute_insert"),
        reads=tuple(strings.first(call) for call in calls if _name(call.func) in _READS and call.args),
        writes=tuple(strings.first(call) for call in calls if _name(call.func) in _WRITES and call.args),
        variables=tuple(dict.fromkeys(name[4:] for name in inputs if name.startswith("env:"))),
        options=tuple(option for option, required in options.items() if required),
    )


def input_in(text: str) -> str | None:
    """The variable (`env:NAME`) or option (`--name`) that a text is, or None if it is something else."""
    found = _INPUT.fullmatch(text)
    return found[1] if found else None


class _Strings:
    """What expressions are as strings, as far as the text of the program shows it."""

    def __init__(self, options: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        self._options = {option.strip("-").replace("-", "_"): option for option in options}

    def note(self, node: ast.AST) -> None:
        """Remember what a name stands for."""
        if isinstance(node, ast.Assign):
            text = self.text(node.value)
            for target in node.targets:
                if isinstance(target, ast.Name) and text != UNKNOWN:
                    self._names[target.id] = text

    def first(self, call: ast.Call) -> str:
        """The first argument of a call."""
        return self.text(call.args[0]) if call.args else UNKNOWN

    def text(self, node: ast.AST) -> str:  # noqa: PLR0911  (one form each)
        """The expression as a string."""
        match node:
            case ast.Constant(value=str(value)):
                return value
            case ast.JoinedStr(values=values):
                return "".join(self.text(value) for value in values)
            case ast.FormattedValue(value=value):
                return self.text(value)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.text(left) + self.text(right)
            case ast.BinOp(left=ast.Constant(value=str(value)), op=ast.Mod()):
                return value
            case ast.Attribute(attr=name) if name in self._options:
                return f"${{{self._options[name]}}}"
            case ast.Name(id=name):
                return self._names.get(name, UNKNOWN)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))) if _name(value) == "environ":
                return f"${{env:{key}}}"
            case ast.Call(func=func, args=[ast.Constant(value=str(key)), *_]) if _reads_environment(func):
                return f"${{env:{key}}}"
            case _:
                return UNKNOWN


def _reads_environment(func: ast.expr) -> bool:
    if _name(func) == "getenv":
        return True
    return isinstance(func, ast.Attribute) and func.attr == "get" and _name(func.value) == "environ"


def _options(call: ast.Call) -> Iterator[tuple[str, bool]]:
    """The long options that a parser gets here, and whether each must be given."""
    if _name(call.func) != "add_argument":
        return
    required = any(
        word.arg == "required" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in call.keywords
    )
    for argument in call.args:
        if isinstance(argument, ast.Constant) and str(argument.value).startswith("--"):
            yield str(argument.value), required


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
