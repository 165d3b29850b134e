"""The SQL file of a job as `harness check` reads it: its statements, and what no run of it would forgive."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.location import Location
from harness.scenario import vocabulary
from harness.scenario.model import Text
from harness.scenario.problems import Problems
from harness.scenario.yaml import source
from harness.sql.filling import variables
from harness.sql.lines import place
from harness.sql.statements import Statement, split
from harness.sql.tokens import Unclosed

MAX_BYTES = 8 * 1024 * 1024
_CLOSERS = {"'": "'", "/*": "*/"}


def read(path: Path, env: Mapping[str, Text], problems: Problems) -> tuple[Statement, ...]:
    """The statements of a file, as far as they can be told apart; what is wrong with them is noted.

    Args:
        path: The file.
        env: What its variables are filled from.
        problems: Where to note.
    """
    data = source.read_bytes(path, problems, MAX_BYTES)
    text = None if data is None else source.decode(data, path, problems)
    if data is None or text is None:
        return ()
    if data.startswith(codecs.BOM_UTF8):
        fact = "the file begins with a byte order mark, which Flink does not read"
        problems.add(Location(path), fact, "save it as UTF-8 without a mark")
    try:
        statements = split(text)
    except Unclosed as unclosed:
        where = Location(path, *place(text, unclosed.start))
        closer = _CLOSERS.get(unclosed.opener)
        hint = f"it needs a `{closer}`" if closer else "it needs a backtick"
        problems.add(where, f"a {unclosed.what} that is never closed", hint)
        return ()
    _check(statements, text, path, problems)
    if not any(statement.is_python for statement in statements):
        _check_env(env, text, path, problems)
    return statements


def _check(statements: Sequence[Statement], text: str, path: Path, problems: Problems) -> None:
    for statement in statements:
        where = Location(path, *place(text, statement.start))
        if statement.is_query:
            hint = "write INSERT INTO before it, or leave it out"
            problems.add(where, "a query of its own prints its rows and writes none", hint)
        elif statement.is_open_set:
            problems.add(where, "a statement set that is never closed", "close it with `END;`")
    _check_begun(statements, text, path, problems)
    if not any(statement.may_submit or statement.is_query for statement in statements):
        fact = "the file submits no job" if statements else "the file holds no statement"
        problems.add(Location(path), fact, "a job begins with INSERT INTO or EXECUTE STATEMENT SET")


def _check_begun(statements: Sequence[Statement], text: str, path: Path, problems: Problems) -> None:
    """Note a set that `BEGIN STATEMENT SET;` begins and nothing ends: Flink would do and say nothing."""
    begun = None
    for statement in statements:
        if statement.begins("BEGIN", "STATEMENT", "SET"):
            begun = statement
        elif statement.begins("END"):
            begun = None
    if begun is not None:
        where = Location(path, *place(text, begun.start))
        problems.add(where, "a statement set that is never closed", "close it with `END;`")


def _check_env(env: Mapping[str, Text], text: str, path: Path, problems: Problems) -> None:
    names = variables(text)
    for name, value in env.items():
        if name not in names:
            hint = vocabulary.suggested(name, sorted(names - set(env)))
            problems.add(
                value.location,
                f"`{path.name}` has no `${{{name}}}`",
                f"did you mean `{hint}`?" if hint else "`env` fills in the variables of a SQL file",
            )
