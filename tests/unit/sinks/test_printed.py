"""What is read of a job's standard streams: rows where lines are rows, and never a guess."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.scenario.load import load_scenarios
from harness.sinks import printed
from harness.sinks.record import Read


def read(folder: Path, place: str, *lines: tuple[str, int, int, str]) -> Read:
    """What is read where these lines were printed: stream, subtask, of how many, text."""
    (folder / "job.py").write_text("")
    (folder / "rows.pipeline.yaml").write_text(
        f"pipeline: rows\njob: {{python: job.py}}\nsinks:\n  x: {{print: stdout{place}}}\n"
    )
    (folder / "one.scenario.yaml").write_text(
        "scenario: one\npipeline: rows\nthen: [{expect: x, empty: true}]\n"
    )
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    path = folder / "printed.jsonl"
    path.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines))
    return printed.read(path, scenario.pipeline.sinks["x"])


def out(*texts: str) -> list[tuple[str, int, int, str]]:
    return [("stdout", 0, 1, text) for text in texts]


def fields(found: Read) -> list[dict[str, object]]:
    return [{k: v for k, v in record.values.items() if not k.startswith("$")} for record in found.records]


def test_a_stream_is_read_without_the_other(tmp_path: Path) -> None:
    found = read(tmp_path, "", *out("one"), ("stderr", 0, 1, "two"), *out("line\u2028separator"))

    assert [record.values["$line"] for record in found.records] == ["one", "line\u2028separator"]


@pytest.mark.parametrize(
    ("text", "subtask", "parallelism", "bare"),
    [
        ("2> a", 1, 2, "a"),
        ("2> a", 0, 1, "2> a"),
        ("mine:2> a> b", 1, 2, "a> b"),
        ("mine> +I[a> b]", 0, 1, "+I[a> b]"),
        ("+I[x> +I[y]]", 0, 1, "+I[x> +I[y]]"),
        ("said without a sink", 1, 2, "said without a sink"),
    ],
)
def test_only_what_a_print_sink_puts_before_a_record_is_taken_away(
    text: str, subtask: int, parallelism: int, bare: str
) -> None:
    assert printed.without_prefix(text, subtask, parallelism) == bare


def test_values_are_read_by_their_columns(tmp_path: Path) -> None:
    place = ", columns: {a: text, b: 'decimal(8, 2)', c: timestamp, d: boolean, e: double, f: int}"

    found = read(tmp_path, place, *out("+I[007, 12.50, 2026-03-01T12:00, true, 1.0E10, null]"))

    (row,) = fields(found)
    assert {name: str(value) for name, value in row.items()} == {
        "a": "007", "b": "12.50", "c": "2026-03-01 12:00:00", "d": "True", "e": "10000000000.0", "f": "None",
    }  # fmt: skip


def test_a_text_may_hold_what_separates_columns(tmp_path: Path) -> None:
    found = read(tmp_path, ", columns: {n: int, word: text, m: int}", *out("+I[1, a, 2, b, 3]"))

    assert fields(found) == [{"n": 1, "word": "a, 2, b", "m": 3}]


@pytest.mark.parametrize(
    ("columns", "line", "why"),
    [
        ("{a: text, b: text}", "+I[a, b, c]", "more than one way"),
        ("{a: int, b: int}", "+I[1, x]", "no row of these columns"),
        ("{a: int, b: int}", "+I[1]", "1 value, and the place has 2 columns"),
        ("{a: 'array<int>'}", "+I[[1, 2]]", "cannot be read back"),
    ],
)
def test_what_cannot_be_told_for_sure_is_not_guessed(
    columns: str, line: str, why: str, tmp_path: Path
) -> None:
    (record,) = read(tmp_path, f", columns: {columns}", *out(line)).records

    assert why in (record.undecodable or "")


def test_tuples_and_single_values_are_rows_too(tmp_path: Path) -> None:
    assert fields(read(tmp_path, ", columns: {a: text, n: int}", *out("(a,1)"))) == [{"a": "a", "n": 1}]
    assert fields(read(tmp_path, ", columns: {n: int}", *out("7"))) == [{"n": 7}]


def test_a_changelog_adds_up(tmp_path: Path) -> None:
    place = ", mode: changelog, key: [word], columns: {word: text, n: int}"
    lines = out("+I[a, 1]", "+I[b, 1]", "-U[a, 1]", "+U[a, 2]", "-D[b, 1]")

    found = read(tmp_path, place, *lines)

    assert fields(found) == [{"word": "a", "n": 2}]
    assert [record.values["$op"] for record in found.changes or ()] == [
        "insert", "insert", "update_before", "update_after", "delete",
    ]  # fmt: skip
