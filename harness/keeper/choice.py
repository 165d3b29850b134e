"""Which keeper a run uses: one that a parent process has chosen, a kept one, or one of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.errors import ServiceError
from harness.keeper.address import KeeperAddress, check_ours
from harness.keeper.client import KeeperClient, LazyKeeper
from harness.keeper.startup import try_connect
from harness.settings import Settings, project_root


def choose(
    settings: Settings, project: Path, flags: Mapping[str, str], *, environ: Mapping[str, str] = os.environ
) -> LazyKeeper:
    """The environment of a run; nothing is started yet.

    A kept keeper is used if the settings say so, or if one is there that fits. On a CI machine only
    a flag says so: what one job leaves running, another must not meet.

    Args:
        settings: Those of the run.
        project: The folder whose settings they are.
        flags: Settings that were given on the command line.
        environ: The variables of this process.

    """
    address = KeeperAddress.from_environment()
    if address is not None:
        return LazyKeeper(address, project, flags, borrowed=True)
    # An archive is written when its JVM ends, and that is what a training waits for.
    if settings.class_data != "train" and ("keep" in flags or not on_ci(environ)):
        kept = KeeperAddress.kept(project_root(project), settings)
        if settings.keep:
            return LazyKeeper(kept, project, flags)
        try:
            client = None if "keep" in flags else _answering(kept)
        except ServiceError as error:
            note = f"{error.render()}\nthis run starts services of its own"
            return LazyKeeper(KeeperAddress.new(settings.data), project, flags, note=note)
        if client is not None:
            return LazyKeeper(client.address, project, flags, client=client)
    return LazyKeeper(KeeperAddress.new(settings.data), project, flags)


def on_ci(environ: Mapping[str, str]) -> bool:
    """Whether this is a machine that runs the jobs of many, which all set this variable."""
    return environ.get("CI", "").lower() not in ("", "0", "false", "no", "off")


def _answering(address: KeeperAddress) -> KeeperClient | None:
    """A connection to a kept keeper that is there, which cannot end any more before it was used.

    Raises:
        ServiceError: It hangs, or its folder is there and not ours alone.
    """
    if not address.folder.path.exists():
        return None
    check_ours(address.folder.path)
    connection = try_connect(address.folder)
    if connection is None:
        return None
    return KeeperClient(connection, address)


def lasting(address: KeeperAddress, seconds: float) -> KeeperAddress:
    """The same address, kept for so long."""
    assert address.keep is not None
    return replace(address, keep=replace(address.keep, seconds=seconds))
