"""Java packages that are known without asking the JVM.

Py4J asks for every part of `jvm.org.apache.flink.table.api`, at each use anew, and the JVM looks for a
class of that name in all of its jars before it says that there is none: a Table script asks 150 times.
Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Callable

KNOWN = re.compile(r"(?:org|org\.apache|(?:org\.apache\.flink|java)(?:\.(?!package\b)[a-z]\w*)*)\Z", re.ASCII)
"""No class of Flink's own, nor of Java's, has a name that begins in lower case, but for Scala's `package`."""


def know() -> None:
    """Let Py4J know them, in this process."""
    from py4j import java_gateway

    view, package = java_gateway.JVMView, java_gateway.JavaPackage
    view.__getattr__ = _knowing(view.__getattr__, "{name}", "_id", package)
    package.__getattr__ = _knowing(package.__getattr__, "{of._fqn}.{name}", "_jvm_id", package)


def _knowing(ask: Callable[..., Any], fqn: str, view: str, package: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(ask)
    def get(self: Any, name: str) -> Any:
        # A name with an underscore is Python's own, or Py4J's.
        if name[:1].islower():
            known = KNOWN.match(fqn.format(of=self, name=name))
            if known:
                return package(known.group(), self._gateway_client, getattr(self, view))
        return ask(self, name)

    return get
