"""Holds a file of many rows against as many records, and prints the verdict and the peak of memory.

python -m tests.unit.expectation.long_sink FOLDER ROWS
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from harness.codecs.moments import Moment
from harness.expectation import always
from harness.expectation.seen import Seen
from harness.expectation.sink_rows import SinkRows
from harness.scenario.load import load_scenarios
from harness.scenario.model import ExpectRows
from harness.sinks.raw_record import RawRecord
from harness.sinks.record import Read
from harness.sinks.record_reader import RecordReader
from harness.sinks.stored_records import close, rows_of

PIPELINE = """\
pipeline: p
job: {python: job.py}
sinks:
  out: {kafka: out, format: json, key: [id], columns: {id: text, amount: "decimal(12, 2)", at: timestamp}}
"""
STEPS = """\
scenario: many rows
pipeline: p
then:
  - {expect: out, file: rows.csv, unique: [id], each: {city: <regex city .*>}}
"""
CHANGED, GONE, BROKEN = 7, 11, 13
"""These rows are not there as they are expected."""


def main(folder: Path, rows: int) -> None:
    (folder / "job.py").write_text("")
    (folder / "p.pipeline.yaml").write_text(PIPELINE)
    (folder / "many.scenario.yaml").write_text(STEPS)
    with (folder / "rows.csv").open("w") as file:
        file.write("id,amount,at,city\n")
        file.writelines(f"t{n},{n}.50,2026-03-01T00:00:{n % 60:02d},city {n % 1000}\n" for n in range(rows))
    began = process_time()
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems
    (step,) = scenario.steps
    assert isinstance(step, ExpectRows)
    place = scenario.pipeline.sinks["out"]
    loaded = process_time()
    reader = RecordReader(place, None)
    records = rows_of(raw_records(rows), reader)
    read = Read(records=records, types=reader.types, closed=reader.closed, changes=records)
    was_read = process_time()
    seen = Seen()
    failures = SinkRows(
        place=place, read=read, rows=records, clock=Moment.from_text("2026-01-01T00:00:00Z")
    ).hold(step)
    seen.mark("out", records, step.location)
    undecodable = always.undecodable(scenario, {"out": place}, lambda _: read)
    found = {
        "messages": [failure.message for failure in (*failures, *undecodable)],
        "rows": [[row.kind.value, row.key["id"]] for failure in failures for row in failure.rows],
        "new": len(seen.new("out", records)),
        "loaded_s": loaded - began,
        "read_s": was_read - loaded,
        "held_s": process_time() - was_read,
        "peak_mb": peak_mb(),
    }
    close(records)
    print(json.dumps(found))


def raw_records(rows: int) -> Iterator[RawRecord]:
    for n in range(rows):
        if n == GONE:
            continue
        value = (
            f'{{"id":"t{n}","amount":{n}.{51 if n == CHANGED else 50},'
            f'"at":"2026-03-01T00:00:{n % 60:02d}","city":"city {n % 1000}","more":{{"a":[1,2,{n}]}}}}'
        )
        yield RawRecord(
            topic="out",
            partition=n % 4,
            offset=n // 4,
            key=b"t%d" % n,
            value=b"{broken" if n == BROKEN else value.encode(),
            timestamp_ms=1_772_323_200_000 + n,
        )


def peak_mb() -> float:
    """Of this process alone: what the system tells of resources begins with those of the parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
