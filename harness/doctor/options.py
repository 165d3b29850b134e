"""The settings: those that cannot be read, and variables that no setting has."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.finding import Finding, ok, problem, warning
from harness.doctor.subject import Subject
from harness.errors import InvalidFiles, did_you_mean, nearest
from harness.keeper.address import VARIABLE
from harness.settings import OPTIONS

NAME = "settings"
PREFIX = "HARNESS_"
OURS = frozenset({VARIABLE, *(f"{PREFIX}{name.upper()}" for name in OPTIONS)})
_OF_TESTS = f"{PREFIX}TEST_"


def look(subject: Subject) -> Iterator[Finding]:
    """Whether every setting is one, and has a value that it can have."""
    findings = [*_unreadable(subject), *_unknown(subject)]
    origins = subject.settings.origins().values()
    count = sum(origin != "default" for origin in origins)
    yield from findings or [ok(NAME, f"{count} of {len(OPTIONS)} differ from their default")]


def _unreadable(subject: Subject) -> Iterator[Finding]:
    error = subject.error
    if isinstance(error, InvalidFiles):
        for found in error.problems:
            yield problem(
                NAME,
                found.message,
                seen=found.source.strip(),
                remedy=found.hint or "harness config  # once it is mended",
                where=str(found.location),
            )
    elif error is not None:
        yield problem(NAME, error.message, seen=error.detail or "", remedy=error.hint or "harness config")


def _unknown(subject: Subject) -> Iterator[Finding]:
    for variable in sorted(subject.environ):
        if not variable.startswith(PREFIX) or variable in OURS or variable.startswith(_OF_TESTS):
            continue
        word = variable.removeprefix(PREFIX).lower()
        match = nearest(word, OPTIONS)
        if match:
            right = f"{PREFIX}{match.upper()}"
            yield problem(
                NAME,
                f"no setting reads the variable `{variable}`",
                seen=f"did you mean `{right}`?",
                remedy=f'export {right}="${variable}"; unset {variable}',
            )
        else:
            # Other programs have variables that begin so, too.
            yield warning(
                NAME,
                f"no setting reads the variable `{variable}`",
                seen=did_you_mean(word, OPTIONS, what="settings"),
                remedy=f"unset {variable}  # unless another program reads it",
            )
