"""What Flink 1.20 says of a statement becomes one fact at a line and column of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import JobError
from harness.flink.sql_error import explain
from harness.sql.source import SqlSource

FILE = """\
CREATE TABLE orders (id STRING, amount DECIMAL(10, 2)) WITH ('connector' = 'kafak');
-- all of them
INSERT INTO sink
  SELECT id, '${TOPIC}', amout FROM orders;
"""


@pytest.fixture
def source(tmp_path: Path) -> SqlSource:
    path = tmp_path / "orders.sql"
    path.write_text(FILE)
    return SqlSource.read(path, {"TOPIC": "a topic\nof two lines"})


def told(source: SqlSource, *messages: str, kind: str = "ValidationException") -> tuple[JobError, int, int]:
    """The error of the INSERT, and the line and column that it points at."""
    error = explain(source, source.statements, {"statement": 1, "type": kind, "messages": messages})
    assert error.location is not None
    return error, error.location.line, error.location.column


def test_a_place_behind_a_filled_in_value_is_that_of_the_file(source: SqlSource) -> None:
    # The value has a line break, so Flink's third line is the file's fourth.
    error, line, column = told(
        source, "From line 3, column 16 to line 3, column 20: Column 'amout' not found"
    )

    assert (line, column) == (4, 26)
    assert error.message == "column 'amout' not found"
    assert error.detail == f"  SELECT id, '${{TOPIC}}', amout FROM orders;\n{' ' * 25}^"


def test_a_place_inside_of_a_value_is_its_variable(source: SqlSource) -> None:
    _, line, column = told(source, "From line 3, column 2 to line 3, column 3: nonsense")

    assert (line, column) == (4, 15)


def test_the_place_is_found_in_any_message_and_the_fact_in_the_root(source: SqlSource) -> None:
    error, line, column = told(
        source,
        "SQL validation failed. From line 1, column 13 to line 1, column 16: Object 'sink' not found",
        "From line 1, column 13 to line 1, column 16: Object 'sink' not found",
        "Object 'sink' not found",
    )

    assert (error.message, line, column) == ("object 'sink' not found", 3, 13)


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        (
            'SQL parse failed. Encountered "amout" at line 3, column 16.\nWas expecting:',
            "`amout` is not expected here",
        ),
        ('Encountered "<EOF>" at line 3, column 16.', "the statement ends too early"),
        ('Encountered "\\\'" at line 3, column 16.', "`'` is not expected here"),
        (
            "SQL parse failed. Incorrect syntax near the keyword 'RAW' at line 3, column 16.\nWas expecting:",
            "the keyword `RAW` is not expected here",
        ),
        (
            'Lexical error at line 3, column 16.  Encountered: "?" (63), after : ""',
            "`?` is not expected here",
        ),
    ],
)
def test_what_the_parser_met_is_the_fact(source: SqlSource, message: str, fact: str) -> None:
    error, line, column = told(source, message, kind="ParseException")

    assert (error.message, line, column) == (fact, 4, 26)


def test_a_misspelled_keyword_is_told_before_a_name(source: SqlSource) -> None:
    message = 'Encountered "id" at line 2, column 10.\nWas expecting one of:\n  "SELCT" ...\n  "TABLE" ...\n '

    error, _, _ = told(source, message)

    assert error.hint == "did you mean `SELCT` in place of `SELECT`?"
    assert (error.detail or "").endswith("expected: SELCT, TABLE")


def test_a_missing_connector_is_told_where_it_is_named(source: SqlSource) -> None:
    error, line, column = told(
        source,
        "Unable to create a source for reading table 'default_catalog.default_database.orders'.\n\nTable",
        "Could not find any factory for identifier 'kafak' that implements 'F' in the classpath.\n\n"
        "Available factory identifiers are:\n\nkafka\nprint",
    )

    assert (line, column) == (1, FILE.index("'kafak'") + 1)
    assert error.hint == "did you mean `kafka`?"
    assert "used by the statement in line 3" in (error.detail or "")


def test_without_any_place_the_statement_is_shown(source: SqlSource) -> None:
    error, line, column = told(source, "Could not register.", "com.example.F", kind="ClassNotFoundException")

    assert (error.message, line, column) == ("ClassNotFoundException: com.example.F", 3, 1)
    assert "Could not register." in (error.detail or "")


@pytest.mark.parametrize("place", ["line 9, column 1", "line 1, column 999", "line 0, column 0"])
def test_a_place_that_the_statement_does_not_have_is_not_believed(source: SqlSource, place: str) -> None:
    _, line, column = told(source, f"At {place}: something is wrong")

    assert (line, column) == (3, 1)
