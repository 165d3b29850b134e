"""PyFlink's workers inside of the tests' process, for thousands of jobs.

PyFlink leaves behind one gRPC server per job and several threads per operator that wake once a second:
no matter for one job, but after a few hundred they slow every test down. It also forgets the workers
that run whenever a job is submitted, and with them the folder and the path to go back to.

And it hangs for a minute now and then. A worker sends its log to Flink over gRPC. If the job ends
before that stream is there, Flink's end of it is told of no client, meets one later, and waits for 60
seconds until it goes; the job waits with it. So no log goes to Flink: it stays with the tests, who see
it as any other.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import logging
import threading
import types
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

STREAMS = ("pyflink.fn_execution.beam.beam_stream_fast", "pyflink.fn_execution.beam.beam_stream_slow")
"""Where the threads are started; the fast one is compiled, and not there for every platform."""


class Loopback:
    """One servicer for all jobs of this process; what its workers leave ends with the last that runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._flushers: list[Any] = []
        self._undo = contextlib.ExitStack()
        with warnings.catch_warnings():
            # Beam's imports warn, which is no error of a test that takes warnings for errors.
            warnings.simplefilter("ignore")
            self._servicer = self._keep_one_servicer()
            self._keep_logs_here()
            self._watch_flushers()

    def run(self, worker: str, provision_endpoint: str, params: Mapping[str, str]) -> str:
        """Run a worker until Flink ends it; returns its error or ""."""
        from apache_beam.portability.api import beam_fn_api_pb2, endpoints_pb2

        request = beam_fn_api_pb2.StartWorkerRequest(
            worker_id=worker,
            provision_endpoint=endpoints_pb2.ApiServiceDescriptor(url=provision_endpoint),
            params=params,
        )
        with self._counted():
            return str(self._servicer.StartWorker(request, None).error)

    def close(self) -> None:
        """Let PyFlink be as it was."""
        self._undo.close()

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                if not self._running:
                    for flusher in self._flushers:
                        flusher.cancel()
                    self._flushers.clear()

    def _keep_one_servicer(self) -> Any:
        """Make the class a real singleton, with one server."""
        from pyflink.fn_execution.beam.beam_worker_pool_service import BeamFnLoopbackWorkerPoolServicer

        servicer = BeamFnLoopbackWorkerPoolServicer()
        address = functools.cache(functools.partial(BeamFnLoopbackWorkerPoolServicer.start, servicer))
        self._replace(BeamFnLoopbackWorkerPoolServicer, "__init__", lambda _: None)
        self._replace(BeamFnLoopbackWorkerPoolServicer, "start", lambda _: address())
        return servicer

    def _keep_logs_here(self) -> None:
        """Neither open the stream nor take the handlers of the tests from the root logger."""
        from pyflink.fn_execution.beam import beam_worker_pool_service as service

        apart = logging.getLogger("pyflink.worker")
        words = {**vars(logging), "getLogger": lambda: apart, "info": lambda *_: None}
        self._replace(service, "FnApiLogRecordHandler", lambda _: logging.NullHandler())
        self._replace(service, "logging", types.SimpleNamespace(**words))

    def _watch_flushers(self) -> None:
        from pyflink.fn_execution.utils.operation_utils import PeriodicThread

        flushers = self._flushers

        class Flusher(PeriodicThread):  # type: ignore[misc]  # PyFlink has no types
            def start(self) -> None:
                flushers.append(self)
                super().start()

        for name in STREAMS:
            with contextlib.suppress(ImportError):
                self._replace(importlib.import_module(name), "PeriodicThread", Flusher)

    def _replace(self, owner: Any, name: str, new: Any) -> None:
        self._undo.callback(setattr, owner, name, getattr(owner, name))
        setattr(owner, name, new)
