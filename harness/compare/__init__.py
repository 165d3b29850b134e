"""What was expected against what is there: typed, exact, and pure; nothing here does I/O."""

from harness.compare.comparison import Comparison, compare_changes, compare_rows
from harness.compare.expected import expect_cell
from harness.compare.matchers import Capture, Matcher
from harness.compare.show import show
from harness.compare.table import ActualRow, ExpectedRow
from harness.compare.validity import problems_of

__all__ = [
    "ActualRow",
    "Capture",
    "Comparison",
    "ExpectedRow",
    "Matcher",
    "compare_changes",
    "compare_rows",
    "expect_cell",
    "problems_of",
    "show",
]
