"""Whatever bytes a file holds, reading ends in scenarios or problems and never in another exception."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.scenario import pipeline
from harness.scenario.discover import Pipelines
from harness.scenario.load import load_file

BAD = Path(__file__).parents[2] / "bad"
SCENARIO = """\
scenario: a good one
pipeline: orders
tags: [smoke, fast]
T: 2026-03-01T12:00:00Z
timeout: 1m30s
when:
  - send: orders
    rows: |
      | order_id | $headers.a | amount | note        | "a.b" |
      | o1       | abc        | 12.50  | Café \\| Bar | ""    |
      # comment
      | o2       |            | null   | ["a", "b"]  | " x " |
  - settle
  - {put: limits, rows: [{customer: c1, most: <text 5>}]}
  - {send: orders, file: rows.csv}
  - {send: orders, file: rows.json}
then:
  - expect: totals
    rows:
      - {customer: c1, total: <near 12.5 by 0.01>, tags: [a, {b: <any>}]}
  - {expect: history, count: <between 3 and 5>}
  - {expect: job, state: running, restarts: <any>}
""".encode()
PIPELINE = (BAD / "support" / "good.pipeline.yaml").read_bytes()
CSV = b'a,b\n"x, y",<hex 00>\nnull,""\n'
JSON = b'[{"a": 1.5, "b": ["x", {"c": null}]}, {"a": "<text 1>"}]'
PIECES = [
    *(bytes([byte]) for byte in b"\t\n\r\0|\"'<>{}[]:,#&*!%@`$-?~\\\xff\xfe\xef"),
    *(text.encode() for text in ("\u2028", "\u0085", "\ufeff", "\U0001f600", "é")),
    *(b"---\n", b"<<: *x", b"${", b"$${a}", b"<any", b"<not <not <any>>>"),
    *(b"!!python/object:os.system", b"? ", b"|-2", b"null", b"[[[[", b"\xed\xa0\x80"),
    *(b"99999999999999999999", b"T+", b"- ", b": ", b"rows:", b"examples: x\n"),
]
EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 30),
        st.sampled_from(PIECES) | st.binary(max_size=4),
    ),
    min_size=1,
    max_size=4,
)


def mutate(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """The bytes with some of them cut out and others put in."""
    for share, cut, piece in edits:
        at = int(share * len(data))
        data = data[:at] + piece + data[at + cut :]
    return data


def mutate_lines(data: bytes, moves: list[tuple[float, float, int]]) -> bytes:
    """The lines with some of them moved, repeated or indented otherwise."""
    lines = data.splitlines(keepends=True)
    for source, target, shift in moves:
        line = lines[int(source * len(lines))]
        indented = b" " * shift + line if shift >= 0 else line.lstrip(b" ")
        lines.insert(int(target * len(lines)), indented)
        if shift % 2:
            lines.remove(line)
    return b"".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("any_bytes")
    for name in ("good.pipeline.yaml", "job.py", "schema.sql"):
        shutil.copy(BAD / "support" / name, path)
    (path / "rows.csv").write_bytes(CSV)
    (path / "rows.json").write_bytes(JSON)
    (path / "some.scenario.yaml").write_bytes(SCENARIO)
    assert load_file(path / "some.scenario.yaml", Pipelines(path)).problems == ()
    return path


def check(folder: Path, name: str, data: bytes) -> None:
    """Read the project with other bytes in one file, and render whatever is said about it."""
    path = folder / name
    before = path.read_bytes()
    try:
        path.write_bytes(data)
        if name.endswith(".pipeline.yaml"):
            problems = pipeline.read(path).problems
        else:
            problems = load_file(folder / "some.scenario.yaml", Pipelines(folder)).problems
        for problem in problems:
            assert problem.location.line >= 1
            assert "\0" not in problem.render()
    finally:
        path.write_bytes(before)


fast = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("some.scenario.yaml", SCENARIO),
        ("good.pipeline.yaml", PIPELINE),
        ("rows.csv", CSV),
        ("rows.json", JSON),
    ],
)
def test_changed_bytes_never_raise(folder: Path, name: str, data: bytes) -> None:
    @fast
    @given(edits=EDITS)
    def run(edits: list[tuple[float, int, bytes]]) -> None:
        check(folder, name, mutate(data, edits))

    run()


@pytest.mark.parametrize(
    ("name", "data"),
    [("some.scenario.yaml", SCENARIO), ("good.pipeline.yaml", PIPELINE)],
    ids=["scenario", "pipeline"],
)
def test_moved_lines_never_raise(folder: Path, name: str, data: bytes) -> None:
    share = st.floats(0, 1, exclude_max=True)

    @fast
    @given(moves=st.lists(st.tuples(share, share, st.integers(-1, 6)), min_size=1, max_size=5))
    def run(moves: list[tuple[float, float, int]]) -> None:
        check(folder, name, mutate_lines(data, moves))

    run()


def test_any_start_of_a_file_never_raises(folder: Path) -> None:
    for end in range(0, len(SCENARIO), 7):
        check(folder, "some.scenario.yaml", SCENARIO[:end])
