"""What can be expected of a key, a payload and headers: text, bytes, null, and the fields of a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.codecs.moments import Moment
from harness.compare import ActualRow, compare_rows
from harness.errors import ExpectationError
from harness.expectation.typed_rows import typed_rows
from harness.scenario.load import load_scenarios
from harness.scenario.model import ExpectRows
from harness.sinks.raw_record import RawRecord
from harness.sinks.record import Read, Record
from harness.sinks.record_reader import RecordReader

CLOCK = Moment.from_text("2026-03-01T12:00:00Z")
PIPELINE = """\
pipeline: x
job: {python: job.py}
sinks:
  x: {kafka: x, format: raw, key_format: json}
"""
RAW = RawRecord(
    topic="x",
    partition=1,
    offset=2,
    key=b'{"id": 7, "of": {"a": "b"}}',
    value=b"\xff\x00",
    headers=(("text", b"abc"), ("bytes", b"\xff"), ("none", None)),
)


def passes(folder: Path, cells: str, *records: RawRecord) -> bool:
    (folder / "job.py").write_text("")
    (folder / "x.pipeline.yaml").write_text(PIPELINE)
    (folder / "x.scenario.yaml").write_text(
        f"scenario: x\npipeline: x\nthen: [{{expect: x, rows: [{cells}]}}]\n"
    )
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    (expected,) = scenario.steps
    assert isinstance(expected, ExpectRows)
    place = scenario.pipeline.sinks["x"]
    reader = RecordReader(place, None)
    found: tuple[Record, ...] = tuple(record for raw in records for record in reader.decode(raw))
    read = Read(records=found, types=reader.types, closed=reader.closed, always=reader.always, changes=found)
    typed = typed_rows(expected, place, read, CLOCK)
    actual = [ActualRow(record.values) for record in found]
    return compare_rows(
        typed.rows,
        actual,
        key=(),
        mode=place.mode,
        match=expected.match,
        all_columns=False,
        columns=typed.columns,
    ).passed


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ("{$value: <hex ff00>}", True),
        ("{$value: <base64 /wA=>}", True),
        ("{$value: <hex ff01>}", False),
        ("{$value: null}", False),
        ("{$headers.text: abc}", True),
        ("{$headers.text: <hex 616263>}", True),
        ("{$headers.bytes: <hex ff>}", True),
        ("{$headers.bytes: ff}", False),
        ("{$headers.none: null}", True),
        ("{$headers.text: null}", False),
        ("{$headers.gone: <absent>}", True),
        ("{$headers.none: <absent>}", False),
        ("{$partition: 1}", True),
        ("{$partition: 0}", False),
        ("{$key.id: 7, $key.of.a: b}", True),
        ("{$key.of: {a: b}}", True),
        ("{$key.id: 8}", False),
        ('{$key: \'<json {"id": 7, "of": {"a": "b"}}>\'}', True),
    ],
)
def test_it_is_held_against_what_is_there(tmp_path: Path, cells: str, *, wanted: bool) -> None:
    assert passes(tmp_path, cells, RAW) is wanted


def test_a_field_that_no_key_has_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExpectationError, match=r"\$key\.di"):
        passes(tmp_path, "{$key.di: 7}", RAW)


def test_in_an_empty_sink_a_key_is_missing_and_no_error(tmp_path: Path) -> None:
    assert not passes(tmp_path, "{$key.id: 7}")
