"""Compatibility levels: which earlier versions count, in which direction, and what is said if they break."""

from __future__ import annotations

from collections.abc import Sequence

from harness.registry.parsed import Parsed

LEVELS = (
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
POLICIES = ("STRICT", "LENIENT")
MOST_TEXT = 10 * 1024
"""So much of an old schema is shown in a message."""


def incompatibilities(
    level: str, new: Parsed, earlier: Sequence[tuple[int, Parsed]], *, lenient: bool = False
) -> list[str]:
    """What is wrong with `new` under a level, in Confluent's words; empty if nothing is.

    Args:
        level: One of `LEVELS`.
        new: The schema that is to be registered.
        earlier: Version numbers and schemas, oldest first.
        lenient: Whether JSON Schema's open content models are taken leniently.
    """
    if level == "NONE":
        return []
    latest_first = list(reversed(earlier))
    for number, old in latest_first if level.endswith("TRANSITIVE") else latest_first[:1]:
        messages = _against(level, new, old, lenient=lenient)
        if messages:
            if type(new) is type(old):
                messages += [f"{{oldSchemaVersion: {number}}}", f"{{oldSchema: '{_shortened(old.text)}'}}"]
            return [*messages, f"{{validateFields: 'false', compatibility: '{level}'}}"]
    return []


def _against(level: str, new: Parsed, old: Parsed, *, lenient: bool) -> list[str]:
    if type(new) is not type(old):
        return ["Incompatible because of different schema type"]
    messages = []
    if level.startswith(("FORWARD", "FULL")):
        messages += [d.said("old", "new") for d in old.differences(new, lenient=lenient)]
    if level.startswith(("BACKWARD", "FULL")):
        messages += [d.said("new", "old") for d in new.differences(old, lenient=lenient)]
    return messages


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."
