"""An expectation that is rewritten to what is there holds, whatever was expected and is there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.codecs.moments import Moment
from harness.codecs.types import Type, parse_type
from harness.expectation.acceptance import rewrite_of
from harness.expectation.sides import Sides
from harness.location import Location
from harness.result import Failure, Kind
from harness.scenario.discover import Pipelines
from harness.scenario.load import load_file
from harness.scenario.model import ExpectRows, Place
from harness.scenario.problems import Problems
from harness.scenario.rewrite.edits import FileText
from harness.scenario.rewrite.formatting import formatted
from harness.scenario.rewrite.forms import DelimitedForm, JsonForm, TableForm, YamlForm
from harness.scenario.rewrite.rewrite import edits_of
from harness.scenario.rewrite.row_slots import CannotRewrite
from harness.scenario.rewrite.spelling import Form, spell
from tests.unit.expectation.failures import failure_in

CLOCK = Moment.from_text("2026-03-01T12:00:00Z")
COLUMNS = {"k": "text", "n": "decimal(8, 2)", "at": "timestamp_ltz", "x": "json", "y": "bigint"}
TYPES: dict[str, Type] = {name: parse_type(type_) for name, type_ in COLUMNS.items()}
PIPELINE = f"""\
pipeline: p
job: {{python: job.py}}
sources:
  in: {{kafka: in, format: json}}
sinks:
  out: {{kafka: out, format: json, key: [k], columns: {json.dumps(COLUMNS)}}}
"""
TEXTS = st.sampled_from(["a", "b", "c", "d e", "", "null", "x|y", "1", "a: b", "\n", "${v}", 'q"'])
RECORD = st.fixed_dictionaries(
    {"k": TEXTS},
    optional={
        "n": st.none() | st.integers(0, 300).map(lambda n: Decimal(n) / 4),
        "at": st.integers(0, 100).map(lambda s: CLOCK.instant + timedelta(seconds=s)),
        "y": st.integers(0, 2),
        "x": st.sampled_from([None, 1, "1", [1, "a"], {"q": Decimal("1.5")}, True]),
    },
)
EXPECTED = st.tuples(
    RECORD,
    st.dictionaries(st.sampled_from(list(COLUMNS)), st.sampled_from(["<any>", "<not null>"]), max_size=1),
)
FORMS = ("table", "aligned", "crooked", "flow", "flow lines", "block", "csv", "json", "jsonl")
Written = tuple[Mapping[str, object], Mapping[str, str]]


def write(folder: Path, form: str, rows: Sequence[Written], options: str) -> None:
    """A scenario that expects the rows, written in one of the forms."""
    scenario = f"scenario: s # one\npipeline: p\nthen:\n  - expect: out  # two\n    {options}\n"
    inner = f"{{expect: out, {options}, rows: [" if options else "{expect: out, rows: ["
    match form:
        case "table" | "aligned" | "crooked":
            pad = "" if form == "crooked" else " "
            head = "".join(f"|{pad}{name}{pad}" for name in COLUMNS) + "|"
            lines = [
                head,
                *("".join(f"|{pad}{cell}{pad}" for cell in _cells(row, TableForm())) + "|" for row in rows),
            ]
            text = (
                scenario
                + "    rows: |\n"
                + "".join(f"      {line}\n      # about the next\n" for line in lines)
            )
        case "flow":
            items = ", ".join(_flow(row) for row in rows)
            text = f"scenario: s\npipeline: p\nthen:\n  - {inner}{items}]}}  # behind\n"
        case "flow lines":
            items = ",\n      ".join(_flow(row) for row in rows)
            text = f"{scenario}    rows: [\n      {items},\n    ]  # behind\n"
        case "block":
            items = "".join(f"      - {_block(row)}  # a row\n" for row in rows)
            text = f"{scenario}    rows:\n{items}      # the end\n"
        case _:
            text = f"{scenario}    file: rows.{form}\n"
            (folder / f"rows.{form}").write_text(_file(form, rows), newline="")
    data = text.encode()
    if form == "aligned":
        data = formatted(data, folder, Problems()) or data
    (folder / "s.scenario.yaml").write_bytes(data)
    (folder / "p.pipeline.yaml").write_text(PIPELINE)
    (folder / "job.py").write_text("")


def _cells(row: Written, form: Form) -> list[str]:
    values, words = row
    return [
        words[name] if name in words else "" if name not in values else _spelled(name, values[name], form)
        for name in COLUMNS
    ]


def _named(row: Written, form: Form) -> dict[str, str]:
    quoted = {name: json.dumps(word) for name, word in row[1].items()}
    return {name: _spelled(name, value, form) for name, value in row[0].items()} | quoted


def _spelled(name: str, value: object, form: Form) -> str:
    return spell(value, TYPES[name], CLOCK, form, None)


def _flow(row: Written) -> str:
    return "{" + ", ".join(f"{name}: {text}" for name, text in _named(row, YamlForm(flow=True)).items()) + "}"


def _block(row: Written) -> str:
    named = _named(row, YamlForm(flow=False))
    return "\n        ".join(f"{name}: {text}" for name, text in named.items())


def _file(form: str, rows: Sequence[Written]) -> str:
    if form == "csv":
        lines = [",".join(_cells(row, DelimitedForm(","))) for row in rows]
        return "".join(f"{line}\r\n" for line in [",".join(COLUMNS), *lines])
    objects = [
        "{" + ", ".join(f'"{k}": {v}' for k, v in _named(row, JsonForm()).items()) + "}" for row in rows
    ]
    return (
        "".join(f"{o}\n" for o in objects) if form == "jsonl" else "[\n  " + ",\n  ".join(objects) + "\n]\n"
    )


def load(folder: Path) -> tuple[ExpectRows, Place]:
    file = load_file(folder / "s.scenario.yaml", Pipelines(folder))
    assert [problem.render() for problem in file.problems] == []
    (scenario,) = file.scenarios
    (step,) = (step for step in scenario.steps if isinstance(step, ExpectRows))
    return step, scenario.pipeline.sinks["out"]


def failure_of(folder: Path, records: Sequence[Mapping[str, object]]) -> Failure | None:
    """What the engine says of the expectation and these records."""
    step, place = load(folder)
    return failure_in(step, place, records, TYPES, CLOCK)


def accept(folder: Path, failure: Failure) -> None:
    edits = edits_of(rewrite_of(failure), lambda path: FileText(path.read_bytes()))
    for path, found in edits.items():
        path.write_bytes(FileText(path.read_bytes()).edited(found))


OPTIONS = ("", "match: ordered", "match: ordered_by_key", "match: contains", "all_columns: true", "count: 2")


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    expected=st.lists(EXPECTED, min_size=1, max_size=4),
    actual=st.lists(RECORD, max_size=5),
    option=st.sampled_from(OPTIONS),
)
def test_what_was_accepted_holds(
    tmp_path: Path, form: str, expected: list[Written], actual: list[dict[str, object]], option: str
) -> None:
    if option == "match: ordered_by_key":  # a matcher in the key is refused there
        expected = [(row, {n: w for n, w in words.items() if n != "k"}) for row, words in expected]
    write(tmp_path, form, expected, option)
    failure = failure_of(tmp_path, actual)
    if failure is None:
        return
    if option == "match: contains" and [d.kind for d in failure.rows] == [Kind.MISSING] * len(expected):
        with pytest.raises(CannotRewrite, match="none of its rows is there"):
            accept(tmp_path, failure)
        return

    accept(tmp_path, failure)

    assert failure_of(tmp_path, actual) is None, (tmp_path / "s.scenario.yaml").read_text()


ROWS: list[Written] = [
    ({"k": "a", "n": Decimal("1.50"), "at": CLOCK.instant}, {}),
    ({"k": "c", "at": CLOCK.instant}, {"n": "<any>"}),
]
TABLE = """\
scenario: s # one
pipeline: p
then:
  - expect: out  # two
    {option}
    rows: |
      | k   | n     | at   |
      # about a
      | a   | 1.50  | T    |
      | --- | ----- | ---- |
      | c   | <any> | T+5s |{end}
  - {{expect: job, state: running}}   # three
"""


def accepted(tmp_path: Path, actual: Sequence[Mapping[str, object]], option: str = "match: exact") -> str:
    """The scenario with the table after what is there was accepted."""
    write(tmp_path, "flow", ROWS, "")
    (tmp_path / "s.scenario.yaml").write_text(TABLE.format(option=option, end="  "))
    failure = failure_of(tmp_path, actual)
    assert failure is not None
    accept(tmp_path, failure)
    assert failure_of(tmp_path, actual) is None
    return (tmp_path / "s.scenario.yaml").read_text()


def at(seconds: int) -> datetime:
    return CLOCK.instant + timedelta(seconds=seconds)


def test_a_changed_cell_changes_one_line_and_a_matcher_that_holds_stays(tmp_path: Path) -> None:
    after = accepted(
        tmp_path, [{"k": "a", "n": Decimal(2), "at": at(0)}, {"k": "c", "n": Decimal(7), "at": at(5)}]
    )

    # It was not aligned because of the spaces behind the last bar, so nothing else is touched.
    assert after == TABLE.format(option="match: exact", end="  ").replace("1.50 ", "2.00 ")


@pytest.mark.parametrize("form", ["table", "flow", "block", "csv", "json"])
def test_matchers_within_a_nested_value_stay_where_they_hold(tmp_path: Path, form: str) -> None:
    row = {"k": "a", "x": {"id": "ANY", "n": [1, "NOT"], "gone": "ABSENT"}}
    write(tmp_path, form, [(row, {})], "")
    (path,) = (p for p in tmp_path.iterdir() if "ANY" in p.read_text())
    text = path.read_text().replace("ANY", "<any>").replace("NOT", "<not null>").replace("ABSENT", "<absent>")
    path.write_text(text)
    actual: list[dict[str, object]] = [{"k": "a", "x": {"id": "u-1", "n": [2, "v"], "more": 3}}]
    failure = failure_of(tmp_path, actual)
    assert failure is not None

    accept(tmp_path, failure)

    assert failure_of(tmp_path, actual) is None
    after = path.read_text()
    assert [after.count(word) for word in ("<any>", "<not null>", "<absent>", "u-1")] == [1, 1, 1, 0]


def test_a_table_that_was_aligned_is_aligned_again(tmp_path: Path) -> None:
    write(tmp_path, "flow", ROWS, "")
    path = tmp_path / "s.scenario.yaml"
    path.write_text(TABLE.format(option="match: exact", end=""))
    actual = [{"k": "a", "n": Decimal("12345.5"), "at": at(0)}]
    failure = failure_of(tmp_path, actual)
    assert failure is not None

    accept(tmp_path, failure)

    assert path.read_text().split("rows: |\n")[1] == (
        "      | k   | n        | at  |\n"
        "      # about a\n"
        "      | a   | 12345.50 | T   |\n"
        "      | --- | -------- | --- |\n"
        "  - {expect: job, state: running}   # three\n"
    )


def test_unexpected_rows_come_in_the_order_of_the_keys_if_the_rows_were_in_it(tmp_path: Path) -> None:
    rows = [{"k": key, "n": Decimal("1.50"), "at": at(0 if key == "a" else 5)} for key in "dabc"]

    after = accepted(tmp_path, rows)

    assert [line.split()[1] for line in after.splitlines() if line.startswith("      |")] == [
        *("k", "a", "b", "---", "c", "d")
    ]


def test_rows_that_are_gone_leave_their_comments(tmp_path: Path) -> None:
    after = accepted(tmp_path, [{"k": "c", "n": None, "at": at(5)}])

    assert "      # about a\n      | ---" in after


def test_an_expectation_whose_rows_are_all_gone_expects_nothing(tmp_path: Path) -> None:
    after = accepted(tmp_path, [])

    assert after == (
        "scenario: s # one\npipeline: p\nthen:\n  - expect: out  # two\n    empty: true\n"
        "  - {expect: job, state: running}   # three\n"
    )


def test_a_field_too_many_becomes_a_column_where_all_are_compared(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"k": "a", "n": Decimal("1.50"), "at": at(0), "x": 1},
        {"k": "c", "n": None, "at": at(5)},
    ]

    after = accepted(tmp_path, rows, "all_columns: true")

    assert "      | k   | n     | at   | x   |\n" in after
    assert "      | a   | 1.50  | T    | 1   |\n" in after
    assert "      | c   | <any> | T+5s |     |\n" in after


@pytest.mark.parametrize(
    ("before", "there", "after"),
    [
        ("{expect: out, count: 3} # c", 1, "{expect: out, count: 1} # c"),
        ("{expect: out, count: <between 3 and 5>}", 0, "{expect: out, count: 0}"),
        ("{expect: out, empty: true} # c", 2, "{expect: out, count: 2} # c"),
        ("expect: out\n    empty: true # c", 2, "expect: out\n    count: 2 # c"),
    ],
)
def test_a_count_is_counted_again(tmp_path: Path, before: str, there: int, after: str) -> None:
    write(tmp_path, "flow", ROWS, "")
    path = tmp_path / "s.scenario.yaml"
    head = "scenario: s\npipeline: p\nthen:\n  - "
    path.write_text(f"{head}{before}\n")
    failure = failure_of(tmp_path, [{"k": "a"}] * there)
    assert failure is not None

    accept(tmp_path, failure)

    assert path.read_text() == f"{head}{after}\n"


def test_line_breaks_and_the_mark_of_a_file_are_kept(tmp_path: Path) -> None:
    write(tmp_path, "csv", ROWS, "")
    path = tmp_path / "rows.csv"
    path.write_bytes(b"\xef\xbb\xbfk;n;at;x\r\na;1,5;T;\r\n".replace(b"1,5", b"1.50"))
    failure = failure_of(tmp_path, [{"k": "a;b", "n": Decimal("1.50"), "at": at(0)}])
    assert failure is not None

    accept(tmp_path, failure)

    assert path.read_bytes() == b'\xef\xbb\xbfk;n;at;x\r\n"a;b";1.50;T;\r\n'


def test_what_no_text_can_say_is_not_accepted(tmp_path: Path) -> None:
    write(tmp_path, "flow", ROWS, "")
    failure = failure_of(tmp_path, [{"k": "a", "n": "no number", "at": at(0)}])
    assert failure is not None

    with pytest.raises(CannotRewrite, match="`n`: no text in YAML reads as this value"):
        accept(tmp_path, failure)


def test_a_row_that_examples_fill_in_is_not_rewritten(tmp_path: Path) -> None:
    write(tmp_path, "table", [({"k": "${v}"}, {})], "")
    path = tmp_path / "s.scenario.yaml"
    failure = failure_of(tmp_path, [{"k": "b"}])
    assert failure is not None
    path.write_text(path.read_text().replace("$${v}", "${v}"))

    with pytest.raises(CannotRewrite, match="one text stands for several results"):
        accept(tmp_path, failure)


def test_more_differences_than_anybody_reads_are_not_accepted(tmp_path: Path) -> None:
    write(tmp_path, "flow", ROWS, "")
    failure = failure_of(tmp_path, [{"k": str(number)} for number in range(1_100)])
    assert failure is not None

    with pytest.raises(CannotRewrite, match="more than 1,000 rows differ"):
        rewrite_of(failure)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "csv", ROWS, "")
    failure = failure_of(tmp_path, [{"k": "b"}])
    assert failure is not None
    assert isinstance(failure.sides, Sides)
    rewrite = rewrite_of(failure)
    assert rewrite.spelling is not None
    elsewhere = replace(rewrite.spelling.rows, location=Location(tmp_path / "rows.xlsx"))
    (tmp_path / "rows.xlsx").write_bytes(b"")

    with pytest.raises(CannotRewrite, match=r"a \.xlsx file is not rewritten"):
        edits_of(
            replace(rewrite, spelling=replace(rewrite.spelling, rows=elsewhere)),
            lambda path: FileText(path.read_bytes()),
        )
