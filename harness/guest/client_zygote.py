"""Forks one child per submission from an interpreter that has PyFlink imported already.

Requests are JSON lines on standard input, answers JSON lines on standard output:
`{"id": ..., "pid": ...}` when a child was forked, `{"id": ..., "status": ...}` when it ended. The
zygote ends with its standard input, and its children with it.
Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import sys
from typing import TYPE_CHECKING, Any, Dict, Mapping

if TYPE_CHECKING:
    from harness.guest import submission
else:
    # It is run by its path, in an interpreter that has no harness.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import submission

PRELOADED = (
    "apache_beam",
    "pandas",
    "pyarrow",
    "pyflink.common",
    "pyflink.datastream",
    "pyflink.datastream.connectors.file_system",
    "pyflink.fn_execution.coders",
    "pyflink.java_gateway",
    "pyflink.table",
    "pyflink.table.udf",
)


def preload() -> None:
    """Import what nearly every PyFlink script imports; never a module of the user's."""
    for name in PRELOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def answer(message: Mapping[str, Any]) -> None:
    """One JSON line to the keeper."""
    os.write(1, (json.dumps(message) + "\n").encode())


def main() -> None:
    """Serve until standard input ends."""
    preload()
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != own]
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    watch = selectors.DefaultSelector()
    watch.register(0, selectors.EVENT_READ)
    watch.register(wake_read, selectors.EVENT_READ)
    children: Dict[int, str] = {}
    rest = b""
    answer({"ready": True, "pid": os.getpid()})
    while True:
        for key, _ in watch.select():
            if key.fd == wake_read:
                try:
                    os.read(wake_read, 4096)
                except BlockingIOError:
                    pass
                _reap(children)
                continue
            chunk = os.read(0, 1 << 20)
            if not chunk:
                for pid in children:
                    _kill(pid)
                return
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                request = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    watch.close()
                    os.close(wake_read)
                    os.close(wake_write)
                    submission.run(request)
                children[pid] = request["id"]
                answer({"id": request["id"], "pid": pid})


def _reap(children: Dict[int, str]) -> None:
    while children:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        name = children.pop(pid, None)
        if name is not None:
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
            answer({"id": name, "status": code})


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    main()
