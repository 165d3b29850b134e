"""Jars in the shared cache: fetched once by their lock, verified, and given one time for ever.

A jar lies at `artefacts/<sha256[:2]>/<sha256>/<file name>` with a fixed modification time: a JVM
refuses a class-data archive when a jar's folder, size or time has changed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock as Mutex

from harness.launch.cached import cached_path
from harness.launch.download import Download
from harness.launch.lock_file import Artefact, Lock
from harness.launch.repository import Repository

log = logging.getLogger(__name__)

OnProgress = Callable[[int, int], None]
"""(bytes fetched so far, bytes to fetch in all); may be called from several threads, one at a time."""

_WORKERS = 8


def missing(locks: Iterable[Lock], cache: Path) -> list[Artefact]:
    """The jars of the locks that the cache does not have, each once."""
    unique = {artefact.sha256: artefact for lock in locks for artefact in lock.artefacts}
    return [artefact for artefact in unique.values() if not _has(cache, artefact)]


def ensure(
    locks: Iterable[Lock],
    cache: Path,
    repository: Callable[[], Repository],
    on_progress: OnProgress | None = None,
) -> list[Path]:
    """Have all jars of the locks in the cache; asks the network for nothing that is there.

    Args:
        locks: What is needed.
        cache: The cache folder.
        repository: Called only if something must be fetched, for example
            `functools.partial(choose_repository, settings.maven)`.
        on_progress: Told of the bytes that arrive.

    Returns:
        The jars in the order of the locks, each once.

    Raises:
        ArtefactError: A jar could not be fetched, or has not the bytes that its lock names.
    """
    locks = list(locks)
    wanted = missing(locks, cache)
    if wanted:
        _fetch_all(wanted, cache, repository(), on_progress or (lambda _done, _total: None))
    paths = {
        cached_path(cache, artefact.sha256, artefact.coordinate.file_name): None
        for lock in locks
        for artefact in lock.artefacts
    }
    return list(paths)


def _has(cache: Path, artefact: Artefact) -> bool:
    try:
        path = cached_path(cache, artefact.sha256, artefact.coordinate.file_name)
        return path.stat().st_size == artefact.size
    except OSError:
        return False


def _fetch_all(wanted: list[Artefact], cache: Path, repository: Repository, on_progress: OnProgress) -> None:
    total = sum(artefact.size for artefact in wanted)
    done = 0
    mutex = Mutex()

    def advance(count: int) -> None:
        nonlocal done
        with mutex:
            done += count
            on_progress(done, total)

    advance(0)
    log.info("fetching %d jars, %d bytes, from %s", len(wanted), total, repository)
    # Large ones first, so that the last to arrive is a small one.
    wanted = sorted(wanted, key=lambda artefact: -artefact.size)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="fetch") as pool:
        futures = [pool.submit(Download(a, cache, repository, advance).run) for a in wanted]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
