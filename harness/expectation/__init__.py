"""Holding a scenario's expectations, and the rules that always hold, against what is there."""

from harness.expectation.expectations import Expectations

__all__ = ["Expectations"]
