from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.launch.class_data import ClassData, archive_for, commit, evict, train_flags
from harness.launch.java import Java

FLAGS = ("-XX:+UseSerialGC", "-Xmx256m")


@pytest.fixture
def java(tmp_path: Path) -> Java:
    base = tmp_path / "jdk" / "lib" / "server" / "classes.jsa"
    base.parent.mkdir(parents=True)
    base.touch()
    return Java(tmp_path / "jdk" / "bin" / "java", "17.0.1", "17.0.1+7", "a test")


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"content")
    os.utime(jar, (1, 1))
    return jar


def test_before_it_is_trained_there_is_nothing_to_map(java: Java, jar: Path, tmp_path: Path) -> None:
    data = archive_for(java, FLAGS, [jar], tmp_path)

    assert not data.exists
    assert not any("SharedArchiveFile" in flag for flag in data.jvm_flags)


def test_what_was_trained_is_mapped(java: Java, jar: Path, tmp_path: Path) -> None:
    data = archive_for(java, FLAGS, [jar], tmp_path)
    assert f"-XX:ArchiveClassesAtExit={data.training}" in train_flags(data)
    data.training.write_bytes(b"archive")

    assert commit(data)

    again = archive_for(java, FLAGS, [jar], tmp_path)
    assert again.exists
    assert again.jvm_flags == (
        f"-XX:SharedArchiveFile={again.path}",
        "-Xshare:auto",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
    )
    assert not data.training.exists()


@pytest.mark.parametrize("content", [None, b""])
def test_a_jvm_that_wrote_no_archive_leaves_none(
    java: Java, jar: Path, tmp_path: Path, content: bytes | None
) -> None:
    data = archive_for(java, FLAGS, [jar], tmp_path)
    train_flags(data)
    if content is not None:
        data.training.write_bytes(content)

    assert not commit(data)
    assert not archive_for(java, FLAGS, [jar], tmp_path).exists
    assert not data.training.exists()


def test_the_name_depends_on_all_that_a_jvm_compares(java: Java, jar: Path, tmp_path: Path) -> None:
    def name(java: Java = java, flags: tuple[str, ...] = FLAGS, jars: tuple[Path, ...] = (jar,)) -> str:
        return archive_for(java, flags, jars, tmp_path).path.name

    other = tmp_path / "b.jar"
    other.write_bytes(b"content")
    os.utime(other, (1, 1))
    first = name()
    changed = [
        name(java=Java(java.executable, "17.0.1", "17.0.1+8", "a test")),
        name(flags=FLAGS[:1]),
        name(jars=(other,)),
        name(jars=(jar, other)),
        name(jars=(other, jar)),
    ]
    os.utime(jar, (2, 2))
    changed.append(name())
    jar.write_bytes(b"longer content")
    os.utime(jar, (1, 1))
    changed.append(name())

    assert len({first, *changed}) == len(changed) + 1


def test_a_java_without_an_archive_of_its_own_gets_one_below(jar: Path, tmp_path: Path) -> None:
    java = Java(tmp_path / "bare" / "bin" / "java", "17.0.1", "17.0.1+7", "a test")
    data = archive_for(java, FLAGS, [jar], tmp_path)
    assert data.base is not None
    data.path.parent.mkdir()
    data.path.write_bytes(b"top")

    assert not archive_for(java, FLAGS, [jar], tmp_path).exists
    data.base.write_bytes(b"base")

    assert (
        f"-XX:SharedArchiveFile={data.base}:{data.path}"
        in archive_for(java, FLAGS, [jar], tmp_path).jvm_flags
    )


def test_where_the_base_cannot_be_made_nothing_is_trained(jar: Path, tmp_path: Path) -> None:
    java = Java(tmp_path / "bare" / "bin" / "java", "17.0.1", "17.0.1+7", "a test")

    flags = train_flags(archive_for(java, FLAGS, [jar], tmp_path))

    assert not any("Archive" in flag for flag in flags)


def test_what_was_not_used_for_longest_goes_first(java: Java, jar: Path, tmp_path: Path) -> None:
    folder = tmp_path / "class-data"
    folder.mkdir()
    archives: list[ClassData] = [
        archive_for(java, (flag,), [jar], tmp_path) for flag in ("-Xa", "-Xb", "-Xc")
    ]
    for age, data in enumerate(archives):
        data.path.write_bytes(b"x" * 10)
        os.utime(data.path, (1000 + age, 1000 + age))
    assert archive_for(java, ("-Xa",), [jar], tmp_path).exists  # used now, so the youngest

    gone = evict(folder, most_bytes=20)

    assert gone == [archives[1].path]
    assert evict(folder, most_bytes=0, keep=archives[2].path) == [archives[0].path]


def test_the_archive_of_the_first_jars_serves_where_more_follow(
    java: Java, jar: Path, tmp_path: Path
) -> None:
    other = tmp_path / "b.jar"
    other.write_bytes(b"more")
    data = archive_for(java, FLAGS, [jar], tmp_path)
    train_flags(data)
    data.training.write_bytes(b"archive")
    commit(data)

    longer, swapped = (archive_for(java, FLAGS, jars, tmp_path) for jars in ([jar, other], [other, jar]))

    assert f"-XX:SharedArchiveFile={data.path}" in longer.jvm_flags
    assert not longer.exists, "a training run still writes the one for all jars"
    assert not any("SharedArchiveFile" in flag for flag in swapped.jvm_flags)
