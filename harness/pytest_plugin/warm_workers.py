"""PyFlink's workers as threads of the tests' own process, where a local PyFlink runs them too.

Plain PyFlink starts a shell and two interpreters per operator, only to be asked over gRPC for such a
thread. Here the shell is a small program that asks over a unix socket.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from harness.pytest_plugin.warm_loopback import Loopback

WORKER = Path(__file__).parent.parent / "guest" / "test_worker"
RUNNER = "pyflink-udf-runner.sh"
"""The name under which Flink starts a worker, in the folder that it is told."""
SHELL = frozenset({"_", "SHLVL", "PWD", "LC_CTYPE"})
"""What a process has of its own and not from the JVM."""

log = logging.getLogger(__name__)


class Workers:
    """Runs workers for the JVM until it is closed.

    Args:
        folder: Where the program and its socket lie; the lease's own.
        jvm_environ: What the JVM was started with: no business of the tests.
    """

    def __init__(self, folder: Path, jvm_environ: Mapping[str, str]) -> None:
        self._jvm_environ = dict(jvm_environ)
        self._loopback = Loopback()
        self.executable = folder / "python"
        text = WORKER.read_text().replace("@PYTHON@", sys.executable, 1)
        for path in (self.executable, folder / RUNNER):
            path.write_text(text.replace("@EXECUTABLE@", sys.executable))
            path.chmod(0o700)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder / "workers.sock"))
        self._server.listen(128)
        threading.Thread(target=self._accept, name="harness-workers", daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        # A thread that waits in accept is woken by the first alone.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._loopback.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(
                target=self._work, args=(connection,), name="harness-worker", daemon=True
            ).start()

    def _work(self, connection: socket.socket) -> None:
        with connection:
            with connection.makefile("rb") as lines:
                line = lines.readline()
            if not line:
                return
            request = json.loads(line)
            error = self._run(request["arguments"], request["environ"])
            if error:
                log.error("a PyFlink worker failed:\n%s", error)
                return
            # The program may be gone: Flink ends it when the worker has done its part.
            with contextlib.suppress(OSError):
                connection.sendall(b"0")

    def _run(self, arguments: list[str], environ: Mapping[str, str]) -> str:
        """What PyFlink's own boot program asks the tests' process for; returns the error or ""."""
        options = dict(a.removeprefix("--").split("=", 1) for a in arguments if "=" in a)
        added = {
            name: value
            for name, value in environ.items()
            if self._jvm_environ.get(name) != value and name not in SHELL
        }
        # As PyFlink itself has it.
        added["SEMI_PERSISTENT_DIRECTORY"] = options.get("semi_persist_dir", "/tmp")  # noqa: S108
        return self._loopback.run(options["id"], options["provision_endpoint"], added)
