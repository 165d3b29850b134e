"""How Postgres runs where we are root: as somebody else, in namespaces of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

from harness.errors import ServiceError


@cache
def isolation() -> tuple[str, ...]:
    """Words before `postgres` that give it another user than root and shared memory of its own.

    Postgres refuses to run as root. In a user namespace it runs as somebody else without a new user
    on the machine, and in an IPC namespace its System V segment ends with it even if it is killed.

    Raises:
        ServiceError: We are root and the machine allows no user namespaces.
    """
    unshare = shutil.which("unshare")
    root = os.getuid() == 0
    for options in (["--ipc"], []):
        words = (unshare or "unshare", "--user", *options, "--map-user=1000", "--map-group=1000", "--")
        if unshare and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    if root:
        raise ServiceError(
            "postgres refuses to run as root, and this machine allows no user namespaces",
            hint="run as an ordinary user, or allow user namespaces (sysctl user.max_user_namespaces)",
        )
    return ()
