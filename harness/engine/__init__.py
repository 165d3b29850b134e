"""Runs one planned scenario: lease, given, submit, ready, steps, verdict."""

from harness.engine.verdict import run

__all__ = ["run"]
