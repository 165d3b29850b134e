"""Settings: what they are, where each value came from, and every way in which one can be wrong.

A value is taken from the last of these that has one: the default, `[tool.harness]` in
pyproject.toml, harness.toml, the environment (`HARNESS_TIMEOUT`), the command line.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from harness.errors import InvalidFiles, Problem, SettingsError, did_you_mean
from harness.location import Location

Parser = Callable[[object, Path], object]
"""(what was written, the folder it is relative to) -> the value; a ValueError says what was wanted."""

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?")
_SWITCH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
_REGISTRY = "`own`, `apicurio` or the URL of a registry"
_LAYOUT = "`in-process`, `two-process` or the URL of a cluster's REST interface"
_LEVELS = ("debug", "info", "warning", "error")


def seconds(written: object, _: Path = Path()) -> float:
    """A duration such as `90`, `90s`, `3m` or `1.5h`, in seconds; never 0."""
    text = str(written).strip() if isinstance(written, int | float | str) else ""
    match = None if isinstance(written, bool) else _DURATION.fullmatch(text)
    value = float(match[1]) * _UNITS[match[2] or ""] if match else 0.0
    if value <= 0:
        msg = "a duration such as `90`, `90s` or `3m`"
        raise ValueError(msg)
    return value


def _keep(written: object, _: Path) -> float:
    """A duration, or nothing for `0` and `off`."""
    text = str(written).strip().lower()
    if written is False or text == "off" or re.fullmatch(r"0+(\.0+)?\s*(ms|s|m|h)?", text):
        return 0.0
    try:
        return seconds(written)
    except ValueError:
        msg = "a duration such as `90s` or `10m`, or `off`"
        raise ValueError(msg) from None


def _count(written: object, _: Path) -> int:
    if isinstance(written, bool) or not re.fullmatch(r"[1-9]\d*", str(written).strip()):
        msg = "a whole number from 1"
        raise ValueError(msg)
    return int(str(written))


def _switch(written: object, _: Path) -> bool:
    value = _SWITCH.get(str(written).strip().lower())
    if value is None:
        msg = "`true` or `false`"
        raise ValueError(msg)
    return value


def _class_data(written: object, _: Path) -> str:
    text = str(written).strip().lower()
    if text != "train":
        return "on" if _switch(written, _) else "off"
    return text


def _text(written: object, what: str) -> str:
    if not isinstance(written, str) or not written.strip():
        raise ValueError(what)
    return written.strip()


def _path(written: object, base: Path) -> Path:
    return base / Path(_text(written, "a path")).expanduser()


def _path_or_auto(written: object, base: Path) -> Path | None:
    return None if written == "auto" else _path(written, base)


def _program(written: object, base: Path) -> Path:
    name = _text(written, "a path or the name of a program")
    if "/" in name:
        return _path(name, base)
    found = shutil.which(name)
    if found is None:
        msg = "a path or the name of a program in PATH"
        raise ValueError(msg)
    return Path(found)


def _program_or_auto(written: object, base: Path) -> Path | None:
    return None if written == "auto" else _program(written, base)


def _repository(written: object, base: Path) -> str | None:
    text = _text(written, "a URL, a folder or `auto`")
    if text == "auto":
        return None
    return text.rstrip("/") if "://" in text else str(_path(text, base))


def _registry(written: object, _: Path) -> str:
    text = _text(written, _REGISTRY)
    if text in {"own", "apicurio"}:
        return text
    if not re.fullmatch(r"https?://\S+", text):
        raise ValueError(_REGISTRY)
    return text.rstrip("/")


def _layout(written: object, _: Path) -> str:
    text = _text(written, _LAYOUT)
    if text not in {"in-process", "two-process"} and not re.fullmatch(r"http://[^/\s:]+:\d+/?", text):
        raise ValueError(_LAYOUT)
    return text.rstrip("/")


def _level(written: object, _: Path) -> str:
    text = str(written).lower()
    if text not in _LEVELS:
        raise ValueError("one of " + ", ".join(f"`{level}`" for level in _LEVELS))
    return text


def _cache_folder(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_CACHE_HOME") or environ.get("HOME")
    if not base:
        return Path("~/.cache/flink-harness").expanduser()
    return Path(base, *([] if environ.get("XDG_CACHE_HOME") else [".cache"]), "flink-harness")


def _option(parse: Parser, about: str, default: object) -> Any:
    """Declare one setting; a callable default is given the root folder and the environment."""
    return field(metadata={"parse": parse, "help": about, "default": default})


@dataclass(frozen=True, slots=True)
class Setting:
    """One value and where it came from, as `harness config` shows it."""

    name: str
    value: object
    origin: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is the same for all scenarios of a run."""

    timeout: float = _option(seconds, "how long a scenario may take until its verdict", 60.0)
    cache: Path = _option(
        _path, "folder of jars and class-data archives", lambda _root, env: _cache_folder(env)
    )
    data: Path | None = _option(
        _path_or_auto, "folder for the data of services; auto: memory if there is enough", None
    )
    java: Path | None = _option(_path_or_auto, "a java executable or its home; auto: found", None)
    maven: str | None = _option(
        _repository, "base URL or folder of the Maven repository; auto: settings.xml, else Central", None
    )
    python: Path = _option(
        _program, "interpreter that PyFlink jobs run with", lambda _root, _env: Path(sys.executable)
    )
    python_1_20: Path | None = _option(_program_or_auto, "that of jobs on Flink 1.20; auto: made", None)
    python_2_2: Path | None = _option(_program_or_auto, "that of jobs on Flink 2.2; auto: made", None)
    slots: int = _option(_count, "most instances of one service", 2)
    fork: bool = _option(_switch, "start jobs and workers from warm interpreters", default=True)
    class_data: str = _option(
        _class_data, "start JVMs from class-data archives: on, off, or train to write what is missing", "on"
    )
    registry: str = _option(
        _registry, "which schema registry: own, apicurio, or the URL of one that runs elsewhere", "own"
    )
    layout: str = _option(
        _layout,
        "where Flink runs: in-process, two-process (its processes can be killed), or the URL of "
        "a cluster that runs elsewhere",
        "in-process",
    )
    portable: bool = _option(_switch, "use nothing that only Linux has", default=False)
    keep: float = _option(_keep, "how long services stay warm for another run; 0: they go with this one", 0.0)
    evidence: Path = _option(
        _path, "folder for what failed scenarios leave behind", lambda root, _env: root / ".harness"
    )
    log_level: str = _option(_level, "what the log file of a run tells", "info")
    came_from: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def origins(self) -> dict[str, str]:
        """Where each value came from: `default`, a file with its line, a variable or a flag."""
        return {name: self.came_from.get(name, "default") for name in OPTIONS}

    def describe(self) -> tuple[Setting, ...]:
        """Every setting with its value, origin and meaning, in the order of declaration."""
        return tuple(
            Setting(name, _without_password(getattr(self, name)), origin, OPTIONS[name]["help"])
            for name, origin in self.origins().items()
        )


def _without_password(value: object) -> object:
    """A URL is shown without user and password."""
    return re.sub(r"//[^/@]*@", "//", value) if isinstance(value, str) else value


OPTIONS: Mapping[str, Mapping[str, Any]] = {
    f.name: f.metadata for f in fields(Settings) if "parse" in f.metadata
}
"""The declared settings: name -> parse, help, default. Flags and variables are made from it."""


def project_root(start: Path) -> Path:
    """The project's folder: the nearest one with a sign of a project, else `start`."""
    for folder in (start, *start.parents):
        if any((folder / sign).exists() for sign in ("pyproject.toml", "harness.toml", ".git")):
            return folder
    return start


def load_settings(
    root: Path,
    flags: Mapping[str, str | None] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Merge all sources.

    Args:
        root: The working directory; files are looked for here and in the folders above.
        flags: Setting name -> text of the flag, or None where it was not given.
        environ: The environment variables.

    Raises:
        InvalidFiles: Unknown keys and bad values of the files, all at once.
        SettingsError: A bad value of a variable or a flag.
    """
    root = root.absolute()
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, option in OPTIONS.items():
        default = option["default"]
        values[name] = default(root, environ) if callable(default) else default
    problems: list[Problem] = []
    for source in _files(root):
        problems += source.read_into(values, origins)
    if problems:
        raise InvalidFiles(problems)
    for name in OPTIONS:
        variable = f"HARNESS_{name.upper()}"
        if environ.get(variable):
            values[name] = _parsed(name, environ[variable], root, origin=variable)
            origins[name] = f"environment {variable}"
    for name, text in (flags or {}).items():
        if text is not None:
            flag = f"--{name.replace('_', '-')}"
            values[name] = _parsed(name, text, root, origin=flag)
            origins[name] = f"flag {flag}"
    return Settings(**values, came_from=origins)


def _parsed(name: str, text: str, root: Path, *, origin: str) -> object:
    if name not in OPTIONS:
        raise SettingsError(f"there is no setting `{name}`", hint=did_you_mean(name, OPTIONS))
    try:
        value: object = OPTIONS[name]["parse"](text, root)
    except ValueError as error:
        raise SettingsError(f"{origin} must be {error}", detail=f"got: {text}") from None
    return value


@dataclass(frozen=True, slots=True)
class _File:
    """A TOML file and the table of it that is ours."""

    path: Path
    table: tuple[str, ...]

    def read_into(self, values: dict[str, Any], origins: dict[str, str]) -> Iterator[Problem]:
        """Put what the file says into `values` and `origins`; yield what is wrong with it."""
        text = self.path.read_text(encoding="utf-8")
        try:
            content: Any = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            yield self._broken(text, str(error))
            return
        for part in self.table:
            content = content.get(part, {}) if isinstance(content, dict) else {}
        for key, written in content.items():
            location = self._find(text, key)
            source = text.splitlines()[location.line - 1]
            if key not in OPTIONS:
                hint = did_you_mean(key, OPTIONS, what="settings")
                yield Problem(location, f"unknown setting `{key}`", source, hint)
                continue
            try:
                values[key] = OPTIONS[key]["parse"](written, self.path.parent)
                origins[key] = f"{location}"
            except ValueError as error:
                yield Problem(location, f"`{key}` must be {error}", source)

    def _find(self, text: str, key: str) -> Location:
        """Where the key stands: tomllib keeps no places, so the text is searched below our table."""
        inside = not self.table
        fallback = Location(self.path)
        for number, line in enumerate(text.splitlines(), start=1):
            header = re.fullmatch(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?", line)
            if header:
                inside = tuple(re.split(r"\s*\.\s*", header[1])) == self.table
                continue
            match = re.match(rf"\s*(?:[\w.]+\.)?[\"']?({re.escape(key)})[\"']?\s*[=.]", line)
            if match and inside:
                return Location(self.path, number, match.start(1) + 1)
            if match and fallback.line == 1:
                fallback = Location(self.path, number, match.start(1) + 1)
        return fallback

    def _broken(self, text: str, message: str) -> Problem:
        place = re.search(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)", message)
        lines = text.splitlines() or [""]
        line = min(int(place[1]), len(lines)) if place and place[1] else len(lines)
        column = int(place[2]) if place and place[2] else 1
        fact = message[: place.start()] if place else message
        return Problem(Location(self.path, line, column), f"no valid TOML: {fact.lower()}", lines[line - 1])


def _files(root: Path) -> Iterator[_File]:
    """The nearest pyproject.toml with our table, then the nearest harness.toml, upward from `root`."""
    folders = (root, *root.parents)
    for folder in folders:
        path = folder / "pyproject.toml"
        if path.is_file() and "tool.harness" in re.sub(r"\s", "", path.read_text(encoding="utf-8")):
            yield _File(path, ("tool", "harness"))
            break
    for folder in folders:
        path = folder / "harness.toml"
        if path.is_file():
            yield _File(path, ())
            break
