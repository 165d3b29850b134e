"""A SQL file is cut where Flink's own parser would cut it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sql.statements import split
from harness.sql.tokens import Unclosed

WORDS = [
    "INSERT",
    "a",
    "CASE x WHEN 1 THEN 2 END",
    "BEGIN",
    "$b",
    "12.5",
    "(",
    "/",
    "*",
    "-",
    "=",
    '"',
    "ä",
    "😀",
]
TEXTS = ["'b'", "''", "'it''s; -- so'", "'/*'", "'\\'", "'a\nb'", "'`'"]
NAMES = ["`c`", "`d;'`", "`e``f`", "`--`"]
HINTS = ["/*+ OPTIONS('k' = 'v;*/') */"]
SPACES = [" ", "\n", "\r\n", "\t"]
COMMENTS = ["-- c;'\n", "// c;`\n", "/* c;' */", "/**/", "/** c */", "/* /* */", "--\r"]

pieces = st.sampled_from([*WORDS, *TEXTS, *NAMES, *HINTS])
gaps = st.lists(st.sampled_from([*SPACES, *COMMENTS]), max_size=3).map("".join)


@st.composite
def statements(draw: st.DrawFn) -> str:
    """A statement that begins and ends with a word, with gaps between its words."""
    inside = [f" {piece} {draw(gaps)}" for piece in draw(st.lists(pieces, max_size=6))]
    return f"SET{''.join(inside)} x"


def texts(text: str) -> list[str]:
    return [statement.text for statement in split(text)]


@given(st.lists(st.tuples(gaps, statements(), gaps)), gaps)
def test_what_is_joined_by_semicolons_is_split_again(parts: list[tuple[str, str, str]], last: str) -> None:
    text = "".join(f"{before}{statement}{after};" for before, statement, after in parts) + last

    assert texts(text) == [statement for _, statement, _ in parts]


@given(st.lists(st.tuples(gaps, statements()), min_size=1))
def test_a_statement_stands_where_it_says(parts: list[tuple[str, str]]) -> None:
    text = ";".join(f"{before}{statement}" for before, statement in parts)

    for statement in split(text):
        assert text[statement.start :].startswith(statement.text)
        assert all(text[t.start : t.end] == t.source for t in statement.tokens)


@given(st.text(alphabet="'`/*-+;\n\\ aé😀E"))
def test_any_text_is_split_or_refused_at_a_place_of_it(text: str) -> None:
    found, refused = [], None
    try:
        found = list(split(text))
    except Unclosed as unclosed:
        refused = unclosed

    assert all(text[s.start : s.start + len(s.text)] == s.text for s in found)
    assert refused is None or text.startswith(refused.opener, refused.start)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" ;; -- nothing\n;", []),
        ("a", ["a"]),
        ("a; b ;", ["a", "b"]),
        ("a -- ; b\n; c", ["a", "c"]),
        ("a // ; b\n; c", ["a", "c"]),
        ("a /* ; ' */ b; c", ["a /* ; ' */ b", "c"]),
        ("SELECT ';' ; c", ["SELECT ';'", "c"]),
        ("SELECT 'it''s;' ; c", ["SELECT 'it''s;'", "c"]),
        (r"SELECT '\'; c", [r"SELECT '\'", "c"]),
        ("SELECT `;` ; c", ["SELECT `;`", "c"]),
        ("FROM t /*+ OPTIONS('a' = ';*/') */ ; c", ["FROM t /*+ OPTIONS('a' = ';*/') */", "c"]),
        # As Flink reads it: the comment opens with three characters and its end needs two more.
        ("a /***/ ; */ b; c", ["a /***/ ; */ b", "c"]),
        ("a /**/ ; b", ["a", "b"]),
    ],
)
def test_a_semicolon_counts_only_where_it_is_one(text: str, found: list[str]) -> None:
    assert texts(text) == found


def test_a_statement_set_is_one_statement() -> None:
    text = "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END; INSERT INTO c"

    assert texts(text) == [text.removesuffix("; INSERT INTO c"), "INSERT INTO c"]


def test_a_case_that_ends_an_insert_does_not_end_its_set() -> None:
    text = "execute statement set begin INSERT INTO a SELECT CASE b WHEN 1 THEN 2 END; INSERT INTO c; end; d"

    assert texts(text) == [text.removesuffix("; d"), "d"]


def test_a_set_without_its_end_is_open() -> None:
    (statement,) = split("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;\n\n")

    assert statement.is_open_set


def test_the_sets_of_the_client_are_statements_of_their_own() -> None:
    text = "BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;"

    assert texts(text) == ["BEGIN STATEMENT SET", "INSERT INTO a SELECT 1", "END"]


@pytest.mark.parametrize(
    ("text", "what", "start"),
    [("a; 'b''", "text", 3), ("`a", "name", 0), ("a /* b", "comment", 2), ("a /***/ b", "comment", 2)],
)
def test_what_is_never_closed_is_told_with_its_begin(text: str, what: str, start: int) -> None:
    with pytest.raises(Unclosed) as caught:
        split(text)

    assert (caught.value.what, caught.value.start) == (what, start)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "VALUES (1)",
        "(SELECT 1) UNION (SELECT 2)",
        "select 1",
    ],
)
def test_a_query_is_seen(text: str) -> None:
    (statement,) = split(text)

    assert statement.is_query
    assert not statement.may_submit


@pytest.mark.parametrize(
    ("text", "submits"),
    [
        ("INSERT INTO a SELECT 1", True),
        ("insert overwrite a SELECT 1", True),
        ("EXECUTE PLAN 'a.json'", True),
        ("COMPILE AND EXECUTE PLAN 'a.json' FOR INSERT INTO a SELECT 1", True),
        ("COMPILE PLAN 'a.json' FOR INSERT INTO a SELECT 1", False),
        ("CREATE TABLE a WITH ('connector' = 'print') AS SELECT 1", True),
        ("CREATE TABLE a (b INT) WITH ('connector' = 'print')", False),
        ("CREATE VIEW a AS SELECT 1", False),
        ("EXPLAIN INSERT INTO a SELECT 1", False),
        ("SET 'a' = 'INSERT'", False),
    ],
)
def test_what_can_submit_a_job_is_told(text: str, submits: bool) -> None:
    (statement,) = split(text)

    assert statement.may_submit is submits


@pytest.mark.parametrize(
    ("text", "jars"),
    [
        ("ADD JAR '/a b.jar'", ("/a b.jar",)),
        ("SET 'pipeline.jars' = 'file:///a.jar;file:///b.jar'", ("file:///a.jar", "file:///b.jar")),
        ("SET 'pipeline.name' = 'a.jar'", None),
        ("SHOW JARS", None),
    ],
)
def test_the_jars_of_a_file_are_found(text: str, jars: tuple[str, ...] | None) -> None:
    (statement,) = split(text)

    assert statement.jars == jars


@pytest.mark.parametrize(
    ("text", "is_python"),
    [
        ("CREATE TEMPORARY SYSTEM FUNCTION f AS 'm.f' LANGUAGE PYTHON", True),
        ("CREATE FUNCTION f AS 'com.example.F' LANGUAGE JAVA", False),
        ("CREATE FUNCTION f AS 'com.example.F'", False),
    ],
)
def test_a_function_in_python_is_seen(text: str, is_python: bool) -> None:
    (statement,) = split(text)

    assert statement.is_python is is_python
