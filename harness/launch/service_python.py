"""The interpreter as Managed Flink has it: PyFlink and what PyFlink needs, and nothing else.

A job that works on a developer's machine because some library is installed there fails on the
service. So a package runs in an environment that is made of links to those packages alone of the
given interpreter: made in a moment, and without network.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TypedDict

from harness.errors import ArtefactError
from harness.launch.asked import ask

ROOTS = ("apache-flink", "pip", "setuptools")
"""What the service installs by name; the rest is what these require."""

# Runs in the given interpreter. Of every folder that allowed and other packages share, such as
# `google`, the parts are linked one by one.
_PROBE = """
import json, os, re, sys, sysconfig
from importlib.metadata import distributions
wanted = json.loads(sys.argv[1])
name_of = lambda text: re.sub(r"[-_.]+", "-", text).lower()
found = {}
for d in distributions():
    found.setdefault(name_of(d.metadata["Name"] or ""), d)
allowed, open_ = set(), [(name, frozenset()) for name in wanted]
while open_:
    name, extras = open_.pop()
    if name not in found or (name, extras) in allowed:
        continue
    allowed.add((name, extras))
    for text in found[name].requires or []:
        match = re.match(r"\\s*([A-Za-z0-9._-]+)\\s*(?:\\[([^\\]]*)\\])?", text)
        extra = re.search(r"extra\\s*==\\s*['\\"]([^'\\"]+)['\\"]", text)
        if match and (extra is None or extra[1] in extras):
            more = frozenset(e.strip() for e in (match[2] or "").split(",") if e.strip())
            open_.append((name_of(match[1]), more))
names = {name for name, _ in allowed}
owners, real = {}, {}
for name, d in found.items():
    for file in d.files or []:
        parts = file.parts
        if ".." in parts or parts[0] == "__pycache__":
            continue
        path = str(file.locate())
        for i in range(len(parts), 0, -1):
            key = "/".join(parts[:i])
            owners.setdefault(key, set()).add(name)
            real.setdefault(key, path)
            path = os.path.dirname(path)
links = {}
for key in sorted(owners, key=lambda k: k.count("/")):
    parent = key
    while "/" in parent:
        parent = parent.rpartition("/")[0]
        if parent in links:
            break
    else:
        if owners[key] <= names:
            links[key] = real[key]
print(json.dumps({
    "links": links,
    "packages": sorted(names),
    "executable": getattr(sys, "_base_executable", sys.executable) or sys.executable,
    "version": "%d.%d" % sys.version_info[:2],
    "paths": [p for p in sys.path if os.path.isdir(p)],
}))
"""


class _Found(TypedDict):
    links: dict[str, str]
    packages: list[str]
    executable: str
    version: str
    paths: list[str]


def service_python(python: Path, cache: Path) -> Path:
    """An interpreter with the packages of Managed Flink, made of those that `python` has.

    Made once for each state of the interpreter's packages.

    Raises:
        ArtefactError: The interpreter does not run, has no PyFlink, or the cache cannot be written.
    """
    parent = cache / "service-python"
    note = parent / f"{hashlib.sha256(os.fsencode(python.absolute())).hexdigest()[:16]}.json"
    known = _remembered(note)
    if known is not None:
        return known
    found: _Found = ask(python, _PROBE, [json.dumps(ROOTS)], of="packages", isolated=True)
    if "apache-flink" not in found["packages"]:
        raise ArtefactError(
            f"{python} has no PyFlink",
            hint="pip install 'flink-harness[flink-1.20]' into it, or name another with --python",
        )
    words = json.dumps([found["links"], found["executable"]], sort_keys=True)
    home = parent / hashlib.sha256(words.encode()).hexdigest()[:16]
    try:
        parent.mkdir(parents=True, exist_ok=True)
        if not home.exists():
            _make(home, found)
        watched = {path: Path(path).stat().st_mtime_ns for path in (str(python.absolute()), *found["paths"])}
        note.write_text(json.dumps({"python": str(home / "bin" / "python"), "watched": watched}))
    except OSError as error:
        raise ArtefactError("the interpreter of the service cannot be made", detail=str(error)) from error
    return home / "bin" / "python"


def _make(home: Path, found: _Found) -> None:
    making = Path(tempfile.mkdtemp(dir=home.parent, prefix=".making."))
    try:
        packages = making / "lib" / f"python{found['version']}" / "site-packages"
        for name, target in found["links"].items():
            link = packages / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)
        (making / "bin").mkdir()
        for name in ("python", "python3", f"python{found['version']}"):
            (making / "bin" / name).symlink_to(found["executable"])
        (making / "pyvenv.cfg").write_text(
            f"home = {Path(found['executable']).parent}\ninclude-system-site-packages = false\n"
        )
        making.chmod(0o755)
        making.rename(home)
    except OSError:
        shutil.rmtree(making, ignore_errors=True)
        # Somebody else may have been faster; theirs is as good.
        if not home.exists():
            raise


def _remembered(note: Path) -> Path | None:
    try:
        content = json.loads(note.read_bytes())
        same = all(Path(path).stat().st_mtime_ns == time for path, time in content["watched"].items())
        python = Path(content["python"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return python if same and python.exists() else None
