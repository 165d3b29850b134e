"""The keeper's Flink in place of the one that PyFlink would start for a user's own tests."""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError

from harness.clock import Deadline, poll
from harness.environment import FlinkEndpoint, FlinkNeed, Lease, Needs
from harness.errors import HarnessError, ServiceError
from harness.guest import executable
from harness.keeper.client import LazyKeeper
from harness.pytest_plugin.warm_workers import Workers

LEASE_WAIT_S = 120.0
CANCEL_MILLIS = 15_000
DEATH_SECONDS = 2.0
LABEL = "PyFlink tests"


class WarmCluster:
    """A lease on Flink, taken when PyFlink asks for its JVM for the first time.

    Args:
        keeper: Where to lease.
        folder: Where the tests were started; relative paths of connectors are meant from there.
    """

    def __init__(self, keeper: LazyKeeper, folder: Path) -> None:
        self._keeper = keeper
        self._folder = folder
        self._open = contextlib.ExitStack()
        self._tests: Any = None
        self._gateway: Any = None
        self._failure: HarnessError | None = None
        self.lease: Lease | None = None

    def install(self) -> None:
        """Let PyFlink launch us; nothing is started yet."""
        from pyflink import java_gateway

        original = java_gateway.launch_gateway
        java_gateway.launch_gateway = self._launch
        self._open.callback(setattr, java_gateway, "launch_gateway", original)

    @property
    def used(self) -> bool:
        """Whether a test has touched PyFlink."""
        return self._tests is not None

    @property
    def endpoint(self) -> FlinkEndpoint:
        """The cluster that the lease holds."""
        assert self.lease is not None
        assert self.lease.grant.flink is not None
        return self.lease.grant.flink

    @property
    def output(self) -> Path:
        """What the JVM prints, of all who share it."""
        return Path(self.endpoint.output)

    @property
    def log(self) -> Path:
        """The JVM's log, of all who share it."""
        return Path(self.endpoint.log)

    def _launch(self) -> Any:
        """A gateway into the lease's share of the JVM, as PyFlink would have made one.

        Raises:
            HarnessError: There is none to be had; said to every test at once.
        """
        if self._failure is not None:
            raise self._failure
        try:
            return self._connect()
        except HarnessError as failure:
            self._failure = failure
            raise

    def _connect(self) -> Any:
        import pyflink.version
        from pyflink import java_gateway

        series = ".".join(pyflink.version.__version__.split(".")[:2])
        need = FlinkNeed(version=series, python=sys.executable, folder=str(self._folder))
        self.lease = self._open.enter_context(
            self._keeper.lease(Needs(flink=need), label=LABEL, wait_s=LEASE_WAIT_S, progress=lambda *_: None)
        )
        token = self.endpoint.gateway_token
        gateway = java_gateway.JavaGateway(
            gateway_parameters=java_gateway.GatewayParameters(
                port=self.endpoint.gateway_port, auth_token=token, auto_convert=True
            ),
            callback_server_parameters=java_gateway.CallbackServerParameters(
                port=0, daemonize=True, daemonize_connections=True, auth_token=token
            ),
        )
        self._gateway = gateway
        self._open.callback(_close, gateway)
        workers = Workers(Path(self.lease.grant.folder), self.endpoint.environ)
        self._open.callback(workers.close)
        self._bind(gateway, workers)
        return gateway

    def _bind(self, gateway: Any, workers: Workers) -> None:
        conf = gateway.jvm.org.apache.flink.configuration.Configuration()
        cores = gateway.jvm.java.lang.Runtime.getRuntime().availableProcessors()
        for option, value in {
            "parallelism.default": str(cores),
            "python.executable": str(workers.executable),
            "python.client.executable": sys.executable,
        }.items():
            conf.setString(option, value)
        self._tests = gateway.entry_point.tests(conf)
        executable.keep(str(workers.executable))
        self._attach_every_environment()
        # The environment that is being made now is past those.
        self._tests.attach()

    def _attach_every_environment(self) -> None:
        """Make each environment one of this lease: another thread of a test has another thread in the JVM."""
        import pyflink.datastream.stream_execution_environment as streaming
        import pyflink.table.table_environment as table

        def attached(original: Callable[..., Any]) -> Any:
            @functools.wraps(original)
            def call(*args: object, **kwargs: object) -> Any:
                self._tests.attach()
                return original(*args, **kwargs)

            return staticmethod(call)

        for owner, name in (
            (table.TableEnvironment, "create"),
            (streaming.StreamExecutionEnvironment, "get_execution_environment"),
        ):
            original = getattr(owner, name)
            setattr(owner, name, attached(original))
            self._open.callback(setattr, owner, name, staticmethod(original))

    def jobs(self) -> list[str]:
        """The jobs that run, in the order of their submission."""
        if not self.used:
            return []
        with self._answering():
            return [str(job) for job in self._tests.open()]

    def cancel(self, jobs: Sequence[str]) -> list[str]:
        """Cancel jobs and wait for their end; returns those that did not end."""
        with self._answering():
            return [job for job in jobs if not self._tests.cancel(job, CANCEL_MILLIS)]

    def class_loader(self) -> Any:
        """What `add_jars` adds to; None for the first one."""
        if not self.used:
            return None
        with self._answering():
            return self._tests.classLoader()

    def restore(self, class_loader: Any) -> None:
        """Take away the jars that were added to another class loader since."""
        with self._answering():
            self._tests.restore(class_loader)

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (Py4JError, OSError) as error:
            assert self.lease is not None
            self._collect_quietly()
            # The keeper knows more, if a moment later.
            poll(self._died, Deadline(DEATH_SECONDS))
            self.lease.check()
            raise ServiceError("Flink's JVM does not answer", detail=str(error)) from error

    def _died(self) -> bool:
        assert self.lease is not None
        try:
            self.lease.check()
        except HarnessError:
            return True
        return False

    def close(self) -> None:
        """Cancel what runs and give the lease back."""
        if self.used:
            with contextlib.suppress(HarnessError):
                self.cancel(self.jobs())
        self._tests = None
        self._collect_quietly()
        self._open.close()

    def _collect_quietly(self) -> None:
        """Python's collector tells the JVM of every Java object that it frees; a JVM that is gone, never."""
        if self._gateway is not None:
            self._gateway._gateway_client.is_connected = False  # noqa: SLF001 - nothing public says so
        logging.getLogger("py4j.java_gateway").disabled = True


def _close(gateway: Any) -> None:
    from pyflink import java_gateway

    java_gateway._gateway = None  # noqa: SLF001 - whoever runs in this process after us starts anew
    with contextlib.suppress(Py4JError, OSError):
        gateway.shutdown_callback_server()
    with contextlib.suppress(Py4JError, OSError):
        gateway.close()
