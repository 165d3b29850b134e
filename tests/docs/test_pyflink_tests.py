"""The examples of docs/pyflink-tests.md are run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.session import Session

pytestmark = pytest.mark.integration

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "pyflink-tests.md"
EXAMPLE = re.compile(r"^```python (\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_examples_pass(pytester: pytest.Pytester, session: Session) -> None:
    examples = {f"test_{name}": body for name, body in EXAMPLE.findall(DOCUMENT.read_text())}
    pytester.makepyfile(**examples)

    result = pytester.runpytest_subprocess("--flink-warm", "-W", "ignore", timeout=600)

    assert set(examples) == {"test_environments", "test_operator"}
    result.assert_outcomes(passed=3)
