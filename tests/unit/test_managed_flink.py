"""What a Managed Flink package holds, and everything that can be wrong with one."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest

from harness.errors import PlanError
from harness.managed_flink.package import open_package
from harness.managed_flink.properties import write_properties


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "card.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("job.py", "print(1)")
        archive.writestr("lib/uber.jar", b"jar")
        archive.writestr("lib/client.zip", b"zip")
        archive.writestr("certs.zip", b"zip")
    return path


def test_run_options_name_what_is_in_the_package(package: Path, tmp_path: Path) -> None:
    options = {
        "python": "job.py",
        "jarfile": "lib/uber.jar",
        "pyFiles": "lib/client.zip, lib",
        "pyArchives": "certs.zip#tls",
    }

    found = open_package(package, options, tmp_path / "cache")

    assert found.script == found.folder / "job.py"
    assert found.jar == found.folder / "lib" / "uber.jar"
    assert found.py_files == (found.folder / "lib" / "client.zip", found.folder / "lib")
    assert found.archives == (f"{found.folder / 'certs.zip'}#tls",)


def test_the_same_package_is_unpacked_once_and_a_changed_one_anew(package: Path, tmp_path: Path) -> None:
    first = open_package(package, {"python": "job.py"}, tmp_path / "cache")
    again = open_package(package, {"python": "job.py"}, tmp_path / "cache")
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr("more.txt", "more")
    changed = open_package(package, {"python": "job.py"}, tmp_path / "cache")

    assert first.folder == again.folder != changed.folder
    assert not list((tmp_path / "cache" / "packages").glob(".*"))


def test_a_folder_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text("print(1)")

    assert open_package(tmp_path, {"python": "job.py"}, tmp_path / "cache").folder == tmp_path


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"python": "jobs.py"}, "card.zip has no `jobs.py`", "did you mean `job.py`?"),
        ({"python": "job.py", "jarfile": "uber.jar"}, "card.zip has no `uber.jar`", "`lib/uber.jar`"),
        ({"python": "../card.zip"}, "card.zip has no `../card.zip`", ""),
        ({"jarFile": "x"}, "`jarFile` is no run option of Managed Flink", "did you mean `jarfile`?"),
        ({}, "nothing says which script of card.zip is run", "`python: job.py`"),
    ],
)
def test_what_a_package_lacks_is_named(
    package: Path, tmp_path: Path, options: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(PlanError) as caught:
        open_package(package, options, tmp_path / "cache")

    assert caught.value.message == message
    assert hint in (caught.value.hint or "")


def test_a_file_that_is_no_zip_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "card.zip").write_text("no zip")

    with pytest.raises(PlanError, match=r"card\.zip is no zip"):
        open_package(tmp_path / "card.zip", {"python": "job.py"}, tmp_path / "cache")


def test_a_member_that_points_outside_stays_inside(tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("job.py", "")
        archive.writestr("../../escaped.txt", "x")

    open_package(path, {"python": "job.py"}, tmp_path / "cache")

    assert not list(tmp_path.glob("escaped.txt"))
    assert not list((tmp_path / "cache").glob("escaped.txt"))


def test_property_groups_are_written_as_the_service_shows_them(tmp_path: Path) -> None:
    path = write_properties({"source": {"topic": "t-é"}, "sink": {}}, tmp_path)

    assert json.loads(path.read_text()) == [
        {"PropertyGroupId": "source", "PropertyMap": {"topic": "t-é"}},
        {"PropertyGroupId": "sink", "PropertyMap": {}},
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
