"""How long `harness check` takes for many files, each scenario with a row file of its own.

python benchmarks/check.py [--files N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PIPELINES = 10
SCENARIO = """\
scenario: a large order of a known customer is counted ({number})
pipeline: orders-{pipeline}
tags: [smoke]
T: 2026-03-01T12:00:00Z
given:
  - put: customers
    rows: |
      | customer | name |
      | c1       | Ada  |
when:
  - send: payments
    file: rows/{number}.csv
  - send: orders
    rows: |
      | placed_at | order_id | customer | amount |
      | T         | 007      | c1       | 12.50  |
      | T+5s      | 008      | c1       | 7.50   |
      | T+1m      | 009      | c2       | 1.00   |
then:
  - expect: totals
    rows:
      - {{customer: c1, name: <any>, amount: 20.00}}
      - {{customer: c2, name: <not null>, amount: <between 1 and 2>}}
  - {{expect: refused, empty: true}}
  - {{expect: job, state: running, restarts: 0}}
"""
PIPELINE = """\
pipeline: orders-{pipeline}
job: {{python: job.py, env: {{BROKERS: "${{kafka.bootstrap_servers}}", URL: "${{postgres.jdbc_url}}"}}}}
services: {{postgres: {{schema: tables.sql}}}}
sources:
  orders:
    kafka: orders
    format: json
    columns: {{amount: "decimal(8, 2)", placed_at: timestamp_ltz}}
    key: order_id
  payments: {{kafka: payments, format: avro-confluent, schema: payment.avsc, key: payment_id}}
tables:
  customers: {{postgres: public.customers, key: [customer]}}
sinks:
  totals: {{postgres: public.totals, key: [customer]}}
  refused: {{kafka: orders.refused, format: json, dead_letter: true}}
"""
SCHEMA = """\
{"type": "record", "name": "Payment", "fields": [
  {"name": "payment_id", "type": "string"}, {"name": "amount", "type": "double"},
  {"name": "paid_at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, options.files)
        took = [check(folder) for _ in range(options.rounds)]
    for name, seconds in zip(("elapsed", "processor"), zip(*took, strict=True), strict=True):
        rounds = ", ".join(f"{one:.2f}" for one in seconds)
        print(f"{options.files} files, {name}: {min(seconds):.2f} s of {rounds}")


def write(folder: Path, count: int) -> None:
    (folder / "harness.toml").write_text("")
    (folder / "job.py").write_text("")
    (folder / "tables.sql").write_text("")
    (folder / "payment.avsc").write_text(SCHEMA)
    for number in range(PIPELINES):
        (folder / f"{number}.pipeline.yaml").write_text(PIPELINE.format(pipeline=number))
    for number in range(count):
        below = folder / f"part-{number // 100}"
        (below / "rows").mkdir(parents=True, exist_ok=True)
        (below / f"{number}.scenario.yaml").write_text(
            SCENARIO.format(number=number, pipeline=number % PIPELINES)
        )
        rows = "".join(f"p{row},{row}.50,T+{row}s\n" for row in range(20))
        (below / "rows" / f"{number}.csv").write_text(f"payment_id,amount,paid_at\n{rows}")


def check(folder: Path) -> tuple[float, float]:
    """Elapsed seconds, and those of the processor, which other work of the machine moves less."""
    began, before = time.monotonic(), os.times()
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli.main", "check"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - began, processor


if __name__ == "__main__":
    main()
