"""Forks Python UDF workers from an interpreter that has PyFlink's worker code imported already.

Listens on the unix socket named by the first argument. A request carries three streams and a JSON
object `argv, environ, cwd, mounts`; the answer is the worker's exit status. A worker dies with the
connection that asked for it, and all of them with the zygote's standard input.
Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

from __future__ import annotations

import array
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import sys
import traceback
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NoReturn, Sequence, Tuple

if TYPE_CHECKING:
    from harness.guest import child, namespace
else:
    # It is run by its path, in an interpreter that has no harness.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import child
    import namespace

BOOT = "pyflink.fn_execution.beam.beam_boot"
PRELOADED = (
    "apache_beam.runners.worker.sdk_worker_main",
    "cloudpickle",
    "grpc",
    "pandas",
    "pyarrow",
    "pyflink.datastream",
    BOOT,
    "pyflink.fn_execution.beam.beam_operations",
    "pyflink.fn_execution.beam.beam_sdk_worker_main",
    "pyflink.fn_execution.datastream.process.operations",
    "pyflink.fn_execution.table.operations",
    "pyflink.table",
    "pyflink.table.udf",
)


def preload() -> None:
    """Import what every worker imports; the boot module itself must run anew in each."""
    for name in PRELOADED:
        importlib.import_module(name)
    del sys.modules[BOOT]
    gc.collect()
    gc.freeze()


def receive(connection: socket.socket) -> Tuple[Dict[str, Any], List[int]]:
    """One request: its JSON object and its three streams."""
    head, control, _, _ = connection.recvmsg(4, socket.CMSG_SPACE(12))
    streams = array.array("i")
    streams.frombytes(control[0][2][:12])
    length = struct.unpack("!I", head)[0]
    body = b""
    while len(body) < length:
        chunk = connection.recv(length - len(body))
        if not chunk:
            raise ConnectionError("request cut short")
        body += chunk
    return json.loads(body), list(streams)


def work(request: Mapping[str, Any], streams: Sequence[int]) -> NoReturn:
    """Become the worker; never returns."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    status = 1
    try:
        child.become(request["environ"], request["cwd"])
        mounts = request["mounts"]
        if mounts:
            namespace.enter(mounts["overlays"], mounts["binds"])
        arguments = request["argv"]
        sys.path.insert(0, request["cwd"])
        if arguments[0] == "-c":
            sys.argv = ["-c", *arguments[2:]]
            exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - what `python -c` does
        elif arguments[0] == "-m":
            sys.argv = arguments[1:]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            runpy.run_path(arguments[0], run_name="__main__")
        status = 0
    except SystemExit as error:
        status = child.exit_status(error)
    except BaseException:  # noqa: BLE001 - whatever a UDF raises ends in the worker's own log
        traceback.print_exc()
    child.leave(status)


class Workers:
    """The workers that run, each with the connection that asked for it.

    Its selector has one entry per thing that can happen: the end of standard input, a request, the end
    of a child, and under a worker's pid the end of its connection.
    """

    def __init__(self, path: str) -> None:
        self._running: Dict[int, socket.socket] = {}
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        os.chmod(path, 0o600)
        self._server.listen(64)
        self._wake_read, wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._watch = selectors.DefaultSelector()
        self._watch.register(0, selectors.EVENT_READ, "end")
        self._watch.register(self._server, selectors.EVENT_READ, "request")
        self._watch.register(self._wake_read, selectors.EVENT_READ, "ended")

    def serve(self) -> None:
        """Fork and reap until standard input ends."""
        while True:
            for key, _ in self._watch.select():
                if key.data == "end":
                    if not os.read(0, 4096):
                        for pid in self._running:
                            _kill(pid)
                        return
                elif key.data == "request":
                    self._accept()
                elif key.data == "ended":
                    try:
                        os.read(self._wake_read, 4096)
                    except BlockingIOError:
                        pass
                    self._reap()
                else:
                    self._end_if_left(key.data)

    def _accept(self) -> None:
        connection, _ = self._server.accept()
        try:
            request, streams = receive(connection)
        except (OSError, ValueError, IndexError):
            connection.close()
            return
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            self._watch.close()
            self._server.close()
            connection.close()
            for other in self._running.values():
                other.close()
            work(request, streams)
        for stream in streams:
            os.close(stream)
        self._running[pid] = connection
        self._watch.register(connection, selectors.EVENT_READ, pid)

    def _end_if_left(self, pid: int) -> None:
        """Kill a worker whose connection has ended."""
        connection = self._running.get(pid)
        if connection is not None and not connection.recv(1):
            self._watch.unregister(connection)
            _kill(pid)

    def _reap(self) -> None:
        while self._running:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            connection = self._running.pop(pid, None)
            if connection is None:
                continue
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
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
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def main() -> None:
    """Serve until standard input ends."""
    preload()
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != own]
    workers = Workers(sys.argv[1])
    os.write(1, b'{"ready": true}\n')
    workers.serve()


if __name__ == "__main__":
    main()
