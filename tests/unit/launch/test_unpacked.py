from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from harness.errors import ArtefactError
from harness.launch.unpacked import unpack


def archive(cache: Path, *members: tarfile.TarInfo) -> Path:
    path = cache / "artefacts" / "ab" / "abcd" / "app.tar.gz"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            member.size = 2 if member.isreg() else 0
            tar.addfile(member, io.BytesIO(b"hi"))
    return path


def link(name: str, target: str) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = tarfile.SYMTYPE, target
    return made


def test_an_archive_is_unpacked_once_with_one_time_for_all(tmp_path: Path) -> None:
    path = archive(tmp_path, tarfile.TarInfo("lib/a.jar"), tarfile.TarInfo("run.jar"))

    folder = unpack(path, tmp_path)
    path.unlink()

    assert unpack(path, tmp_path) == folder
    assert (folder / "lib" / "a.jar").read_text() == "hi"
    assert len({(folder / name).stat().st_mtime for name in ("lib/a.jar", "run.jar")}) == 1
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("member", [tarfile.TarInfo("../out.jar"), link("run.jar", "/etc/passwd")])
def test_an_archive_that_leads_out_is_refused_and_leaves_nothing(
    tmp_path: Path, member: tarfile.TarInfo
) -> None:
    with pytest.raises(ArtefactError, match=r"app\.tar\.gz cannot be unpacked"):
        unpack(archive(tmp_path, tarfile.TarInfo("run.jar"), member), tmp_path)

    assert not (tmp_path / "artefacts" / "ab" / "out.jar").exists()
    assert list((tmp_path / "unpacked").iterdir()) == []


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "app.tar.gz"
    path.write_bytes(b"no archive")

    with pytest.raises(ArtefactError, match="cannot be unpacked"):
        unpack(path, tmp_path)
