"""Forks submissions and UDF workers from one interpreter that has PyFlink imported already.

A submission is asked for by a JSON line on standard input, and answered by JSON lines on standard
output: `{"id": ..., "pid": ...}` when its child was forked, `{"id": ..., "status": ...}` when it ended.
A worker is asked for on the unix socket named by the first argument: three streams and a Python literal
of `argv, environ, cwd, mounts`; the answer is its exit status, and it dies with the connection.
The zygote ends with its standard input, and all of its children with it.
Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any, Dict, Mapping

if TYPE_CHECKING:
    from harness.guest import submission, worker
else:
    # It is run by its path, in an interpreter that has no harness.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import submission
    import worker

BOOT = "pyflink.fn_execution.beam.beam_boot"
PRELOADED = (
    "apache_beam.runners.worker.sdk_worker_main",
    "cloudpickle",
    "concurrent.futures.thread",
    "grpc",
    # What it imports of itself as soon as a channel is opened.
    "grpc._channel",
    "grpc._interceptor",
    "grpc._utilities",
    "grpc.experimental",
    "pandas",
    "pyarrow",
    "pyflink.common",
    "pyflink.datastream",
    "pyflink.datastream.connectors.file_system",
    BOOT,
    "pyflink.fn_execution.beam.beam_operations",
    "pyflink.fn_execution.beam.beam_sdk_worker_main",
    "pyflink.fn_execution.coders",
    "pyflink.fn_execution.datastream.process.operations",
    "pyflink.fn_execution.table.operations",
    "pyflink.java_gateway",
    "pyflink.table",
    "pyflink.table.udf",
)
"""What nearly every script and worker imports; never a module of the user's."""


def preload() -> None:
    """Import it all; the boot module of the workers itself must run anew in each."""
    for name in PRELOADED:
        importlib.import_module(name)
    del sys.modules[BOOT]
    gc.collect()
    gc.freeze()


def answer(message: Mapping[str, Any]) -> None:
    """One JSON line to the keeper."""
    os.write(1, (json.dumps(message) + "\n").encode())


class Zygote:
    """The children that run: submissions by their request's id, workers by their connection.

    Its selector has one entry per thing that can happen: a line of the keeper's, a request for a
    worker, the end of a child, and under a worker's pid the end of its connection.
    """

    def __init__(self, path: str) -> None:
        self._submissions: Dict[int, str] = {}
        self._workers: Dict[int, socket.socket] = {}
        self._rest = b""
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        os.chmod(path, 0o600)
        self._server.listen(64)
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        signal.set_wakeup_fd(self._wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._watch = selectors.DefaultSelector()
        self._watch.register(0, selectors.EVENT_READ, "keeper")
        self._watch.register(self._server, selectors.EVENT_READ, "worker")
        self._watch.register(self._wake_read, selectors.EVENT_READ, "ended")

    def serve(self) -> None:
        """Fork and reap until standard input ends."""
        while True:
            for key, _ in self._watch.select():
                if key.data == "keeper":
                    chunk = os.read(0, 1 << 20)
                    if not chunk:
                        for pid in [*self._submissions, *self._workers]:
                            _kill(pid)
                        return
                    *lines, self._rest = (self._rest + chunk).split(b"\n")
                    for line in lines:
                        self._submit(json.loads(line))
                elif key.data == "worker":
                    self._accept()
                elif key.data == "ended":
                    try:
                        os.read(self._wake_read, 4096)
                    except BlockingIOError:
                        pass
                    self._reap()
                else:
                    self._end_if_left(key.data)

    def _submit(self, request: Dict[str, Any]) -> None:
        pid = os.fork()
        if pid == 0:
            self._let_go()
            submission.run(request)
        self._submissions[pid] = request["id"]
        answer({"id": request["id"], "pid": pid})

    def _accept(self) -> None:
        connection, _ = self._server.accept()
        try:
            request, streams = worker.receive(connection)
        except (OSError, ValueError, SyntaxError, IndexError):
            connection.close()
            return
        pid = os.fork()
        if pid == 0:
            connection.close()
            self._let_go()
            worker.work(request, streams)
        for stream in streams:
            os.close(stream)
        self._workers[pid] = connection
        self._watch.register(connection, selectors.EVENT_READ, pid)

    def _let_go(self) -> None:
        """In a child: nothing of the zygote's stays open."""
        signal.set_wakeup_fd(-1)
        self._watch.close()
        self._server.close()
        os.close(self._wake_read)
        os.close(self._wake_write)
        for connection in self._workers.values():
            connection.close()

    def _end_if_left(self, pid: int) -> None:
        """Kill a worker whose connection has ended."""
        connection = self._workers.get(pid)
        if connection is not None and not connection.recv(1):
            self._watch.unregister(connection)
            _kill(pid)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
            name = self._submissions.pop(pid, None)
            if name is not None:
                answer({"id": name, "status": code})
            connection = self._workers.pop(pid, None)
            if connection is not None:
                self._answer_worker(connection, code if code >= 0 else 128 - code)

    def _answer_worker(self, connection: socket.socket, code: int) -> None:
        try:
            self._watch.unregister(connection)
        except KeyError:
            pass
        try:
            connection.sendall(struct.pack("!i", code))
        except OSError:
            pass
        connection.close()


def _kill(pid: int) -> None:
    # A child that was forked this moment has no group of its own yet.
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def main() -> None:
    """Serve until standard input ends."""
    preload()
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != own]
    zygote = Zygote(sys.argv[1])
    answer({"ready": True})
    zygote.serve()
    # Nothing is left to be done; all that was imported would take its time to say so.
    os._exit(0)


if __name__ == "__main__":
    main()
