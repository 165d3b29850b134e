"""The namespaces of Linux: Postgres as root, and files and host names laid over the machine's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness import platform
from harness.doctor.finding import Finding, ok, problem, warning
from harness.doctor.subject import Subject
from harness.errors import ServiceError
from harness.services.flink import ENTER
from harness.services.isolation import isolation

POSTGRES, MOUNTS = "postgres", "namespaces"
_PROBE_TIMEOUT_S = 5.0
ALLOW = "sudo sysctl -w user.max_user_namespaces=15000 kernel.apparmor_restrict_unprivileged_userns=0"
"""Of a container: `docker run --security-opt seccomp=unconfined`."""


def look_at_postgres(subject: Subject) -> Iterator[Finding]:
    """Whether Postgres can be started by this user."""
    wanted = [use for use in subject.uses if use.needs.postgres]
    try:
        words = isolation()
    except ServiceError as error:
        told = problem if wanted else warning
        yield told(
            POSTGRES,
            error.message,
            seen=error.hint or "",
            remedy=f"{ALLOW}  # of a container: docker run --security-opt seccomp=unconfined",
            where=wanted[0].where if wanted and subject.has_pipelines else "",
        )
        return
    how = "in a user namespace" if words else "as this user"
    yield ok(POSTGRES, f"can run {how}")


def look_at_mounts(subject: Subject) -> Iterator[Finding]:
    """Whether a job can be given files at fixed paths, and host names."""
    wanted = [use for use in subject.uses if use.pipeline.files or use.pipeline.hosts]
    why = "HARNESS_PORTABLE is on" if platform.portable() else _refused()
    if why is None:
        yield ok(MOUNTS, "`files:` and `hosts:` can be laid over the machine's own")
        return
    portable = platform.portable()
    remedy = (
        "unset HARNESS_PORTABLE"
        if portable
        else f"{ALLOW}  # of a container: docker run --cap-add SYS_ADMIN --security-opt apparmor=unconfined"
    )
    if wanted:
        fact = "the job needs `files:` or `hosts:`, and this machine gives no mount namespaces"
        yield problem(MOUNTS, fact, seen=why, remedy=remedy, where=wanted[0].where)
    else:
        fact = "this machine gives no mount namespaces; only `files:` and `hosts:` need them"
        yield ok(MOUNTS, fact, seen=why) if portable else warning(MOUNTS, fact, seen=why, remedy=remedy)


def _refused() -> str | None:
    """Lay an empty folder over /etc for a process that ends at once, where a run would do it."""
    with tempfile.TemporaryDirectory(dir=platform.data_parent(), prefix="harness-doctor-") as folder:
        layer, scratch = Path(folder, "layer"), Path(folder, "scratch")
        layer.mkdir()
        scratch.mkdir()
        told = Path(folder, "mounts.json")
        told.write_text(json.dumps({"overlays": {"/etc": [str(layer), str(scratch)]}, "keep": []}))
        try:
            done = subprocess.run(
                [sys.executable, "-ISE", str(ENTER), str(told), "true"],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PROBE_TIMEOUT_S,
                check=False,
                stdin=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", os.defpath)},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
