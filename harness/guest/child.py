"""What every forked child does before and after the user's code: the fork contract.

A child must look like a process that was started plainly: own session, the given streams and
environment and nothing of the zygote's, fresh seeds, exit handlers run at the end.
Runs in the job's interpreter: standard library alone, Python 3.8 syntax.
"""

from __future__ import annotations

import atexit
import os
import random
import signal
import sys
import threading
import time
from typing import Mapping, NoReturn, Optional


def become(
    environ: Mapping[str, str],
    cwd: str,
    stdout: Optional[str] = None,
    stderr: Optional[str] = None,
    umask: int = 0o022,
) -> None:
    """Take on the identity of a fresh process.

    Args:
        environ: The whole environment; nothing else is left.
        cwd: The working directory.
        stdout: A path that receives standard output and, without `stderr`, standard error too.
        stderr: A path for standard error.
        umask: The file mode mask.
    """
    if os.getsid(0) != os.getpid():
        os.setsid()
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    # Python itself ignores SIGPIPE; a plain start of the interpreter would, too.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if stdout:
        _redirect(stdout, 1)
        _redirect(stderr or stdout, 2)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    os.umask(umask)
    os.chdir(cwd)
    for path in reversed([p for p in environ.get("PYTHONPATH", "").split(os.pathsep) if p]):
        sys.path.insert(0, path)
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    atexit._clear()  # noqa: SLF001 - nothing public forgets the handlers of the zygote


def forget_guests() -> None:
    """Forget the modules of this folder: a script may have a module of the same name."""
    own = os.path.dirname(os.path.abspath(__file__))
    for name in [file[:-3] for file in os.listdir(own) if file.endswith(".py")]:
        module = sys.modules.get(name)
        if module is not None and os.path.dirname(os.path.abspath(module.__file__ or "")) == own:
            del sys.modules[name]


def _redirect(path: str, fd: int) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(opened, fd)
    os.close(opened)


def leave(status: int) -> NoReturn:
    """End as a plain interpreter would: join threads, run exit handlers, flush; then go at once."""
    try:
        # What the interpreter itself calls at its end has no public name.
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - see above
        atexit._run_exitfuncs()  # noqa: SLF001 - see above
    except BaseException:  # noqa: BLE001 - an exit handler of the user's may raise anything, SystemExit too
        status = status or 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(status)


def exit_status(error: SystemExit) -> int:
    """The exit status of a SystemExit, as the interpreter itself would choose it."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1
