"""A million rows against a million: seconds, peak of memory, and what decoding is of it.

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
from functools import partial
from pathlib import Path

from harness.codecs.json_format import decode
from harness.codecs.typed import typed_record
from harness.codecs.types import Type, parse_type
from harness.compare import ActualRow, Comparison, ExpectedRow, compare_rows
from harness.location import Location
from harness.scenario.model import Match, Mode
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
CASES = ("by key", "without a key", "in order", "decode only")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--case", choices=CASES, help="one case, in this process")
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measured(options.case, options.rows)))
        return
    results = {case: run_alone(case, options.rows) for case in CASES}
    decoding = results["decode only"]["seconds"]
    for case, found in results.items():
        without = "" if case == "decode only" else f", {found['seconds'] - decoding:5.1f} s without decoding"
        print(
            f"{case:<14} {found['seconds']:5.1f} s{without}, {found['peak']:.0f} MB, {found['differences']}"
        )


def run_alone(case: str, rows: int) -> dict[str, float]:
    """In a process of its own, so that the peak is that of this case."""
    words = [sys.executable, __file__, "--case", case, "--rows", str(rows)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measured(case: str, rows: int) -> dict[str, object]:
    with (
        Store(lambda n, data: ExpectedRow(fields(data), Location(FILE, n + 1))) as expected,
        Store(lambda n, data: ActualRow(fields(data), f"orders[0]@{n}")) as actual,
    ):
        for record in written(rows, differ=False):
            expected.add(record)
        for record in written(rows, differ=True):
            actual.add(record)
        began, worked = time.perf_counter(), time.process_time()
        if case == "decode only":
            count: object = sum(1 for _ in expected) + sum(1 for _ in actual)
        else:
            compare = partial(compared, expected, actual)
            found = {
                "by key": partial(compare, Match.EXACT, ("id",)),
                "without a key": partial(compare, Match.EXACT, ()),
                "in order": partial(compare, Match.ORDERED, ()),
            }[case]()
            count = {kind.value: number for kind, number in found.kinds.items()}
            assert found.count == CHANGED + MISSING + SURPLUS, found.kinds
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "peak": peak, "differences": count}


def compared(
    expected: Store[ExpectedRow], actual: Store[ActualRow], match: Match, key: tuple[str, ...]
) -> Comparison:
    columns = (*TYPES, "meta")
    return compare_rows(
        expected, actual, key=key, mode=Mode.APPEND, match=match, all_columns=False, columns=columns
    )


def fields(data: bytes) -> dict[str, object]:
    return typed_record(decode(data), TYPES)


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
        f'"city":"city {n % 500}","meta":{{"source":"app","tags":["a","b{n % 9}"],"retry":{n % 3}}}}}'
    ).encode()


if __name__ == "__main__":
    main()
