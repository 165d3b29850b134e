"""The root cause of a failed job, in plain words, from Flink's stack trace: the user's own lines first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.flink.explanations import Reason, reason_of
from harness.flink.stack_trace import Frame, read_stack_trace

MOST_FRAMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a job failed.

    Attributes:
        message: The innermost exception: of Python code the Python one, else Java's last `Caused by`.
        reason: The same in plain words, and what to do next.
        chain: All exceptions, the outermost first.
        frames: The user's own frames, the innermost last.
        stacktrace: All that Flink said.
    """

    message: str
    reason: Reason
    chain: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    stacktrace: str = ""

    @property
    def fact(self) -> str:
        """The cause in one line."""
        return self.reason.fact

    def where(self) -> str:
        """The user's own lines, the innermost first, then the message where it is more than the fact."""
        return where(self.frames, self.message, self.fact)

    def text(self) -> str:
        """The cause in one line, then where it happened."""
        return "\n".join(filter(None, [self.fact, self.where()]))


def root_cause(stacktrace: str, folder: Path) -> Cause:
    """The cause in a stack trace of Flink's.

    Args:
        stacktrace: As the REST interface gives it.
        folder: Where the user's code lies; frames elsewhere are not theirs.
    """
    trace = read_stack_trace(stacktrace, folder)
    return Cause(
        message=trace.python or trace.chain[-1].partition("\n")[0].strip(),
        # What Flink puts around a Python error holds its whole traceback, the user's own lines too.
        reason=reason_of((trace.python,) if trace.python else trace.chain),
        chain=trace.chain,
        frames=trace.frames,
        stacktrace=stacktrace,
    )


def where(frames: tuple[Frame, ...], message: str, fact: str) -> str:
    """The frames, the innermost first, and the message unless the fact says the same."""
    shown = [str(frame) for frame in reversed(frames[-MOST_FRAMES:])]
    return "\n".join([*shown, *([] if fact and message.endswith(fact) else [message])])
