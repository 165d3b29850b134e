from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest

from harness.errors import ArtefactError
from harness.launch import flink_distribution
from harness.launch.flink_distribution import find_distribution

PYTHON = Path(sys.executable)


def test_the_pyflink_of_this_interpreter(tmp_path: Path) -> None:
    pytest.importorskip("pyflink", reason="this interpreter has no PyFlink")

    found = find_distribution(PYTHON, tmp_path)

    assert found.version.startswith(f"{found.series}.")
    assert any(jar.name.startswith("flink-dist") for jar in found.jars)
    assert found.python_jar.name == f"flink-python-{found.version}.jar"
    assert found.jmx_jar.is_file()
    assert (found.home / "opt").is_dir()


def test_an_interpreter_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyflink", reason="this interpreter has no PyFlink")
    first = find_distribution(PYTHON, tmp_path)
    monkeypatch.setattr(flink_distribution, "ask", lambda *_, **__: pytest.fail("it was asked again"))

    assert find_distribution(PYTHON, tmp_path) == first


def test_an_interpreter_without_pyflink_names_the_command(tmp_path: Path) -> None:
    venv.create(tmp_path / "empty", with_pip=False, symlinks=True)
    python = tmp_path / "empty" / "bin" / "python"

    with pytest.raises(ArtefactError) as caught:
        find_distribution(python, tmp_path)

    assert str(caught.value) == (
        f"{python} has no PyFlink\n"
        f"  it is Python {sys.version.split()[0]}\n"
        "  -> pip install 'flink-harness[flink-1.20]' into it, or name another with --python"
    )


def test_a_package_that_comes_in_later_is_seen(tmp_path: Path) -> None:
    venv.create(tmp_path / "empty", with_pip=False, symlinks=True)
    python = tmp_path / "empty" / "bin" / "python"
    site = next((tmp_path / "empty" / "lib").glob("python*")) / "site-packages"
    home = site / "pyflink"
    for name, version in (("lib/flink-dist-9.1.2.jar", "9.1.2"), ("lib/flink-dist-9.1.3.jar", "9.1.3")):
        for file in (name, "opt/flink-python-9.jar", "plugins/metrics-jmx/jmx.jar", "__init__.py"):
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            (home / file).touch()
        (home / "version.py").write_text(f"__version__ = '{version}'\n")
        (site / f"{version}.pth").touch()

        assert find_distribution(python, tmp_path).version == version


def test_a_pyflink_of_another_version_is_not_run_in_its_place(tmp_path: Path) -> None:
    pytest.importorskip("pyflink", reason="this interpreter has no PyFlink")
    found = find_distribution(PYTHON, tmp_path)

    with pytest.raises(ArtefactError) as caught:
        find_distribution(PYTHON, tmp_path, "9.1")

    assert find_distribution(PYTHON, tmp_path, found.series) == found
    assert str(caught.value) == (
        f"Flink 9.1 is wanted, and {PYTHON} has PyFlink {found.version}\n"
        "  -> name one that has 'apache-flink==9.1.*' under `python_env`, "
        "or with --python-9-1 (`auto`: the harness makes one)"
    )


def test_a_pyflink_that_lacks_jars_is_told(tmp_path: Path) -> None:
    venv.create(tmp_path / "empty", with_pip=False, symlinks=True)
    home = next((tmp_path / "empty" / "lib").glob("python*")) / "site-packages" / "pyflink"
    home.mkdir()
    (home / "__init__.py").touch()
    (home / "version.py").write_text("__version__ = '1.20.3'\n")

    with pytest.raises(ArtefactError, match="is not whole"):
        find_distribution(tmp_path / "empty" / "bin" / "python", tmp_path)


def test_what_is_no_interpreter_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="cannot be asked for its PyFlink"):
        find_distribution(tmp_path / "python", tmp_path)
