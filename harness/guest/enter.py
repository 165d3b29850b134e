"""Runs a command in a mount namespace of its own: `python enter.py MOUNTS.json COMMAND...`.

Runs in the interpreter of the harness, before the JVM; standard library alone.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.guest import namespace
else:
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import namespace


def main() -> None:
    """Enter the namespace and become the command."""
    with open(sys.argv[1]) as f:
        mounts = json.load(f)
    try:
        namespace.enter(mounts["overlays"], mounts["keep"])
    except OSError as error:
        print("this machine refuses what `files:` and `hosts:` need: %s" % error, file=sys.stderr)
        sys.exit(1)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - becoming the command is the point


if __name__ == "__main__":
    main()
