"""Expectations that cannot be held against anything, told before the job runs."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence

from harness.codecs.paths import split_path
from harness.compare.equality import canonical
from harness.compare.matchers import is_matcher
from harness.compare.show import show
from harness.compare.table import ExpectedRow
from harness.errors import Problem, did_you_mean
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
    tolerance: Collection[str] = (),
    changes: bool = False,
) -> tuple[Problem, ...]:
    """What is wrong with the rows of an expectation as such.

    Args:
        expected: The rows.
        columns: The columns of the head.
        key: What identifies a row of the sink.
        mode: How the rows of the sink add up.
        match: Whether surplus rows and the order matter.
        location: Where the expectation was written.
        tolerance: The fields that may be off.
        changes: The rows are changes, so that a key may come more than once.
    """
    problems = [*_of_tolerance(tolerance, columns, key, location)]
    has_key = bool(key) and set(key) <= set(columns)
    by_key = match is Match.ORDERED_BY_KEY or (changes and match is not Match.ORDERED)
    if match is Match.ORDERED_BY_KEY and not has_key:
        lacking = ", ".join(f"`{name}`" for name in key if name not in columns)
        message = f"`ordered_by_key` needs {lacking} among the columns" if key else "the sink has no key"
        hint = None if key else "give the sink a `key:` in the pipeline file, or use `match: ordered`"
        problems.append(Problem(location, message, hint=hint))
    if not has_key:
        return tuple(problems)
    once = mode is not Mode.APPEND and not changes
    if not (once or by_key):
        return tuple(problems)
    seen: dict[Hashable, int] = {}
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
        if not once:
            continue
        code = tuple(canonical(v) for v in values)
        if code in seen:
            named = ", ".join(f"{n} = {show(v)}" for n, v in zip(key, values, strict=True))
            hint = f"the first is on line {seen[code]}; the sink holds one row per key"
            problems.append(Problem(row.location, f"{named} is expected twice", hint=hint))
        else:
            seen[code] = row.location.line
    return tuple(problems)


def _of_tolerance(
    tolerance: Collection[str], columns: Sequence[str], key: Sequence[str], location: Location
) -> Iterator[Problem]:
    paths = [split_path(name) for name in columns]
    for name in tolerance:
        path = split_path(name)
        if name in key:
            message = f"`{name}` is in the key, and a key is equal or not"
            yield Problem(location, message, hint="leave it out of `tolerance`")
        elif not any(path[: len(column)] == column for column in paths):
            message = f"the tolerance of `{name}` is for no column"
            yield Problem(location, message, hint=did_you_mean(name, columns, what="columns"))
