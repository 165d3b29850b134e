"""Keepers that serve nobody any more: dead ones, silent ones, and those of other code."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from harness import __version__
from harness.clock import Deadline, now, poll
from harness.doctor.finding import Finding, ok, problem, warning
from harness.doctor.subject import Subject
from harness.errors import ServiceError
from harness.keeper.address import KeeperAddress, check_ours
from harness.keeper.found import FoundKeeper, Silent, find_keepers
from harness.keeper.identity import PACKAGE, code_identity
from harness.keeper.leftovers import leftovers
from harness.keeper.sweep import NEW_SECONDS, locked

NAME = "keepers"
_ANSWER_SECONDS = 2.0
_ENDING_SECONDS = 0.5


def look(subject: Subject) -> Iterator[Finding]:
    """What live keepers say, and what dead ones left."""
    found = find_keepers()
    with ThreadPoolExecutor(max_workers=8) as pool:
        looked = [finding for finding in pool.map(_look_at, found) if finding is not None]
    bad = [*_address(subject), *looked, *_dead()]
    yield from bad or [ok(NAME, f"{len(found)} alive, and nothing is left of dead ones")]


def _look_at(keeper: FoundKeeper) -> Finding | None:
    plate = keeper.nameplate
    silence = _silence(keeper)
    if silence is not None:
        # `harness down` leaves a private keeper to its run.
        ends = keeper.kept
        return problem(
            NAME,
            silence.message,
            seen=silence.detail or "",
            remedy="harness down --all"
            if ends
            else f"kill -9 {keeper.pid}  # its reaper clears up behind it",
            where=plate.root if plate else str(keeper.folder),
        )
    if plate is None or not keeper.kept:
        return None
    if plate.harness != __version__:
        what = f"is of harness {plate.harness}, and this is {__version__}"
    elif plate.package != str(PACKAGE):
        what = "is of a harness that is installed elsewhere"
    elif plate.code != code_identity():
        what = "runs code that was changed since"
    else:
        return None
    return warning(
        NAME,
        f"the keeper (process {plate.pid}) {what}",
        seen=f"its code lies in {plate.package}; no run of this harness uses its warm services",
        remedy=f"cd {shlex.quote(plate.root)} && harness down --all",
        where=plate.root,
    )


def _silence(keeper: FoundKeeper) -> Silent | None:
    """Why a keeper does not answer; None if it does, or is just starting or ending."""
    try:
        keeper.ask("status", _ANSWER_SECONDS)
    except Silent as error:
        lock = keeper.folder / "lock"
        if poll(lambda: not locked(lock), Deadline(_ENDING_SECONDS)):
            return None
        hangs = isinstance(error.__cause__, TimeoutError)
        with contextlib.suppress(OSError):
            age = now().timestamp() - keeper.folder.stat().st_mtime
            return error if hangs or age > NEW_SECONDS else None
    except ServiceError:
        # It does answer.
        pass
    return None


def _address(subject: Subject) -> Iterator[Finding]:
    """Whether the folder in which this project's keeper would live is ours alone."""
    folder = KeeperAddress.kept(subject.root, subject.settings).folder
    for path in (folder.path, folder.data):
        if not path.is_symlink() and not path.exists():
            continue
        try:
            check_ours(path)
        except ServiceError as error:
            yield problem(
                NAME, error.message, seen=error.detail or "", remedy=f"rm -r {shlex.quote(str(path))}"
            )


def _dead() -> Iterator[Finding]:
    left = leftovers()
    if left:
        kinds = {kind: sum(each.kind == kind for each in left) for kind in ("process", "folder", "container")}
        words = {"process": "processes", "folder": "folders", "container": "containers"}
        counted = [f"{n} {kind if n == 1 else words[kind]}" for kind, n in kinds.items() if n]
        yield problem(
            NAME,
            f"a dead keeper left {' and '.join(counted)}",
            seen="\n".join(each.name for each in left[:3]) + ("\n..." if len(left) > 3 else ""),
            remedy="harness gc",
        )
