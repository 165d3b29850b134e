"""Views of a run: for a person at a terminal, as the JSON document, as JUnit XML."""

from harness.report.base import Broadcast, Reporter
from harness.report.failure import expectation_lines, failure_lines, headline
from harness.report.json_document import JsonDocument
from harness.report.junit import Junit
from harness.report.terminal import Terminal, failure_text, print_lines

__all__ = [
    "Broadcast",
    "JsonDocument",
    "Junit",
    "Reporter",
    "Terminal",
    "expectation_lines",
    "failure_lines",
    "failure_text",
    "headline",
    "print_lines",
]
