from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from harness.errors import ArtefactError
from harness.launch import adopted
from harness.launch.adopted import adopt
from harness.launch.cached import FIXED_TIME_S


def test_a_jar_is_copied_under_its_hash(tmp_path: Path) -> None:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"content")

    copy = adopt(jar, tmp_path / "cache")

    assert copy.read_bytes() == b"content"
    assert copy.name == "a.jar"
    assert copy.parent.name == hashlib.sha256(b"content").hexdigest()
    assert copy.stat().st_mtime == FIXED_TIME_S


def test_the_same_bytes_from_elsewhere_are_the_same_jar(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jar").write_bytes(b"content")

    first, second = (adopt(tmp_path / name / "a.jar", tmp_path / "cache") for name in ("one", "two"))

    assert first == second


def test_the_second_call_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"content")
    copy = adopt(jar, tmp_path / "cache")
    monkeypatch.setattr(adopted, "_copied", lambda *_: pytest.fail("it was read again"))

    assert adopt(jar, tmp_path / "cache") == copy


def test_a_changed_jar_is_another_jar(tmp_path: Path) -> None:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"content")
    before = adopt(jar, tmp_path / "cache")
    jar.write_bytes(b"CONTENT")
    os.utime(jar, (1, 1))

    assert adopt(jar, tmp_path / "cache").read_bytes() == b"CONTENT"
    assert before.read_bytes() == b"content"


def test_a_copy_that_was_lost_is_made_again(tmp_path: Path) -> None:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"content")
    adopt(jar, tmp_path / "cache").unlink()

    assert adopt(jar, tmp_path / "cache").read_bytes() == b"content"


def test_a_missing_jar_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"a\.jar could not be copied into the cache"):
        adopt(tmp_path / "a.jar", tmp_path / "cache")
