"""Host names that a job has in its code, such as `kafka`, each at a loopback address of its own.

All of 127.0.0.0/8 is this machine's on Linux, so every name can have its standard port, and two
environments do not meet as long as their addresses differ.
"""

from __future__ import annotations

import hashlib
import threading

from harness.errors import ServiceError
from harness.launch.ports import LOOPBACK
from harness.platform import portable


class LoopbackNames:
    """The names of one environment and their addresses.

    Args:
        seed: Names the environment; another one gets other addresses.
    """

    def __init__(self, seed: str) -> None:
        digest = hashlib.sha256(seed.encode()).digest()
        # 127.0.x.y is left to others: 127.0.0.1 itself, and 127.0.1.1 of Debian.
        self._net = f"127.{1 + digest[0] % 254}.{digest[1]}"
        self._known: dict[str, str] = {"localhost": LOOPBACK}
        self._lock = threading.Lock()

    def address(self, name: str) -> str:
        """The address of a name, the same at every call.

        Raises:
            ServiceError: This system has one loopback address only, or there are too many names.
        """
        with self._lock:
            if name not in self._known:
                if portable():
                    raise ServiceError(
                        f"the host name `{name}` needs a loopback address of its own, which only Linux has",
                        hint="give the job its address by `${...}` in place of `hosts:`",
                    )
                if len(self._known) > 250:
                    raise ServiceError("more than 250 host names in one environment")
                self._known[name] = f"{self._net}.{len(self._known)}"
            return self._known[name]


def split(host: str) -> tuple[str, int]:
    """`kafka:9092` as name and port."""
    name, _, port = host.rpartition(":")
    return name, int(port)
