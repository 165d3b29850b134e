from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.errors import InvalidFiles, SettingsError
from harness.settings import OPTIONS, load_settings, seconds


def test_defaults_need_no_file(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environ={"HOME": "/home/ann"})

    assert settings.timeout == 60
    assert settings.cache == Path("/home/ann/.cache/flink-harness")
    assert settings.python == Path(sys.executable)
    assert settings.evidence == tmp_path / ".harness"
    assert set(settings.origins().values()) == {"default"}


def test_the_cache_follows_xdg(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environ={"HOME": "/home/ann", "XDG_CACHE_HOME": "/fast"})

    assert settings.cache == Path("/fast/flink-harness")


def test_each_source_beats_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'x'\n[tool.harness]\ntimeout = 1\nslots = 3\nfork = false\nlog_level = 'debug'\n"
    )
    (tmp_path / "harness.toml").write_text("timeout = '2m'\nslots = 4\nfork = true\n")
    environ = {"HOME": "/home/ann", "HARNESS_TIMEOUT": "3s", "HARNESS_SLOTS": "5"}

    settings = load_settings(tmp_path, {"timeout": "4", "java": None}, environ=environ)

    assert (settings.timeout, settings.slots, settings.fork, settings.log_level) == (4, 5, True, "debug")
    origins = settings.origins()
    assert origins["timeout"] == "flag --timeout"
    assert origins["slots"] == "environment HARNESS_SLOTS"
    assert origins["fork"] == "harness.toml:3:1"
    assert origins["log_level"] == "pyproject.toml:7:1"
    assert origins["java"] == "default"


def test_files_are_found_upward_and_paths_are_relative_to_them(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_text("cache = 'jars'\nmaven = 'mirror'\ndata = 'auto'\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    settings = load_settings(below, {"java": "jdk"}, environ={})

    assert settings.cache == tmp_path / "jars"
    assert settings.maven == str(tmp_path / "mirror")
    assert settings.data is None
    assert settings.java == below / "jdk"


def test_a_pyproject_without_our_table_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\nslots = 7\n")
    below = tmp_path / "package"
    below.mkdir()
    (below / "pyproject.toml").write_text("[project]\nname = 'x'\n")

    assert load_settings(below, environ={}).slots == 7


def test_all_problems_of_the_files_are_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.other]\ntimeout = 1\n[tool.harness]\n  timeout = 'soon'\n"
    )
    (tmp_path / "harness.toml").write_text("# ours\ntimout = 3\nslots = 0\n")

    with pytest.raises(InvalidFiles) as caught:
        load_settings(tmp_path, environ={})

    assert caught.value.render() == (
        "harness.toml:2:1: unknown setting `timout`\n"
        "    timout = 3\n"
        "    ^\n"
        "  -> did you mean `timeout`?\n"
        "harness.toml:3:1: `slots` must be a whole number from 1\n"
        "    slots = 0\n"
        "    ^\n"
        "pyproject.toml:4:3: `timeout` must be a duration such as `90`, `90s` or `3m`\n"
        "      timeout = 'soon'\n"
        "      ^"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("slots = 2\ntimeout = = 3\n", "harness.toml:2:11: no valid TOML: invalid value"),
        ("timeout = [", "harness.toml:1:1: no valid TOML: invalid value"),
        ("slots = 1\nslots = 2\n", "harness.toml:2:10: no valid TOML: cannot overwrite a value"),
    ],
)
def test_broken_toml_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, shown: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "harness.toml").write_text(text)

    with pytest.raises(InvalidFiles) as caught:
        load_settings(tmp_path, environ={})

    assert caught.value.render().splitlines()[0] == shown


def test_a_bad_variable_names_itself(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environ={"HARNESS_FORK": "maybe"})

    assert str(caught.value) == "HARNESS_FORK must be `true` or `false`\n  got: maybe"


def test_a_bad_flag_names_itself(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {"log_level": "loud"}, environ={})

    assert str(caught.value) == (
        "--log-level must be one of `debug`, `info`, `warning`, `error`\n  got: loud"
    )


def test_an_unknown_flag_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no setting `slot`"):
        load_settings(tmp_path, {"slot": "1"}, environ={})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (90, 90),
        (1.5, 1.5),
        ("90", 90),
        ("90s", 90),
        ("3m", 180),
        ("1.5h", 5400),
        ("250ms", 0.25),
        (" 5 s ", 5),
    ],
)
def test_durations(written: object, expected: float) -> None:
    assert seconds(written) == expected


@pytest.mark.parametrize("written", ["", "0", "-1", "soon", "3 d", True, None, [3]])
def test_no_durations(written: object) -> None:
    with pytest.raises(ValueError, match="a duration such as"):
        seconds(written)


def test_a_program_is_looked_for_in_path(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {"python": "sh"}, environ={}).python.is_absolute()
    with pytest.raises(SettingsError, match="--python must be a path or the name of a program in PATH"):
        load_settings(tmp_path, {"python": "no-such-program"}, environ={})


def test_a_repository_is_a_url_or_a_folder(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {"maven": "https://mirror.example/maven/"}, environ={}).maven == (
        "https://mirror.example/maven"
    )
    assert load_settings(tmp_path, {"maven": "auto"}, environ={"HARNESS_MAVEN": "x"}).maven is None


def test_every_setting_is_described(tmp_path: Path) -> None:
    described = load_settings(tmp_path, environ={}).describe()

    assert [setting.name for setting in described] == list(OPTIONS)
    assert all(setting.help and setting.origin == "default" for setting in described)


@pytest.mark.parametrize("written", ["own", "apicurio", "https://user:secret@registry:8081/"])
def test_a_registry_is_a_name_or_a_url(tmp_path: Path, written: str) -> None:
    settings = load_settings(tmp_path, {"registry": written}, environ={})

    assert settings.registry == written.rstrip("/")
    assert "secret" not in str([setting.value for setting in settings.describe()])


def test_another_registry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="must be `own`, `apicurio` or the URL of a registry"):
        load_settings(tmp_path, {"registry": "karapace"}, environ={})


@pytest.mark.parametrize("layout", ["in-process", "two-process", "http://localhost:8081"])
def test_a_layout_is_a_word_or_the_address_of_a_cluster(tmp_path: Path, layout: str) -> None:
    assert load_settings(tmp_path, {"layout": layout}, environ={}).layout == layout


@pytest.mark.parametrize("layout", ["attached", "localhost:8081", "http://localhost", "https://a:1/jobs"])
def test_a_layout_that_is_neither_is_refused_with_what_it_may_be(tmp_path: Path, layout: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path, {"layout": layout}, environ={})

    expected = "--layout must be `in-process`, `two-process` or the URL of a cluster's REST interface"
    assert refused.value.message == expected
