"""Forks Python UDF workers from an interpreter that has PyFlink's worker code imported already.

Listens on the unix socket named by the first argument. A request carries three streams and a JSON
object `argv, environ, cwd, mounts`; the answer is the worker's exit status. A worker dies with the
connection that asked for it, and all of them with the zygote's standard input.
Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

import array
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import child
import namespace


def preload():
    """Import what every worker imports; the boot module itself must run anew in each."""
    import apache_beam.runners.worker.sdk_worker_main  # noqa: F401
    import cloudpickle  # noqa: F401
    import grpc  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401
    import pyflink.datastream
    import pyflink.fn_execution.beam.beam_boot
    import pyflink.fn_execution.beam.beam_operations
    import pyflink.fn_execution.beam.beam_sdk_worker_main
    import pyflink.fn_execution.datastream.process.operations
    import pyflink.fn_execution.table.operations
    import pyflink.table
    import pyflink.table.udf  # noqa: F401

    del sys.modules["pyflink.fn_execution.beam.beam_boot"]
    gc.collect()
    gc.freeze()


def receive(connection):
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


def work(request, streams):
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
            exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102
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


def main():
    """Serve until standard input ends."""
    path = sys.argv[1]
    preload()
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != own]
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    os.chmod(path, 0o600)
    server.listen(64)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    watch = selectors.DefaultSelector()
    watch.register(0, selectors.EVENT_READ, "end")
    watch.register(server, selectors.EVENT_READ, "request")
    watch.register(wake_read, selectors.EVENT_READ, "ended")
    workers = {}
    os.write(1, b'{"ready": true}\n')
    while True:
        for key, _ in watch.select():
            if key.data == "end":
                if not os.read(0, 4096):
                    for pid in workers:
                        _kill(pid)
                    return
            elif key.data == "request":
                connection, _ = server.accept()
                try:
                    request, streams = receive(connection)
                except (OSError, ValueError, IndexError):
                    connection.close()
                    continue
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    watch.close()
                    server.close()
                    connection.close()
                    for other in workers.values():
                        other.close()
                    work(request, streams)
                for stream in streams:
                    os.close(stream)
                workers[pid] = connection
                watch.register(connection, selectors.EVENT_READ, pid)
            elif key.data == "ended":
                try:
                    os.read(wake_read, 4096)
                except BlockingIOError:
                    pass
                _reap(workers, watch)
            else:
                connection = workers.get(key.data)
                if connection is not None and not connection.recv(1):
                    watch.unregister(connection)
                    _kill(key.data)


def _reap(workers, watch):
    while workers:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        connection = workers.pop(pid, None)
        if connection is None:
            continue
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        try:
            watch.unregister(connection)
        except KeyError:
            pass
        try:
            connection.sendall(struct.pack("!i", code))
        except OSError:
            pass
        connection.close()


def _kill(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


if __name__ == "__main__":
    main()
