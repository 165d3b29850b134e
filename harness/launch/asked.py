"""What another interpreter tells about itself: a small program run in it, one JSON line back."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import ArtefactError

PROBE_SECONDS = 60


def ask(python: Path, program: str, words: Sequence[str] = (), *, of: str, isolated: bool = False) -> Any:
    """What the program prints on its last line, as JSON.

    Args:
        python: The interpreter.
        program: The program's text; standard library alone.
        words: Its arguments.
        of: What it is asked for, for the message.
        isolated: Without the PYTHONPATH of this process.

    Raises:
        ArtefactError: The interpreter does not run, fails, or answers something else.
    """
    environ = {name: value for name, value in os.environ.items() if not (isolated and name == "PYTHONPATH")}
    try:
        done = subprocess.run(
            [python, "-c", program, *words],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=environ,
        )
        return json.loads(done.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip()
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    raise ArtefactError(
        f"{python} cannot be asked for its {of}",
        detail=reason,
        hint="name a Python interpreter with --python, HARNESS_PYTHON or the pipeline's `python_env`",
    )
