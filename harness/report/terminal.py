"""A run on the terminal: a line per scenario, all of a failure, and a footer that says it in numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from harness.events import Event, Progress, RunFinished, RunStarted, ScenarioFinished, StepFinished
from harness.report.failure import STATUS_STYLES, failure_lines, headline
from harness.report.lines import Line, Piece, duration, line, plain_text
from harness.result import RunResult, ScenarioResult, Status

_WIDE = 100_000
"""No wrapping of ours: a terminal wraps, and a log should stay searchable."""


class Terminal:
    """Writes to a console as things happen."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self._console = console
        self._verbose = verbose

    def handle(self, event: Event) -> None:
        """Write what this event is worth."""
        match event:
            case RunStarted():
                if self._verbose:
                    self._print([line(f"{event.scenarios} scenario{'' if event.scenarios == 1 else 's'}")])
            case Progress():
                if self._verbose or self._console.is_terminal:
                    self._print([_progress(event)])
            case StepFinished():
                if self._verbose:
                    step = event.step
                    note = f"  {step.note}" if step.note else ""
                    phase = f"{step.phase}: " if step.phase else ""
                    text = f"{step.status.value}  {phase}{step.name}  {duration(step.seconds)}{note}"
                    self._print([line(Piece(text, "dim"), indent=2)])
            case ScenarioFinished():
                self._print(self._scenario(event.result))
            case RunFinished():
                self._print([footer(event.result)])
            case _:
                pass

    def close(self) -> None:
        """Nothing is left open."""

    def _scenario(self, result: ScenarioResult) -> list[Line]:
        if result.status in (Status.FAILED, Status.ERROR):
            lines = failure_lines(result)
        else:
            why = result.skipped_because or result.known_failure
            note = (
                f"  ({why})" if why and result.status is Status.SKIPPED else f"  {duration(result.seconds)}"
            )
            lines = [headline(result, Piece(note + left_out(result), "dim"))]
        if self._verbose and result.phases:
            lines.append(line(Piece(phase_text(result), "dim"), indent=2))
        return lines

    def _print(self, lines: Iterable[Line]) -> None:
        print_lines(self._console, lines)


def print_lines(console: Console, lines: Iterable[Line]) -> None:
    """Write lines as they are: nothing in them is markup, and nothing is wrapped."""
    encoding = console.encoding or "utf-8"
    for one in lines:
        text = Text()
        for piece in one.pieces:
            # A console that cannot show a character gets its number instead of a crash.
            shown = piece.text.encode(encoding, errors="backslashreplace").decode(encoding)
            text.append(shown, piece.style)
        console.print(text, soft_wrap=True, highlight=False)


def failure_text(result: ScenarioResult, colour: bool) -> str:  # noqa: FBT001  (the caller's own flag)
    """Why a scenario did not pass, as one text; with `colour`, for a terminal that can show it."""
    lines = failure_lines(result)
    if not colour:
        return plain_text(lines)
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="standard", width=_WIDE, no_color=False)
    print_lines(console, lines)
    return file.getvalue().rstrip("\n")


def footer(result: RunResult) -> Line:
    """The run in numbers."""
    words = {
        Status.PASSED: "passed",
        Status.FAILED: "failed",
        Status.ERROR: "error",
        Status.SKIPPED: "skipped",
    }
    counted = [(status, result.count(status)) for status in words]
    pieces: list[str | Piece] = []
    for status, count in counted:
        if count:
            word = "errors" if status is Status.ERROR and count > 1 else words[status]
            pieces += [", "] if pieces else []
            pieces.append(Piece(f"{count} {word}", STATUS_STYLES[status]))
    return line(*(pieces or ["no scenarios"]), f" in {duration(result.seconds)}")


def left_out(result: ScenarioResult) -> str:
    """What no comparison has seen, because the pipeline says that it means nothing."""
    counts = (f"{count} row{'' if count == 1 else 's'} of {sink}" for sink, count in result.left_out.items())
    told = ", ".join(counts)
    return f", {told} left out by `ignore`" if told else ""


def phase_text(result: ScenarioResult) -> str:
    """Where the time of a scenario went, the slowest phase first."""
    slowest = sorted(result.phases.items(), key=lambda phase: -phase[1])
    return ", ".join(f"{name} {duration(seconds)}" for name, seconds in slowest)


def _progress(event: Progress) -> Line:
    seconds = f"  {duration(event.seconds)}" if event.seconds else ""
    return line(Piece(f"{event.subject}: {event.phase}{seconds}", "dim"), indent=2)
