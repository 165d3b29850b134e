"""A million rows against a million: seconds, what decoding is of them, and the peak of memory.

python benchmarks/compare.py [--rows N]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from harness.codecs.types import Type, parse_type
from harness.compare import ActualRow, ExpectedRow, compare_rows
from harness.compare.stream import batches, without_collector
from harness.location import Location
from harness.scenario.model import Match, Mode
from harness.sinks.decoding import ByColumns
from harness.sinks.store import Store

CHANGED, MISSING, SURPLUS = 800, 100, 100
FILE = Path("a.scenario.yaml")
TYPES: Mapping[str, Type] = {
    "id": parse_type("text"),
    "amount": parse_type("decimal(12, 2)"),
    "at": parse_type("timestamp"),
    "n": parse_type("integer"),
    "city": parse_type("text"),
}
DECODER = ByColumns(TYPES)
CASES = {
    "by key": (Match.EXACT, ("id",)),
    "without a key": (Match.EXACT, ()),
    "in order": (Match.ORDERED, ()),
    "in order per key": (Match.ORDERED_BY_KEY, ("city",)),
}
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--case", choices=CASES, help="one case, in this process")
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measured(options.case, options.rows)))
        return
    for case in CASES:
        # In a process of its own, so that the peak is that of this case.
        words = [sys.executable, __file__, "--case", case, "--rows", str(options.rows)]
        found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        print(
            f"{case:<17} {found['compare']:5.1f} s and {found['decode']:5.1f} s of decoding, of CPU "
            f"({found['wall']:.1f} s on the clock); {found['peak']:.0f} MB; {found['kinds']}",
            flush=True,
        )


def measured(case: str, rows: int) -> dict[str, object]:
    match, key = CASES[case]
    with Store(expected_row) as expected, Store(actual_row) as actual:
        for record in written(rows, differ=False):
            expected.add(record)
        for record in written(rows, differ=True):
            actual.add(record)
        decoding = cpu_of_walks(expected, actual)
        began, worked = time.perf_counter(), time.process_time()
        found = compare_rows(
            expected,
            actual,
            key=key,
            mode=Mode.APPEND,
            match=match,
            all_columns=False,
            columns=(*TYPES, "meta"),
        )
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    assert found.count == CHANGED + MISSING + SURPLUS, found.kinds
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kinds = {kind.value: number for kind, number in found.kinds.items()}
    return {"compare": cpu - decoding, "decode": decoding, "wall": seconds, "peak": peak, "kinds": kinds}


def cpu_of_walks(*sides: Store[T]) -> float:
    """Seconds of CPU that reading and decoding every row takes once, as the comparison does it.

    Measured apart from it: a clock around each row takes longer than many a step of the comparison.
    """
    began = time.process_time()
    with without_collector():
        for side in sides:
            for batch in batches(side):
                batch.clear()
    return time.process_time() - began


def expected_row(number: int, data: bytes) -> ExpectedRow:
    return ExpectedRow(fields(data), Location(FILE, number + 1))


def actual_row(number: int, data: bytes) -> ActualRow:
    return ActualRow(fields(data), f"orders[0]@{number}")


def fields(data: bytes) -> dict[str, object]:
    return DECODER.decode(data)


def written(rows: int, *, differ: bool) -> Iterator[bytes]:
    """JSON as a job writes it; where they differ, some rows are changed, gone, or new, evenly spread."""
    every = rows // (CHANGED + MISSING + SURPLUS)
    for n in range(rows):
        spot, which = divmod(n, every)
        cents, fate = n * 7 % 1_000_000, "same"
        if differ and which == 0 and spot < CHANGED + MISSING + SURPLUS:
            fate = (*["changed"] * 8, "gone", "new")[spot % 10]
        if fate == "gone":
            continue
        cents += fate == "changed"
        yield row(n, cents)
        if fate == "new":
            yield row(rows + n, cents)


def row(n: int, cents: int) -> bytes:
    day, second = divmod(n, 86_400)
    at = f"2026-03-{1 + day % 28:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
    return (
        f'{{"id":"t{n}","amount":{cents // 100}.{cents % 100:02d},"at":"{at}","n":{n},'
        f'"city":"city {n % 50_000}","meta":{{"source":"app","tags":["a","b{n % 9}"],"retry":{n % 3}}}}}'
    ).encode()


if __name__ == "__main__":
    main()
