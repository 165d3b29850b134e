"""The keys of a scenario beside its steps: name, tags, time, timeout."""

from __future__ import annotations

from harness.scenario import moments
from harness.scenario.model import Text
from harness.scenario.moments import NOW
from harness.scenario.variables import references
from harness.scenario.yaml.nodes import ListNode
from harness.scenario.yaml.reader import Fields

DEFAULT_T = "2026-01-01T00:00:00Z"
__all__ = ["DEFAULT_T", "NOW", "read_name", "read_tags", "read_time", "read_timeout"]


def read_name(fields: Fields, *, has_examples: bool) -> str | None:
    """What the scenario shows, in one line."""
    if not fields.need("scenario", "as in `scenario: what it shows`"):
        return None
    name = fields.text("scenario")
    if name is None:
        return None
    where = fields.where("scenario")
    if "\n" in name:
        fields.problems.add(where, "the name of a scenario is one line")
    elif "${" in name and not has_examples and "examples" not in fields:
        fields.problems.add(where, "`${...}` in a name is filled in by `examples`, and there are none")
    elif "${" in name and has_examples:
        unknown = next((left for left, _ in references(Text(value=name, location=where))), "")
        fields.problems.add(where, f"`${{{unknown}}}` in the name is no column of `examples`")
    return name


def read_timeout(fields: Fields) -> float | None:
    """Seconds of `timeout`."""
    scalar = fields.scalar("timeout")
    if scalar is None:
        return None
    try:
        seconds = moments.duration_s(scalar.text.strip())
    except ValueError as error:
        unit = f"{scalar.text}s" if scalar.text.isdigit() else "30s"
        fields.problems.add(scalar.location, str(error), f"write `{unit}`; units are ms, s, m, h, d")
        return None
    if seconds <= 0:
        fields.problems.add(scalar.location, "`timeout` leaves no time at all")
    return seconds


def read_time(fields: Fields) -> str:
    """`T`: an ISO instant with offset, or `now`."""
    scalar = fields.scalar("T")
    if scalar is None or scalar.text.strip() == NOW:
        return scalar.text.strip() if scalar else DEFAULT_T
    try:
        return moments.instant(scalar.text.strip())
    except ValueError as error:
        hint = getattr(error, "hint", None) or "as in `2026-03-01T12:00:00Z`, or `now`"
        fields.problems.add(scalar.location, str(error), hint)
        return DEFAULT_T


def read_tags(fields: Fields) -> tuple[str, ...]:
    """The tags, each one word."""
    node = fields.take("tags")
    if isinstance(node, ListNode) and not node.items:
        fields.problems.add(node.location, "an empty list of tags", "leave `tags` out")
    tags = fields.names("tags")
    for tag in tags:
        if len(tag.value.split()) > 1 or "," in tag.value:
            fields.problems.add(
                tag.location, f"the tag `{tag.value}` is not one word", "several tags are `[a, b]`"
            )
    return tuple(tag.value for tag in tags)
