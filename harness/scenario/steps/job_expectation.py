"""`expect: job`: what must be true of a job."""

from __future__ import annotations

from harness.scenario.language.expectations import SAYING_OF_JOB
from harness.scenario.model import ExpectJob
from harness.scenario.rows import rowlist
from harness.scenario.steps import counts
from harness.scenario.steps.surroundings import Surroundings, find_job
from harness.scenario.yaml.reader import Fields


def read(fields: Fields, surroundings: Surroundings) -> ExpectJob | None:
    """The expectation, or None where it cannot be used; why is noted."""
    problems = fields.problems
    before = len(problems)
    where = fields.where("expect")
    state = fields.choice("state")
    fails_with = fields.text("fails_with")
    if not any(key in fields for key in SAYING_OF_JOB):
        problems.add(
            where,
            "`expect: job` says nothing about the job",
            "add `state`, `restarts`, `fails_with`, `late`, `watermark` or `metrics`",
        )
    if fails_with and state in ("running", "finished"):
        problems.add(
            fields.where("fails_with"), f"a job that is {state} fails with nothing", "write `state: failed`"
        )
    watermark = fields.take("watermark")
    expected = ExpectJob(
        location=where,
        of=find_job(fields, "of", surroundings),
        state=state,
        restarts=counts.read(fields, "restarts", any_allowed=True),
        fails_with=fails_with,
        late=counts.read(fields, "late", any_allowed=True),
        watermark=rowlist.read_cell(watermark, surroundings.cells) if watermark else None,
        metrics={
            key.text: rowlist.read_cell(node, surroundings.cells) for key, node in fields.entries("metrics")
        },
    )
    return expected if len(problems) == before else None
