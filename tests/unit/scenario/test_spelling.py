"""What is spelled reads as the value, in every kind of file, and looks as its neighbours do."""

from __future__ import annotations

import math
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codecs import types
from harness.codecs.cells import read_cell
from harness.codecs.moments import Moment
from harness.codecs.numbers import as_single
from harness.codecs.types import Type, TypeKind, parse_type, with_times
from harness.location import Location
from harness.rows import Cell, Rows, Word
from harness.scenario.problems import Problems
from harness.scenario.rewrite.forms import DelimitedForm, JsonForm, TableForm, YamlForm
from harness.scenario.rewrite.spelling import Form, Unspellable, same, spell
from harness.scenario.rows import rowfile, rowlist, table
from harness.scenario.rows.cells import Cells
from harness.scenario.yaml import source
from harness.scenario.yaml.nodes import ListNode, MapNode, Scalar, Style

HERE = Location(Path("a.scenario.yaml"), 3, 5)
CLOCK = Moment.from_text("2026-03-01T12:00:00Z")
T = CLOCK.instant
MS = timedelta(milliseconds=1)
FORMS: list[Form] = [
    TableForm(),
    DelimitedForm(","),
    DelimitedForm(";"),
    DelimitedForm("\t"),
    YamlForm(flow=True),
    YamlForm(flow=False),
    YamlForm(flow=False, quote="'"),
    JsonForm(),
]
NASTY = st.text(
    st.sampled_from("ab 0T|\\\n\t\"'<>${}[]:#,;-?!&*%@`~=.nuléx\u00a0\u200b\u2028\x00\x7f\ufeff\U0001f600")
)
TEXTS = st.one_of(
    NASTY,
    st.text(),
    st.sampled_from(["null", "", '"quoted"', "<any>", "<b", "${x}", "$${", " a ", "NULL", "007", "true"]),
)
MICROS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001
JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        TEXTS,
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
RECORD = Type(
    TypeKind.RECORD,
    fields=(("n", types.INTEGER), ("at", types.INSTANT), ("s", types.TEXT), ("b", types.BYTES)),
)
VALUES: dict[str, tuple[Type | None, st.SearchStrategy[object]]] = {
    "text": (types.TEXT, TEXTS),
    "boolean": (types.BOOLEAN, st.booleans()),
    "integer": (types.INTEGER, st.integers()),
    "decimal": (types.DECIMAL, st.decimals(allow_nan=False, allow_infinity=False)),
    "decimal(8, 2)": (parse_type("decimal(8, 2)"), st.decimals(-(10**5), 10**5, places=2)),
    "double": (types.FLOAT, st.floats()),
    "single": (types.SINGLE, st.floats(width=32).map(as_single)),
    "instant": (types.INSTANT, MICROS.map(lambda d: d.replace(tzinfo=UTC))),
    "local": (types.LOCAL_TIMESTAMP, MICROS),
    "epoch": (with_times(None, "epoch_ms"), st.integers(-(10**9), 10**9).map(lambda n: T + n * MS)),
    "date": (types.DATE, st.dates()),
    "time": (types.TIME, st.times()),
    "bytes": (types.BYTES, st.binary()),
    "uuid": (types.UUID, st.uuids()),
    "json": (types.JSON, JSON_VALUES),
    "untyped": (None, JSON_VALUES),
    "array": (parse_type("array<timestamp>"), st.lists(st.none() | MICROS, max_size=3)),
    "map": (Type(TypeKind.MAP, of=types.TEXT), st.dictionaries(TEXTS, st.none() | TEXTS, max_size=3)),
    "record": (
        RECORD,
        st.fixed_dictionaries(
            {},
            optional={
                "n": st.none() | st.integers(),
                "at": MICROS.map(lambda d: d.replace(tzinfo=UTC)),
                "s": TEXTS,
                "b": st.binary(),
            },
        ),
    ),
    "union": (
        Type(TypeKind.UNION, branches=(types.TEXT, types.INTEGER, types.BOOLEAN)),
        st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    ),
}
"""A type, and values that a field of it holds."""


def rows_of(form: Form, text: str, folder: Path) -> Rows:
    """The row of a real file in which that text is the value of `k`."""
    problems = Problems()
    cells = Cells(problems)
    if isinstance(form, TableForm):
        data = f"rows: |\n  | k | x |\n  | {text} | 1 |\n".encode()
        rows = table.read(_value(data), cells)
    elif isinstance(form, YamlForm):
        data = (
            f"rows: [{{k: {text}, x: 1}}]\n" if form.flow else f"rows:\n  - k: {text}\n    x: 1\n"
        ).encode()
        rows = rowlist.read(_list(data), cells)
    else:
        name = "rows.json" if isinstance(form, JsonForm) else "rows.csv"
        if isinstance(form, DelimitedForm):
            data = f"k{form.separator}x\r\n{text}{form.separator}1\r\n".encode()
        else:
            data = f'[{{"k": {text}, "x": 1}}]'.encode()
        (folder / name).write_bytes(data)
        found = rowfile.read(Scalar(name, HERE, Style.PLAIN, HERE), folder, cells)
        assert found is not None
        rows = found
    assert problems.found() == ()
    return rows


def _root(data: bytes) -> MapNode:
    problems = Problems()
    documents = source.parse(data, HERE.path, problems)
    assert problems.found() == ()
    assert documents is not None
    (root,) = documents
    assert isinstance(root, MapNode)
    return root


def _value(data: bytes) -> Scalar:
    node = _root(data).entries["rows"].value
    assert isinstance(node, Scalar)
    return node


def _list(data: bytes) -> ListNode:
    node = _root(data).entries["rows"].value
    assert isinstance(node, ListNode)
    return node


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_spelled_reads_as_the_value(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    type_, values = VALUES[kind]
    value = data.draw(st.none() | values)
    form = data.draw(st.sampled_from(FORMS))
    folder = tmp_path_factory.getbasetemp()

    try:
        text = spell(value, type_, CLOCK, form, None)
    except Unspellable:
        assert unwritable(value, form), (value, form)
        return

    (row,) = rows_of(form, text, folder)
    assert same(read_cell(row.cells["k"], type_, CLOCK), value)
    assert list(row.cells) == ["k", "x"]


def unwritable(value: object, form: Form) -> bool:
    """Whether it is text with a character that the file cannot hold as it is, and has no other words for."""
    if not isinstance(value, str):
        return False
    if isinstance(form, DelimitedForm):
        return "\0" in value
    return isinstance(form, TableForm) and ("\r" in value or not source.is_allowed(value))


def spelled(
    value: object, type_: Type | None, like: str | Cell | None = None, form: Form | None = None
) -> str:
    old = Cell(like, HERE) if isinstance(like, str) else like
    return spell(value, type_, CLOCK, form or TableForm(), old)


@pytest.mark.parametrize(
    ("value", "type_", "like", "text"),
    [
        (T + timedelta(seconds=65), types.INSTANT, "T+5s", "T+1m5s"),
        (T - timedelta(days=2), types.INSTANT, "T", "T-2d"),
        (T, types.INSTANT, "T+5s", "T"),
        (T + timedelta(microseconds=1), types.INSTANT, "T+5s", "2026-03-01T12:00:00.000001Z"),
        (T + timedelta(seconds=5), types.INSTANT, "2026-03-01T00:00:00Z", "2026-03-01T12:00:05Z"),
        (T + timedelta(seconds=5), types.INSTANT, "2026-03-01T00:00:00+02:00", "2026-03-01T14:00:05+02:00"),
        (T + timedelta(seconds=5), types.INSTANT, "2026-03-01 00:00:00Z", "2026-03-01 12:00:05Z"),
        (T + timedelta(seconds=5), types.INSTANT, None, "T+5s"),
        (T + timedelta(days=50), types.INSTANT, None, "2026-04-20T12:00:00Z"),
        (T.replace(tzinfo=None), types.LOCAL_TIMESTAMP, "2026-03-01T00:00:00", "2026-03-01T12:00:00"),
        (T.replace(tzinfo=None), types.LOCAL_TIMESTAMP, "T+1s", "T"),
        (T + timedelta(seconds=5), with_times(None, "epoch_ms"), "1772366400000", "1772366405000"),
        (T + timedelta(seconds=5), with_times(None, "epoch_ms"), "T", "T+5s"),
        (date(2026, 3, 2), types.DATE, "2026-03-01", "2026-03-02"),
        (time(1, 2), types.TIME, None, "01:02:00"),
        (Decimal("12.5"), types.DECIMAL, "7.25", "12.50"),
        (Decimal(12), None, "7.25", "12.00"),
        (Decimal("12.505"), types.DECIMAL, "7.25", "12.505"),
        (5.0, types.FLOAT, "3", "5"),
        (5.0, types.FLOAT, "3.0", "5.0"),
        (math.nan, types.FLOAT, None, "NaN"),
        ("declined", types.TEXT, "approved", "declined"),
        ("declined", types.TEXT, Cell("approved", HERE, quoted=True), '"declined"'),
        ("42", None, "x", '"42"'),
        ("42", types.TEXT, "x", "42"),
        ("", types.TEXT, "x", '""'),
        ("null", types.TEXT, "x", '"null"'),
        ("NULL", types.TEXT, "x", '"NULL"'),
        (None, types.TEXT, "x", "null"),
        (" a ", types.TEXT, "x", '" a "'),
        ('"a"', types.TEXT, "x", '""a""'),
        ("<b>", types.TEXT, "x", "<text <b>>"),
        ("a|b\\n", types.TEXT, "x", "a\\|b\\\\n"),
        ("\\d+\nx", types.TEXT, "x", "\\d+\\nx"),
        ("${x}", types.TEXT, "x", "$${x}"),
        (b"\x00\xff", types.BYTES, None, "<hex 00ff>"),
        (b"\x00\xff", types.BYTES, Cell("AA==", HERE, word=Word.BASE64), "<base64 AP8=>"),
        (b"\x00\xff", types.BYTES, "\\x00", "\\x00ff"),
        (uuid.UUID(int=1), types.UUID, None, "00000000-0000-0000-0000-000000000001"),
        ({"a": [1, "x", None]}, types.JSON, None, '{"a": [1, "x", null]}'),
        (True, types.BOOLEAN, None, "true"),
    ],
)
def test_a_value_is_spelled_as_its_neighbours_are(
    value: object, type_: Type | None, like: str | Cell | None, text: str
) -> None:
    assert spelled(value, type_, like) == text


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        (YamlForm(flow=True), "a, b", '"a, b"'),
        (YamlForm(flow=False), "a, b", "a, b"),
        (YamlForm(flow=False), "a: b", '"a: b"'),
        (YamlForm(flow=False, quote="'"), "it's: b", "'it''s: b'"),
        (YamlForm(flow=False), "a\r\nb\x00", '"a\\r\\nb\\u0000"'),
        (YamlForm(flow=False), {"a b": ["x", "y, z"]}, '{a b: [x, "y, z"]}'),
        (DelimitedForm(";"), "a, b", "a, b"),
        (DelimitedForm(","), "a, b", '"a, b"'),
        (DelimitedForm(","), 'say "x"', '"say ""x"""'),
        (DelimitedForm(","), "", '""'),
        (JsonForm(), "a", '"a"'),
        (JsonForm(), {"a": Decimal("1.10")}, '{"a": 1.10}'),
    ],
)
def test_each_kind_of_file_has_its_own_quotes(form: Form, value: object, text: str) -> None:
    assert spelled(value, types.JSON, None, form) == text


def test_a_time_that_moves_is_never_a_date() -> None:
    text = spell(T + timedelta(seconds=1), types.INSTANT, CLOCK, TableForm(), Cell("2026", HERE), moving=True)

    assert text == "T+1s"


@pytest.mark.parametrize(
    ("value", "type_"), [("text", types.INTEGER), (1, types.TEXT), ("a\rb", types.TEXT), (object(), None)]
)
def test_what_no_text_can_say_is_refused(value: object, type_: Type) -> None:
    with pytest.raises(Unspellable, match="no text in a table reads as this value"):
        spelled(value, type_)
