"""What an unmodified job finds at fixed paths and host names: files laid over the machine's folders.

Both sides need it: the client for the job's script and its UDF workers, the keeper for Flink's JVM.
The mounts themselves are made by the process that shall see them; see `guest/namespace.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness import platform
from harness.errors import PlanError

HOSTS = Path("/etc/hosts")


def prepare(
    files: Mapping[str, Path], hosts: Mapping[str, str], data: Path, keep: Iterable[Path]
) -> dict[str, Any] | None:
    """Fill the layers that a process lays over the machine's folders when it enters its namespace.

    Args:
        files: Fixed path -> the file or folder that shall be found there.
        hosts: Host name -> address that it shall resolve to.
        data: A folder for the layers, in a file system that can hold them.
        keep: Folders of ours that must stay the machine's own, also below an overlaid one.

    Returns:
        What `namespace.enter` takes, or None if there is nothing to lay over.

    Raises:
        PlanError: This system has no mount namespaces, nothing can be found at a path, or a file is missing.
    """
    points = _points([*files, *([str(HOSTS)] if hosts else [])])
    if not points:
        return None
    if platform.portable():
        raise PlanError(
            "`files:` and `hosts:` need mount namespaces, which only Linux has",
            hint="give the job its paths and addresses by `${...}` in `args`, `env` or `config`",
        )
    overlays: dict[str, tuple[str, str]] = {}
    scratch = data / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    for point in points:
        layer = data / f"{str(point).strip('/').replace('/', '-')}-layer"
        layer.mkdir(exist_ok=True)
        overlays[str(point)] = (str(layer), str(scratch))
    for target, source in files.items():
        place = _place(Path(target), points, data)
        try:
            if source.is_dir():
                shutil.copytree(source, place, dirs_exist_ok=True)
            else:
                shutil.copyfile(source, place)
        except FileNotFoundError:
            raise PlanError(f"{source} is not there", hint=f"`files:` lays it at {target}") from None
    if hosts:
        lines = [f"{address} {name}\n" for name, address in hosts.items()]
        own = HOSTS.read_text() if HOSTS.exists() else ""
        _place(HOSTS, points, data).write_text("".join(lines) + own)
    return {"overlays": overlays, "keep": [str(path) for path in keep]}


def _points(targets: Iterable[str]) -> list[Path]:
    """The existing folders to lay something over; one below another needs none of its own.

    Overlays cannot be stacked at will: in a container the root is one already.
    """
    found: set[Path] = set()
    for target in map(Path, targets):
        point = target.parent
        while not point.is_dir():
            point = point.parent
        if point == Path("/"):
            raise PlanError(
                f"nothing can be laid over {target}: its first folder does not exist on this machine",
                hint=f"make the folder /{target.parts[1]}, or use a path below one that exists",
            )
        found.add(point)
    return sorted(p for p in found if not any(other in p.parents for other in found))


def _place(target: Path, points: Iterable[Path], data: Path) -> Path:
    """Where in a layer a target lies; its folders are made."""
    point = next(p for p in points if p in target.parents)
    place = data / f"{str(point).strip('/').replace('/', '-')}-layer" / target.relative_to(point)
    place.parent.mkdir(parents=True, exist_ok=True)
    return place
