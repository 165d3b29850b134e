"""Ten thousand wrong files made of good ones: each ends in scenarios or messages, and soon."""

from __future__ import annotations

import copy
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.plan import make_plan
from harness.rows import Word
from harness.scenario import pipeline, vocabulary
from harness.scenario.discover import Pipelines
from harness.scenario.load import load_file
from harness.scenario.runnable import hindrances

RICH = """\
scenario: ${name} is told
pipeline: orders
tags: [smoke, fast]
T: 2026-03-01T12:00:00Z
timeout: 1m30s
examples: |
  | name | amount |
  | one  | 12.50  |
  | two  | null   |
given:
  - put: limits
    rows: [{customer: c1, most: <text 5>}]
phases:
  - name: first
    when:
      - send: orders
        rows: |
          | order_id | $headers.a | amount    | note        | "a.b" |
          | o1       | abc        | ${amount} | Café \\| Bar | ""    |
          # comment
          | o2       |            | null      | ["a", "b"]  | " x " |
      - settle
      - {put: totals, rows: [{customer: c1, total: 1}]}
    then:
      - expect: totals
        tolerance: {total: 0.01}
        rows:
          - {customer: c1, total: <near 12.5 by 0.01>, tags: [a, {b: <any>}]}
      - {expect: history, new_rows: [{order_id: <one of o1 or o2>}], match: contains}
  - name: second
    then:
      - {expect: history, count: <between 3 and 5>, unique: [order_id], each: {amount: <not null>}}
      - {expect: [history, rejected], conserves: orders, by: [order_id]}
      - {expect: job, state: running, restarts: <any>, metrics: {seen: <at least 1>}}
---
scenario: a life
pipeline: upgrades
when:
  - {stop: one}
  - {start: one, version: v2, parallelism: 3}
  - {advance: T+10m, only: orders}
  - {kill: taskmanager}
  - {cut: out}
  - {heal: out}
  - {slow: out, by: 200ms}
  - end_of_input
then:
  - {expect: out, rows: [{id: <same a>, n: '<unordered ["x"]>', j: '<json {"a": 1}>', w: <after T-1d>}]}
---
scenario: streams
pipeline: streams
prove: [exactly_once]
finish: end_of_input
when:
  - {reshard: clicks, to: 4}
  - {fail: job, of: count}
then:
  - {expect: changes, changes: [{$op: +I, user: a}, {$op: delete, user: a}]}
  - {expect: found, rows: [{$id: "1"}], match: contains, all_columns: true}
"""
ROOT = Path(__file__).parents[3]
SUPPORT = ROOT / "tests" / "bad" / "support"
EACH = 2_500
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # whichever there is
    """Writes tables with their bar, without which each of them would be wrong."""


def _written(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Dumper.add_representer(str, _written)
HANG_S = 5.0
PIECES = [
    *(bytes([byte]) for byte in b"\t\n\r\0|\"'<>{}[]:,#&*!%@`$-?~\\\xff "),
    *(
        b"---\n",
        b"${",
        b"${n}",
        b"<any",
        b"<same ",
        b"<not <not <any>>>",
        b"? ",
        b"|-2",
        b"|+",
        b">",
        b"[[[[",
    ),
    *(b"- ", b": ", b"rows:", b"\\n", b"\xc2\x85", b"\xe2\x80\xa8", b'"\\ud800"', b"T+", b"9" * 40, b"\r\n"),
    *(b"examples: |\n  | a |\n  | 1 |\n", b"phases:\n", b"<<: *a", b"&a ", b"!!python/object:os.system "),
]
WORDS = [
    *vocabulary.VERBS,
    *vocabulary.SCENARIO.keys,
    *vocabulary.PIPELINE.keys,
    *vocabulary.EXPECT_SINK.keys,
    *vocabulary.EXPECT_JOB.keys,
    *vocabulary.ONE_OF_JOBS.keys,
    *(f"<{word.value}>" for word in Word),
    *(f"<{word.value} 1 and 2>" for word in Word),
    *(
        "null",
        "",
        "T",
        "T+1h",
        "-1",
        "0",
        "1e400",
        "fresh",
        "<fresh>",
        "job",
        "schema",
        "$key",
        "$op",
        "${a}",
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mutations")
    shutil.copytree(SUPPORT, path, dirs_exist_ok=True)
    return path


@pytest.fixture(scope="module")
def project_pipelines() -> Pipelines:
    return Pipelines(ROOT)


@pytest.fixture(scope="module")
def seeds(folder: Path, project_pipelines: Pipelines) -> list[bytes]:
    """Good files: those that are shipped, and one that says nearly everything."""
    found = sorted(
        [*ROOT.glob("scenarios/**/*.scenario.yaml"), *ROOT.glob("tests/examples/**/*.scenario.yaml")]
    )
    good = []
    for text in (RICH.encode(), *(path.read_bytes() for path in found)):
        path = folder / "seed.scenario.yaml"
        path.write_bytes(text)
        if not load_file(path, project_pipelines).problems:
            good.append(text)
    assert good[0] == RICH.encode()
    assert len(good) > 3
    return good


@contextmanager
def no_hang() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"not read within {HANG_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def bytes_level(data: bytes, dice: random.Random) -> bytes:
    """Bytes cut out, and pieces put in."""
    for _ in range(dice.randint(1, 5)):
        at, cut = dice.randrange(len(data) + 1), dice.choice([0, 0, 1, 3, 20])
        data = data[:at] + dice.choice(PIECES) + data[at + cut :]
    return data


def lines_level(data: bytes, dice: random.Random) -> bytes:
    """Lines moved, repeated, dropped, or indented otherwise."""
    lines = data.splitlines(keepends=True)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(lines))
        line = lines.pop(at) if dice.random() < 0.5 else lines[at]
        indent = b" " * dice.randint(0, 6)
        lines.insert(dice.randrange(len(lines) + 1), dice.choice([line, indent + line, line.lstrip(b" ")]))
    return b"".join(lines)


def tree_level(data: bytes, dice: random.Random) -> bytes:
    """Keys and values of the tree exchanged, renamed, dropped, or nested otherwise; still good YAML."""
    documents = list(yaml.load_all(data, Loader=LOADER))
    for _ in range(dice.randint(1, 4)):
        spots = list(_spots(documents))
        if not spots:
            break
        holder, key = dice.choice(spots)
        other, name = dice.choice(spots)
        change = dice.randrange(6)
        if change == 0:
            holder[key] = dice.choice(WORDS)
        elif change == 1:
            holder[key] = copy.deepcopy(other[name])
        elif change == 2 and isinstance(holder, dict):
            holder[dice.choice(WORDS)] = holder.pop(key)
        elif change == 3:
            del holder[key]
        elif change == 4:
            holder[key] = [holder[key]] if dice.random() < 0.5 else {dice.choice(WORDS): holder[key]}
        elif isinstance(holder, dict):
            holder[dice.choice(WORDS)] = copy.deepcopy(other[name])
    return yaml.dump_all(documents, Dumper=Dumper, allow_unicode=True, sort_keys=False).encode()


def _spots(node: Any) -> Iterator[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield node, key
        yield from _spots(value)


def cells_level(data: bytes, dice: random.Random) -> bytes:
    """Cells and words of lines replaced by words of the language."""
    lines = data.decode().split("\n")
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(lines))
        parts = lines[at].split("|" if "|" in lines[at] else " ")
        parts[dice.randrange(len(parts))] = f" {dice.choice(WORDS)} "
        lines[at] = ("|" if "|" in lines[at] else " ").join(parts)
    return "\n".join(lines).encode()


LEVELS = [bytes_level, lines_level, tree_level, cells_level]


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.__name__)
def test_wrong_scenarios_end_in_messages(
    level: Callable[[bytes, random.Random], bytes],
    folder: Path,
    seeds: list[bytes],
    project_pipelines: Pipelines,
) -> None:
    dice = random.Random(level.__name__)
    path = folder / "mutated.scenario.yaml"
    refused = 0
    for number in range(EACH):
        data = level(dice.choice(seeds), dice)
        path.write_bytes(data)
        try:
            with no_hang():
                file = load_file(path, project_pipelines)
                for problem in file.problems:
                    assert problem.location.line >= 1
                    assert "\0" not in problem.render()
                for scenario in file.scenarios:
                    hindrances(scenario)
                    make_plan(scenario, token="t", flink="1.20", python="python3", timeout_s=60)
        except Exception as error:
            error.add_note(f"mutation {number}: {data!r}")
            raise
        refused += bool(file.problems)
    path.unlink()
    assert EACH // 2 < refused < EACH, "mutations are to be wrong mostly, not always"


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.__name__)
def test_wrong_pipelines_end_in_messages(
    level: Callable[[bytes, random.Random], bytes], folder: Path
) -> None:
    dice = random.Random(level.__name__)
    seeds = [path.read_bytes() for path in sorted(SUPPORT.glob("*.pipeline.yaml"))]
    path = folder / "mutated.pipeline.yaml"
    for number in range(EACH // 5):
        data = level(dice.choice(seeds), dice)
        path.write_bytes(data)
        try:
            with no_hang():
                for problem in pipeline.read(path).problems:
                    assert problem.render()
        except Exception as error:
            error.add_note(f"mutation {number}: {data!r}")
            raise
    path.unlink()
