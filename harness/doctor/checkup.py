"""All checks side by side, each bounded in time; what goes wrong in one of them is a finding, too."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.clock import Deadline
from harness.doctor import (
    archives,
    connectors,
    docker,
    files,
    jars,
    java,
    keepers,
    namespaces,
    network,
    options,
    ports,
    pyflink,
    space,
)
from harness.doctor.finding import Finding, problem, unknown
from harness.doctor.subject import Subject
from harness.errors import HarnessError

LIMIT_S = 10.0
"""How long a check may take; on a healthy machine all of them together take a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at.

    Attributes:
        look: Finds at least one thing to say about a subject.
    """

    name: str
    look: Callable[[Subject], Iterable[Finding]]


CHECKS = (
    Check(name="settings", look=options.look),
    Check(name="pipelines", look=files.look),
    Check(name="java", look=java.look),
    Check(name="pyflink", look=pyflink.look),
    Check(name="jars", look=jars.look),
    Check(name="connectors", look=connectors.look),
    Check(name="class path", look=jars.look_for_clashes),
    Check(name="class data", look=archives.look),
    Check(name="cache", look=space.look_at_cache),
    Check(name="disk", look=space.look_at_disk),
    Check(name="memory", look=space.look_at_memory),
    Check(name="ports", look=ports.look),
    Check(name="keepers", look=keepers.look),
    Check(name="postgres", look=namespaces.look_at_postgres),
    Check(name="namespaces", look=namespaces.look_at_mounts),
    Check(name="docker", look=docker.look),
    Check(name="network", look=network.look),
)


def examine(subject: Subject, checks: Iterable[Check] = CHECKS, limit_s: float = LIMIT_S) -> list[Finding]:
    """Everything that the checks find, in their order."""
    deadline = Deadline(limit_s)
    checks = list(checks)
    found: dict[str, list[Finding]] = {}
    # Daemons: one that hangs in a system call must not keep the process from ending.
    threads = [
        threading.Thread(target=_run, args=(check, subject, found), name=f"doctor-{check.name}", daemon=True)
        for check in checks
    ]
    for thread in threads:
        thread.start()
    findings = []
    for check, thread in zip(checks, threads, strict=True):
        thread.join(deadline.left)
        findings += found.get(check.name) or [unknown(check.name, f"was not told within {limit_s:g} s")]
    return findings


def _run(check: Check, subject: Subject, found: dict[str, list[Finding]]) -> None:
    try:
        found[check.name] = list(check.look(subject))
    except HarnessError as error:
        found[check.name] = [
            problem(check.name, error.message, seen=error.detail or "", remedy=error.hint or "")
        ]
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a check, the others are shown
        place = traceback.extract_tb(error.__traceback__)[-1]
        found[check.name] = [
            unknown(
                check.name,
                f"this check itself failed: {type(error).__name__}: {error}",
                seen=f"in {Path(place.filename).name}, line {place.lineno}",
                remedy="harness doctor --json > doctor.json  # and report it with this file",
            )
        ]
