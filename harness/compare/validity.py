"""Expectations that cannot be held against anything, told before the job runs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from harness.compare.equality import canonical
from harness.compare.matchers import is_matcher
from harness.compare.show import show
from harness.compare.table import ExpectedRow
from harness.errors import Problem
from harness.location import Location
from harness.scenario.model import Match, Mode


def problems_of(
    expected: Sequence[ExpectedRow],
    *,
    columns: Sequence[str],
    key: Sequence[str],
    mode: Mode,
    match: Match,
    location: Location,
) -> tuple[Problem, ...]:
    """What is wrong with the rows of an expectation as such; `location` is that of the expectation."""
    problems = []
    has_key = bool(key) and set(key) <= set(columns)
    by_key = match is Match.ORDERED_BY_KEY
    if by_key and not has_key:
        lacking = ", ".join(f"`{name}`" for name in key if name not in columns)
        message = f"`ordered_by_key` needs {lacking} among the columns" if key else "the sink has no key"
        hint = None if key else "give the sink a `key:` in the pipeline file, or use `match: ordered`"
        problems.append(Problem(location, message, hint=hint))
    if not has_key:
        return tuple(problems)
    seen: dict[Hashable, Location] = {}
    for row in expected:
        values = [row.values.get(name) for name in key]
        matcher = next((v for v in values if is_matcher(v)), None)
        if matcher is not None:
            if by_key:
                message = f"`{matcher}` in a key column cannot be ordered by key"
                problems.append(
                    Problem(row.location, message, hint="write the value, or use `match: ordered`")
                )
            continue
        first = seen.setdefault(tuple(canonical(v) for v in values), row.location)
        if first is not row.location and mode is not Mode.APPEND:
            named = ", ".join(f"{n} = {show(v)}" for n, v in zip(key, values, strict=True))
            hint = f"the first is on line {first.line}; the sink holds one row per key"
            problems.append(Problem(row.location, f"{named} is expected twice", hint=hint))
    return tuple(problems)
