"""Holding a scenario's expectations, and the rules that always hold, against what is there."""

from harness.expectation.expectations import Expectations, Outcome
from harness.expectation.job_facts import JobFacts, watermark_test

__all__ = ["Expectations", "JobFacts", "Outcome", "watermark_test"]
