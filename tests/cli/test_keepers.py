"""The commands for warm services: when nothing runs, when one runs, hangs, or is of another version."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from harness import __version__, platform
from harness.keeper.address import KeeperAddress
from harness.keeper.client import LazyKeeper
from tests.process.kept import Keepers, copied_harness, nothing_left, run_copied

pytestmark = pytest.mark.skipif(platform.portable(), reason="what is left is told by Linux' means")
Harness = Callable[..., CompletedProcess[str]]
MAIN = ("-m", "harness.cli.main")


@pytest.fixture
def here(keepers: Keepers, harness: Harness) -> Callable[..., str]:
    """Runs a command in the project of the test; it must succeed, and returns what it said."""
    project = keepers.project()

    def run(*words: object) -> str:
        done = harness(*words, cwd=project, environ=os.environ)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    return run


@pytest.mark.parametrize(
    "words",
    [("status",), ("down",), ("leases",), ("logs",), ("logs", "-f"), ("logs", "kafka")],
    ids=" ".join,
)
def test_when_nothing_runs_a_command_says_so(here: Callable[..., str], words: tuple[str, ...]) -> None:
    assert here(*words) == "nothing runs for this project\n"


@pytest.mark.parametrize("command", ["status", "down", "leases"])
def test_when_nothing_runs_at_all_a_command_says_so(here: Callable[..., str], command: str) -> None:
    assert here(command, "--all") == "nothing runs\n"


def test_when_nothing_runs_json_is_empty(here: Callable[..., str]) -> None:
    assert json.loads(here("status", "--json")) == []
    assert json.loads(here("leases", "--json")) == {"leases": [], "waiting": []}


def test_status_tells_of_a_keeper_without_services(keepers: Keepers, here: Callable[..., str]) -> None:
    client = keepers.connect(keepers.project())

    lines = here("status").splitlines()

    pid = client.welcome["pid"]
    assert re.fullmatch(
        rf"keeper \(process {pid}\), harness {re.escape(__version__)}, up [\d.]+ s, "
        rf"in use by process {os.getpid()}",
        lines[0],
    )
    assert lines[1] == "no services yet: they start with the first scenario that needs them"


def test_status_tells_how_long_an_idle_one_lives(keepers: Keepers, here: Callable[..., str]) -> None:
    keepers.connect(keepers.project(), seconds=3600).close()

    assert re.search(r", idle, ends in (1h|59m \d+s)\n", here("status"))


def test_status_of_another_project_is_shown_with_all(keepers: Keepers, here: Callable[..., str]) -> None:
    keepers.connect(keepers.project("other"))

    assert "1 keeper of other projects: `harness status --all`\n" in here("status")
    assert f"  project {keepers.place / 'other'}\n" in here("status", "--all")


def test_down_ends_it_and_leaves_nothing(keepers: Keepers, here: Callable[..., str]) -> None:
    client = keepers.connect(keepers.project())

    said = here("down")

    pid = client.welcome["pid"]
    assert re.fullmatch(rf"keeper \(process {pid}\) of {keepers.project()} ended in [\d.]+ s\n", said)
    assert nothing_left(client)


def test_down_leaves_other_projects_alone(keepers: Keepers, here: Callable[..., str]) -> None:
    other = keepers.connect(keepers.project("other"))

    assert here("down") == "nothing runs for this project\n"
    assert other.status()["keeper"]["pid"] == other.welcome["pid"]


def test_down_all_ends_those_of_every_project(keepers: Keepers, here: Callable[..., str]) -> None:
    one, other = keepers.connect(keepers.project()), keepers.connect(keepers.project("other"))

    assert here("down", "--all").count(" ended in ") == 2
    assert nothing_left(one)
    assert nothing_left(other)


def test_one_that_hangs_is_named_and_down_ends_it(keepers: Keepers, here: Callable[..., str]) -> None:
    client = keepers.connect(keepers.project())
    pid = client.welcome["pid"]
    os.kill(pid, signal.SIGSTOP)

    status, leases, logs, down = (here(command) for command in ("status", "leases", "logs", "down"))

    assert f"the keeper (process {pid}) does not answer\n" in status
    assert "  -> `harness down` ends it\n" in status
    assert f"the keeper (process {pid}) does not answer\n" in leases
    assert "keeper  | " in logs or logs == ""
    assert f"keeper (process {pid}) of {keepers.project()} did not answer, was killed in " in down
    assert nothing_left(client)


def test_one_of_another_version_is_named_and_left_alone(keepers: Keepers, here: Callable[..., str]) -> None:
    client = keepers.connect(keepers.project())
    code = copied_harness(keepers.place / "other", "9.9.9")

    status, down = (run_copied(code, *MAIN, word, cwd=keepers.project()) for word in ("status", "down"))

    pid = client.welcome["pid"]
    assert f"keeper (process {pid}), harness {__version__} (another one), up " in status.stdout
    assert down.stdout.startswith(
        f"left alone: keeper (process {pid}), harness {__version__} (another one), "
    )
    assert down.stdout.endswith("; `harness down --all` ends it too\n")
    assert client.status()["keeper"]["pid"] == pid


def test_down_all_of_another_version_ends_it(keepers: Keepers) -> None:
    client = keepers.connect(keepers.project())
    code = copied_harness(keepers.place / "other", "9.9.9")

    done = run_copied(code, *MAIN, "down", "--all", cwd=keepers.project())

    assert done.returncode == 0, done.stderr
    assert nothing_left(client)


def test_up_without_a_pipeline_selects_nothing(keepers: Keepers, harness: Harness) -> None:
    done = harness("up", cwd=keepers.project(), environ=os.environ)

    assert (done.returncode, done.stderr.splitlines()[0]) == (5, "no pipeline was found")


def test_up_for_no_time_is_refused(keepers: Keepers, harness: Harness) -> None:
    done = harness("up", "--keep", "off", cwd=keepers.project(), environ=os.environ)

    assert (done.returncode, done.stderr.splitlines()[0]) == (4, "--keep must be longer than 0 here")


def test_gc_shows_first_and_then_removes(keepers: Keepers, here: Callable[..., str]) -> None:
    folder = keepers.place / "tmp" / "flink-harness-deadbeef"
    folder.mkdir()
    (folder / "kafka.log").write_text("x" * 5000)
    os.utime(folder, (1_000_000_000, 1_000_000_000))

    shown = here("gc", "--dry-run")
    still_there = folder.exists()
    removed = here("gc")

    assert re.search(rf"^folder +8\.0 kB +{folder}$", shown, re.MULTILINE)
    assert still_there
    assert str(folder) in removed
    assert not folder.exists()


def test_secrets_and_what_looks_like_one_are_masked_in_logs(
    keepers: Keepers, here: Callable[..., str]
) -> None:
    client = keepers.connect(keepers.project())
    service = client.address.folder.path / "postgres-1"
    service.mkdir()
    (service / "postgres.log").write_text(
        "connecting to postgresql://harness:s3cret@127.0.0.1/db\n"
        "sasl.password=s3cret\n"
        'options {"password": "s3cret", "user": "harness"}\n'
        "ssl.key.password = [hidden]\n"
    )

    assert here("logs", "postgres").splitlines() == [
        "postgres-1 | connecting to postgresql://harness:***@127.0.0.1/db",
        "postgres-1 | sasl.password=***",
        'postgres-1 | options {"password": "***", "user": "harness"}',
        "postgres-1 | ssl.key.password = [hidden]",
    ]


def test_logs_of_an_unknown_service_name_those_there_are(keepers: Keepers, harness: Harness) -> None:
    keepers.connect(keepers.project())

    done = harness("logs", "kafak", cwd=keepers.project(), environ=os.environ)

    assert (done.returncode, done.stderr.splitlines()[0]) == (4, "there is no log of `kafak`")
    assert done.stderr.splitlines()[-1].startswith("  -> there are: ")


def test_followed_logs_end_with_the_keeper(keepers: Keepers) -> None:
    client = keepers.connect(keepers.project())
    service = client.address.folder.path / "kafka-1"
    service.mkdir()
    (service / "kafka.log").write_text("started\n")
    words = [sys.executable, *MAIN, "logs", "-f", "kafka"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=keepers.project(), stdout=pipe, stderr=pipe, text=True) as following:
        assert following.stdout is not None
        shown = following.stdout.readline()
        client.ask({"verb": "stop"})
        _, said = following.communicate(timeout=20)

    assert (shown, following.returncode, said) == ("kafka-1 | started\n", 0, "the keeper has ended\n")


def test_a_private_one_is_shown_and_left_to_its_run(keepers: Keepers, here: Callable[..., str]) -> None:
    project = keepers.project()
    private = LazyKeeper(KeeperAddress.new(), project, {})
    private.client()

    status, down = here("status"), here("down")
    alive = private.client().status()["keeper"]["owner"]
    private.stop()

    assert f", private, ends with process {os.getpid()}\n" in status
    assert down == f"left alone: a private keeper, which ends with process {os.getpid()}\n"
    assert alive == os.getpid()
