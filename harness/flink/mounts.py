"""`files:` of a pipeline: what an unmodified job finds at fixed paths, laid over the machine's folders."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import PlanError


def prepare(files: Mapping[str, Path], data: Path) -> dict[str, Any] | None:
    """Fill the upper layers of overlays, one per top folder, for a child's mount namespace.

    Args:
        files: Target path -> file or folder that shall be found there.
        data: A folder of the lease's own.

    Returns:
        `overlays` and `binds` for the child, or None if there is nothing to lay over.

    Raises:
        PlanError: A target lies where nothing can be laid over.
    """
    overlays: dict[str, tuple[str, str]] = {}
    for target, source in files.items():
        lower = _existing(Path(target))
        if lower == Path("/"):
            raise PlanError(
                f"nothing can be laid over {target}: its first folder does not exist on this machine",
                hint=f"make the folder /{Path(target).parts[1]}, or use a path below one that exists",
            )
        name = str(lower).strip("/").replace("/", "-")
        upper, work = data / f"{name}-upper", data / f"{name}-work"
        upper.mkdir(exist_ok=True)
        work.mkdir(exist_ok=True)
        overlays[str(lower)] = (str(upper), str(work))
        place = upper / Path(target).relative_to(lower)
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, place)
    return {"overlays": overlays, "binds": []} if overlays else None


def _existing(target: Path) -> Path:
    """The first folder of an absolute path if it exists, so that one overlay serves all below it."""
    top = Path(*target.parts[:2])
    return top if top.is_dir() and len(target.parts) > 2 else Path("/")
