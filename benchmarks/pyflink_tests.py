"""A user's PyFlink tests as they are, and with `--flink-warm`: ratios of whole pytest runs, in turn.

    python benchmarks/pyflink_tests.py [--suite FOLDER] [--rounds 3] [PYTEST OPTIONS]

`cold` starts keeper and JVM, as one run in CI does; `warm` finds those of the run before.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEPT = ("--flink-warm", "--harness-keep", "30m")
MODES = {"plain": (), "cold": ("--flink-warm", "--harness-keep", "off"), "warm": KEPT}


def run(suite: Path, options: list[str], folder: Path) -> tuple[float, str]:
    """One pytest run: its seconds and its last line."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environ["TMPDIR"] = str(folder)
    # Plain PyFlink starts its workers with the `python` of the path.
    environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", *options]
    began = time.monotonic()
    done = subprocess.run(command, cwd=suite, env=environ, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    last = done.stdout.strip().splitlines()[-1:] or [done.stderr.strip()[-300:]]
    return seconds, re.sub(r" in [\d.]+s.*", "", last[0])


def main() -> None:
    """Run the modes in turn, so that a busy machine is busy for all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--suite", type=Path, default=ROOT / "fixtures" / "pyflink_tests" / "typical")
    parser.add_argument("--rounds", type=int, default=3)
    arguments, options = parser.parse_known_args()
    seconds: dict[str, list[float]] = {mode: [] for mode in MODES}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            run(arguments.suite, [*KEPT, *options], folder)
            for number in range(arguments.rounds):
                for mode, flags in MODES.items():
                    took, last = run(arguments.suite, [*flags, *options], folder)
                    seconds[mode].append(took)
                    print(f"{number + 1} {mode:6} {took:7.1f} s  {last}", flush=True)
        finally:
            environ = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
            down = [sys.executable, "-c", "from harness.cli.main import main; main()", "down"]
            subprocess.run(down, cwd=arguments.suite, env=environ, capture_output=True, check=False)
    plain = statistics.median(seconds["plain"])
    for mode in ("cold", "warm"):
        took = statistics.median(seconds[mode])
        print(f"{mode}: {plain / took:.1f}x ({plain:.1f} s -> {took:.1f} s, medians of {arguments.rounds})")


if __name__ == "__main__":
    main()
