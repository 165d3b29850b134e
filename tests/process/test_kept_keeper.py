from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import platform
from harness.clock import Deadline, poll
from harness.errors import ServiceError
from harness.keeper.client import KeeperClient
from harness.keeper.found import find_keepers
from tests.process.kept import Keepers, copied_harness, left_of, nothing_left, run_copied

pytestmark = pytest.mark.skipif(platform.portable(), reason="what is left is told by Linux' means")

START_AND_LEAVE = """\
import sys
from pathlib import Path
from harness.keeper.address import KeeperAddress
from harness.keeper.choice import lasting
from harness.keeper.client import LazyKeeper
from harness.settings import load_settings

project = Path(sys.argv[1])
address = lasting(KeeperAddress.kept(project, load_settings(project)), 60)
print(LazyKeeper(address, project, {}).client().welcome["pid"])
"""


def test_a_second_run_meets_the_same_keeper(keepers: Keepers) -> None:
    first = keepers.connect(keepers.project())
    first.close()

    second = keepers.connect(keepers.project())

    assert second.welcome == first.welcome


def test_many_that_start_at_once_share_one_keeper(keepers: Keepers) -> None:
    project = keepers.project()
    threads = [threading.Thread(target=keepers.connect, args=(project,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({client.welcome["pid"] for client in keepers.clients}) == 1
    assert len(keepers.clients) == 6


def test_two_projects_have_two_keepers_and_the_end_of_one_is_none_of_the_other(keepers: Keepers) -> None:
    one, other = keepers.connect(keepers.project("one")), keepers.connect(keepers.project("other"))

    one.ask({"verb": "stop"})

    assert nothing_left(one)
    assert other.status()["keeper"]["pid"] == other.welcome["pid"] != one.welcome["pid"]


def test_nobody_for_its_time_and_it_leaves_nothing(keepers: Keepers) -> None:
    client = keepers.connect(keepers.project(), seconds=1.0)
    client.close()

    assert nothing_left(client)


def test_a_run_that_is_connected_keeps_it(keepers: Keepers) -> None:
    client = keepers.connect(keepers.project(), seconds=0.3)

    assert not poll(lambda: bool(client.gone), Deadline(1.5))


def test_looking_at_it_keeps_nothing(keepers: Keepers) -> None:
    client = keepers.connect(keepers.project(), seconds=1.0)
    (found,) = find_keepers()
    client.close()

    assert poll(lambda: client.gone and not _answers(found.ask), Deadline(20), first=0.1, most=0.1)


def _answers(ask: Callable[[str], object]) -> bool:
    try:
        ask("status")
    except ServiceError:
        return False
    return True


def test_who_asks_for_longer_gets_it(keepers: Keepers) -> None:
    first = keepers.connect(keepers.project(), seconds=50)
    keepers.connect(keepers.project(), seconds=70)
    keepers.connect(keepers.project(), seconds=60)

    assert first.status()["keeper"]["keep_s"] == 70


REASONS: dict[str, Callable[[KeeperClient, Path], object]] = {
    "SIGTERM": lambda client, _: os.kill(client.welcome["pid"], signal.SIGTERM),
    "SIGKILL": lambda client, _: os.kill(client.welcome["pid"], signal.SIGKILL),
    "its socket removed": lambda client, _: client.address.folder.socket.unlink(),
    "its folder removed": lambda client, _: shutil.rmtree(client.address.folder.path),
    "its project removed": lambda _, project: shutil.rmtree(project),
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_to_end_leaves_nothing(keepers: Keepers, reason: str) -> None:
    project = keepers.project()
    client = keepers.connect(project)
    client.close()

    REASONS[reason](client, project)

    assert nothing_left(client), left_of(client)


def test_after_keeper_and_reaper_were_killed_the_next_run_starts_a_new_one(keepers: Keepers) -> None:
    project = keepers.project()
    first = keepers.connect(project)
    (first.address.folder.path / "kafka-1").mkdir()
    for who in ("reaper", "pid"):
        os.kill(first.welcome[who], signal.SIGKILL)

    second = keepers.connect(project)

    assert second.welcome["pid"] != first.welcome["pid"]
    assert second.address == first.address
    assert not (second.address.folder.path / "kafka-1").exists()


def test_a_run_that_comes_while_it_ends_gets_a_new_one(keepers: Keepers) -> None:
    project = keepers.project()
    first = keepers.connect(project)
    first.ask({"verb": "stop"})

    second = keepers.connect(project)

    assert second.status()["keeper"]["pid"] != first.welcome["pid"]


def test_another_version_has_a_keeper_of_its_own_and_both_work(keepers: Keepers) -> None:
    project = keepers.project()
    mine = keepers.connect(project)
    other = copied_harness(keepers.place / "other", "0.0.9")

    started = run_copied(other, "-c", START_AND_LEAVE, project, cwd=project)

    versions = {k.pid: k.nameplate.harness for k in find_keepers() if k.nameplate}
    assert started.returncode == 0, started.stderr
    assert versions == {mine.welcome["pid"]: mine.welcome["harness"], int(started.stdout): "0.0.9"}
    for found in find_keepers():
        assert found.ask("status")["keeper"]["harness"] in versions.values()
        found.end()
    assert find_keepers() == []


def test_changed_code_serves_no_new_run_and_ends(keepers: Keepers) -> None:
    project = keepers.project()
    code = copied_harness(keepers.place / "code", "0.0.9")
    old = run_copied(code, "-c", START_AND_LEAVE, project, cwd=project)
    (code / "harness" / "clock.py").touch()

    new = run_copied(code, "-c", START_AND_LEAVE, project, cwd=project)

    assert new.returncode == 0, new.stderr
    assert new.stdout != old.stdout
    assert poll(lambda: not platform.alive(int(old.stdout)), Deadline(20))
    for found in find_keepers():
        found.end()


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_folder_that_others_may_open_is_refused(keepers: Keepers, mode: int) -> None:
    address = keepers.address(keepers.project())
    address.folder.path.mkdir()
    address.folder.path.chmod(mode)

    with pytest.raises(ServiceError) as raised:
        keepers.connect(keepers.project())

    assert raised.value.message == f"the keeper's folder {address.folder.path} is not ours alone"
    assert raised.value.hint == "remove it, or set TMPDIR to a folder of your own"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder of somebody else's")
def test_a_folder_of_another_user_is_refused(keepers: Keepers) -> None:
    address = keepers.address(keepers.project())
    address.folder.path.mkdir(mode=0o700)
    os.chown(address.folder.path, 65534, 65534)

    with pytest.raises(ServiceError) as raised:
        keepers.connect(keepers.project())

    assert "found drwx------ of user 65534" in (raised.value.detail or "")


def test_a_link_to_a_folder_of_ours_is_refused(keepers: Keepers) -> None:
    address = keepers.address(keepers.project())
    (keepers.place / "elsewhere").mkdir(mode=0o700)
    address.folder.path.symlink_to(keepers.place / "elsewhere")

    with pytest.raises(ServiceError, match="is not ours alone"):
        keepers.connect(keepers.project())
