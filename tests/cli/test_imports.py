from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("confluent_kafka", "psycopg", "py4j", "psutil", "requests", "docker", "testcontainers", "pytest")


@pytest.mark.parametrize("command", ["run", "up", "status", "down", "leases", "logs"])
def test_a_command_imports_no_client_before_it_needs_one(command: str) -> None:
    """A second run asks for its lease in two tenths of a second; each of these would cost another."""
    program = f"import sys, harness.cli.main, harness.cli.{command}; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert set(HEAVY) & set(done.stdout.split()) == set()
