"""Why a scenario did not pass, line by line, for somebody who does not program."""

from __future__ import annotations

from collections.abc import Mapping

from harness.location import Location
from harness.report.digest import digest_lines
from harness.report.lines import (
    Line,
    Piece,
    block,
    line,
    short_place,
    shortened,
    shortened_apart,
    with_place,
)
from harness.result import Failure, Kind, RowDifference, ScenarioResult, Status, Trouble

MOST_ROWS = 10
"""How many rows of one expectation are shown; all are in the JSON document."""
_MOST_ROW_TEXT = 400
_KIND_WIDTH = 12
_STYLES = {
    Kind.MISSING: "red",
    Kind.UNEXPECTED: "yellow",
    Kind.CHANGED: "magenta",
    Kind.DUPLICATE: "yellow",
    Kind.ORDER: "cyan",
}
_MEANINGS = {
    Kind.MISSING: "expected, but not there",
    Kind.UNEXPECTED: "there, but not expected",
    Kind.CHANGED: "there, with other values",
    Kind.DUPLICATE: "there, but more often than it should be",
    Kind.ORDER: "there, but not in its place",
}
STATUS_STYLES = {
    Status.PASSED: "green",
    Status.SKIPPED: "yellow",
    Status.FAILED: "bold red",
    Status.ERROR: "bold magenta",
}


def headline(result: ScenarioResult, *extra: Piece) -> Line:
    """The scenario's verdict, where to look, and its name."""
    word = Piece(f"{result.status.name:<8}", STATUS_STYLES[result.status])
    return line(word, Piece(str(_where(result)), "dim"), "  ", Piece(result.name, "bold"), *extra)


def failure_lines(result: ScenarioResult) -> list[Line]:
    """Everything that a person needs to see of a scenario that did not pass."""
    lines = [headline(result)]
    if result.example is not None:
        lines.append(line(Piece("example: ", "dim"), str(result.example), indent=2))
    if result.known_failure:
        lines.append(line(Piece(f"known failure: {result.known_failure}", "dim"), indent=2))
    for failure in result.failures:
        lines += expectation_lines(failure, heading=_where(result))
    if result.trouble is not None:
        lines += _trouble(result.trouble, heading=_where(result))
    if result.rerun:
        lines.append(line(Piece("rerun: ", "dim"), result.rerun, indent=2))
    for path in result.evidence:
        lines.append(line(Piece("kept:  ", "dim"), path, indent=2))
    return lines


def _where(result: ScenarioResult) -> Location:
    if result.failures:
        return result.failures[0].location
    if result.trouble is not None and result.trouble.location is not None:
        return result.trouble.location
    return result.location


def expectation_lines(failure: Failure, heading: Location | None = None) -> list[Line]:
    """Why one expectation did not hold; where it stands is said unless it is the heading's place."""
    # The engine's messages may or may not name the subject already.
    named = failure.message.startswith(failure.subject)
    fact = failure.message if named else f"{failure.subject}: {failure.message}"
    elsewhere = [] if failure.location == heading else [Piece(f"  {failure.location}", "dim")]
    phase = [Piece(f"  in phase {failure.phase}", "dim")] if failure.phase else []
    lines = [line(fact, *phase, *elsewhere, indent=2)]
    if failure.digest is not None:
        lines += digest_lines(failure.digest, lambda kind: Piece(_MEANINGS[kind], "dim"), _difference)
    else:
        lines += _rows(failure)
    if failure.detail:
        lines += block(failure.detail, indent=4)
    return lines


def _rows(failure: Failure) -> list[Line]:
    lines = [one for difference in failure.rows[:MOST_ROWS] for one in _difference(difference)]
    hidden = len(failure.rows) - MOST_ROWS
    if hidden > 0:
        lines.append(line(Piece(f"... and {hidden} more", "dim"), indent=4))
    if failure.rows:
        kinds = [kind for kind in Kind if any(row.kind is kind for row in failure.rows)]
        lines += [line(Piece(f"{kind.value} = {_MEANINGS[kind]}", "dim"), indent=4) for kind in kinds]
    return lines


def _difference(difference: RowDifference) -> list[Line]:
    if difference.kind in (Kind.CHANGED, Kind.ORDER):
        named = _fields(difference.key)
    else:
        named = _fields({**difference.key, **difference.row})
    if difference.position is not None:
        named = f"change {difference.position} of {named}" if named else f"change {difference.position}"
    kind = Piece(f"{difference.kind.value:<{_KIND_WIDTH}}", _STYLES[difference.kind])
    where = short_place(difference.location, difference.origin)
    lines = [line(kind, *(with_place(named, where) if where else (named,)), indent=4)]
    if difference.kind is Kind.ORDER:
        places = (f"expected as row {f.expected}, is row {f.actual}" for f in difference.fields)
        return lines + [line(place, indent=8) for place in places]
    width = max((len(field.field) for field in difference.fields), default=0)
    texts = [(f.field, *shortened_apart(f.expected, f.actual)) for f in difference.fields]
    expected_width = max((len(expected) for _, expected, _ in texts), default=0)
    for name, expected, actual in texts:
        pieces = (
            f"{name:<{width}}  ",
            Piece("expected ", "dim"),
            Piece(f"{expected:<{expected_width}}", "green"),
        )
        lines.append(line(*pieces, Piece("  is ", "dim"), Piece(actual, "red"), indent=8))
    return lines


def _fields(values: Mapping[str, str]) -> str:
    there = ((name, value) for name, value in values.items() if value != "(absent)")
    return shortened(", ".join(f"{name} = {shortened(value)}" for name, value in there), _MOST_ROW_TEXT)


def _trouble(trouble: Trouble, heading: Location) -> list[Line]:
    elsewhere = trouble.location is not None and trouble.location != heading
    place = [Piece(f"  {trouble.location}", "dim")] if elsewhere else []
    lines = [line(Piece(f"{trouble.kind}: ", "magenta"), trouble.message, *place, indent=2)]
    if trouble.detail:
        lines += block(trouble.detail, indent=4)
    if trouble.hint:
        first, *rest = trouble.hint.splitlines()
        lines.append(line(Piece("-> ", "cyan"), first, indent=2))
        lines += block("\n".join(rest), indent=5)
    return lines
