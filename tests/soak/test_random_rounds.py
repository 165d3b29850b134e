"""A thousand runs of random sizes, partitions and delays, all cores busy: no verdict may be wrong."""

from __future__ import annotations

import os
import random
import statistics
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.result import ScenarioResult, Status
from harness.session import Session
from tests.integration.stage import JOBS, Stage
from tests.soak.busy import busy_processors

pytestmark = [pytest.mark.soak, pytest.mark.integration]

SEED = int(os.environ.get("HARNESS_TEST_SEED", random.SystemRandom().randrange(1 << 30)))
RUNS = int(os.environ.get("HARNESS_TEST_RUNS", "1000"))
SHOWN = 50
"""After so many runs it is said how they went so far (`-s` shows it at once)."""
PIPELINE = """\
pipeline: random-rounds
job:
  python: {job}
  args: [--brokers, "${{kafka.bootstrap_servers}}", --source, "${{sources.words.name}}",
         --target, "${{sinks.copies.name}}", --guarantee, {guarantee}, --delay, "{delay}"]
  connectors: [kafka, jdbc-postgres]
  parallelism: {parallelism}
sources:
  words: {{kafka: <fresh>, partitions: {partitions}, format: json, columns: {{id: int, word: text}}, key: id}}
sinks:
  copies: {{kafka: <fresh>, partitions: 3, format: json, columns: {{id: int, word: text}}, key: [id]}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One run.

    Attributes:
        sizes: How many rows are sent, and then expected, one time after the other.
        withheld: Whether the last row that is expected is never sent.
    """

    sizes: tuple[int, ...]
    partitions: int
    parallelism: int
    guarantee: str
    delay: float
    withheld: bool

    @classmethod
    def drawn(cls, number: int) -> Round:
        """The run of that number; the same for the same seed."""
        draw = random.Random(f"{SEED} {number}")
        delay = draw.choice([0.0, 0.0, 0.001, 0.01])
        most = 40 if delay > 0.001 else 1500
        return cls(
            sizes=tuple(draw.randint(1, most) for _ in range(draw.randint(1, 3))),
            partitions=draw.randint(1, 4),
            parallelism=draw.randint(1, 2),
            guarantee=draw.choice(["at-least-once", "exactly-once"]),
            delay=delay,
            withheld=number % 10 == 0,
        )

    def pipeline(self) -> str:
        """Its pipeline file."""
        return PIPELINE.format(
            job=JOBS / "copy_words.py",
            guarantee=self.guarantee,
            delay=self.delay,
            parallelism=self.parallelism,
            partitions=self.partitions,
        )

    def scenario(self) -> str:
        """Its scenario file."""
        lines, before = ["scenario: rounds", "pipeline: random-rounds", "when:"], 0
        for number, size in enumerate(self.sizes, start=1):
            last = number == len(self.sizes)
            sent = size - 1 if last and self.withheld else size
            if sent:
                row = f'{{id: "${{n}}", word: w{number}}}'
                lines.append(f"  - {{send: words, repeat: {sent}, rows: [{row}]}}")
            lines += ["then:"] if last else []
            before += size
            lines.append(f"  - {{expect: copies, count: {before}, unique: [id, word]}}")
        return "\n".join(lines) + "\n"


def test_no_verdict_is_wrong(session: Session, tmp_path: Path) -> None:
    print(f"again with HARNESS_TEST_SEED={SEED}")
    stage = Stage(session=session, folder=tmp_path)
    wrong, waited = [], []
    with busy_processors():
        for number in range(RUNS):
            drawn = Round.drawn(number)
            (tmp_path / "rounds.pipeline.yaml").write_text(drawn.pipeline())
            result = stage.run(drawn.scenario())
            waited += [proof.waited_s for proof in result.proofs]
            if not is_right(drawn, result):
                wrong.append((number, drawn, result.status, result.trouble, result.failures))
                print(f"wrong: {wrong[-1]}", flush=True)
            if (number + 1) % SHOWN == 0:
                print(f"{number + 1} runs, {len(wrong)} wrong; {spread(waited)}", flush=True)

    assert wrong == []


def spread(waited: list[float]) -> str:
    """How long the proofs were waited for."""
    cuts = statistics.quantiles(waited, n=100)
    figures = f"median {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s, most {max(waited):.2f} s"
    return f"{len(waited)} waits: {figures}"


def is_right(drawn: Round, result: ScenarioResult) -> bool:
    """Whether the verdict is the one that the input deserves."""
    if not drawn.withheld:
        return result.status is Status.PASSED
    total = sum(drawn.sizes)
    expected = f"expected {total} row{'s' if total > 1 else ''}, and there {told(total - 1)}"
    return result.status is Status.FAILED and result.failures[0].message == expected


def told(count: int) -> str:
    """How many there are, as a failure says it."""
    return f"is {count}" if count == 1 else f"are {count or 'none'}"
