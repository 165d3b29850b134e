from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from harness import platform
from harness.errors import ServiceError, SettingsError
from harness.keeper import client
from harness.keeper.address import VARIABLE, KeeperAddress
from harness.keeper.choice import choose
from harness.keeper.client import LazyKeeper
from harness.settings import load_settings
from tests.process.kept import Keepers

pytestmark = pytest.mark.skipif(platform.portable(), reason="what is left is told by Linux' means")
CI = {"CI": "true"}


def chosen(project: Path, environ: dict[str, str] | None = None, **flags: str) -> LazyKeeper:
    return choose(load_settings(project, flags), project, flags, environ=environ or {})


def test_without_a_word_it_is_private(keepers: Keepers) -> None:
    assert chosen(keepers.project()).address.keep is None


def test_a_setting_keeps_it(keepers: Keepers) -> None:
    project = keepers.project()
    (project / "harness.toml").write_text('keep = "90s"\n')

    keep = chosen(project).address.keep

    assert keep is not None
    assert (keep.seconds, keep.root) == (90.0, str(project))


def test_one_that_is_there_is_used_without_being_told(keepers: Keepers) -> None:
    project = keepers.project()
    warm = keepers.connect(project)

    found = chosen(project)

    assert found.client().welcome["pid"] == warm.welcome["pid"]
    found.stop()
    assert warm.status()["keeper"]["pid"] == warm.welcome["pid"]


def test_one_that_is_there_is_used_from_a_folder_of_the_project(keepers: Keepers) -> None:
    project = keepers.project()
    warm = keepers.connect(project)
    (project / "deeper").mkdir()

    found = chosen(project / "deeper")

    assert found.client().welcome["pid"] == warm.welcome["pid"]
    found.stop()


def test_one_of_other_settings_is_not_used(keepers: Keepers) -> None:
    project = keepers.project()
    keepers.connect(project)

    assert chosen(project, slots="3").address.keep is None


@pytest.mark.parametrize("text", ["0", "off"])
def test_a_flag_wants_a_private_one_beside_it(keepers: Keepers, text: str) -> None:
    project = keepers.project()
    keepers.connect(project)

    assert chosen(project, keep=text).address.keep is None


def test_on_ci_it_is_private_in_spite_of_setting_and_warm_keeper(keepers: Keepers) -> None:
    project = keepers.project()
    (project / "harness.toml").write_text('keep = "90s"\n')
    keepers.connect(project)

    assert chosen(project, CI).address.keep is None


def test_on_ci_a_flag_keeps_it(keepers: Keepers) -> None:
    assert chosen(keepers.project(), CI, keep="90s").address.keep is not None


def test_what_a_parent_process_chose_comes_first(keepers: Keepers, monkeypatch: pytest.MonkeyPatch) -> None:
    project = keepers.project()
    parents = KeeperAddress.new()
    monkeypatch.setenv(VARIABLE, parents.to_json())

    assert chosen(project, keep="90s").address == parents


def test_a_kept_address_reaches_child_processes_whole(
    keepers: Keepers, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = keepers.address(keepers.project())
    monkeypatch.setenv(VARIABLE, address.to_json())

    assert KeeperAddress.from_environment() == address


def test_training_is_private_because_archives_are_written_at_the_end(keepers: Keepers) -> None:
    assert chosen(keepers.project(), keep="90s", class_data="train").address.keep is None


def test_a_folder_that_somebody_prepared_is_not_asked_and_the_run_says_so(keepers: Keepers) -> None:
    project = keepers.project()
    address = keepers.address(project)
    address.folder.path.mkdir()
    address.folder.path.chmod(0o777)

    keeper = chosen(project)

    assert keeper.address.keep is None
    assert (keeper.note or "").startswith(f"the keeper's folder {address.folder.path} is not ours alone\n")
    assert (keeper.note or "").endswith("\nthis run starts services of its own")


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("off", 0), ("0s", 0), ("90", 90), ("10m", 600)])
def test_keep_is_a_duration_or_nothing(keepers: Keepers, text: str, seconds: float) -> None:
    assert load_settings(keepers.project(), {"keep": text}).keep == seconds


@pytest.mark.parametrize("text", ["on", "-1", "10 minutes", ""])
def test_keep_is_nothing_else(keepers: Keepers, text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(keepers.project(), {"keep": text})

    assert raised.value.message == "--keep must be a duration such as `90s` or `10m`, or `off`"


DIFFERENT = {
    "java": "/opt/java",
    "maven": "/opt/maven",
    "cache": "/opt/cache",
    "data": "/opt/data",
    "slots": "3",
    "fork": "off",
    "class_data": "off",
    "portable": "on",
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_setting_of_what_runs_makes_another_keeper(keepers: Keepers, name: str) -> None:
    project = keepers.project()

    other = KeeperAddress.kept(project, load_settings(project, {name: DIFFERENT[name]}))

    assert other.folder.path != keepers.address(project).folder.path


@pytest.mark.parametrize(
    ("name", "text"), [("timeout", "5s"), ("evidence", "x"), ("keep", "5s"), ("log_level", "debug")]
)
def test_a_setting_of_a_run_does_not(keepers: Keepers, name: str, text: str) -> None:
    project = keepers.project()

    other = KeeperAddress.kept(project, load_settings(project, {name: text}))

    assert other.folder == keepers.address(project).folder


@pytest.mark.parametrize("variable", ["JAVA_HOME", "TZ", "HOME"])
def test_a_variable_that_services_inherit_makes_another_keeper(
    keepers: Keepers, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    project = keepers.project()
    (project / "harness.toml").write_text('cache = "/opt/cache"\n')
    before = keepers.address(project)

    monkeypatch.setenv(variable, "elsewhere")

    assert keepers.address(project).folder.path != before.folder.path


def test_its_sockets_have_short_paths(keepers: Keepers) -> None:
    """A socket's path has 103 bytes at most; the folder has a longer name than a private one's."""
    name = keepers.address(keepers.project()).folder.path.name

    assert len(os.fsencode(name)) + len("/interpreter-10/workers.sock") + 1 <= 55


def test_one_that_hangs_is_passed_over(keepers: Keepers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "HELLO_SECONDS", 0.5)
    project = keepers.project()
    warm = keepers.connect(project)
    os.kill(warm.welcome["pid"], signal.SIGSTOP)

    keeper = chosen(project)

    assert keeper.address.keep is None
    assert (keeper.note or "").startswith("the keeper does not answer within 0.5 s\n")


def test_one_that_hangs_and_is_asked_for_is_an_error_that_says_what_to_do(
    keepers: Keepers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "HELLO_SECONDS", 0.5)
    project = keepers.project()
    warm = keepers.connect(project)
    os.kill(warm.welcome["pid"], signal.SIGSTOP)

    with pytest.raises(ServiceError) as raised:
        chosen(project, keep="90s").client()

    assert raised.value.message == "the keeper does not answer within 0.5 s"
    assert raised.value.hint == "`harness down` ends it"
