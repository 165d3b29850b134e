"""One Python UDF worker: its request, and what a forked child does to become it.

Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

from __future__ import annotations

import array
import ast
import os
import runpy
import socket
import struct
import sys
import traceback
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NoReturn, Sequence, Tuple

if TYPE_CHECKING:
    from harness.guest import child, namespace
else:
    # It is run by its path, in an interpreter that has no harness.
    import child
    import namespace


def receive(connection: socket.socket) -> Tuple[Dict[str, Any], List[int]]:
    """One request: what `forked_worker` says of it, and its three streams."""
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
    return ast.literal_eval(body.decode()), list(streams)


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
            namespace.enter(mounts["overlays"], mounts["keep"])
        arguments = request["argv"]
        sys.path.insert(0, request["cwd"])
        child.forget_guests()
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
