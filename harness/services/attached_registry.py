"""A schema registry that runs elsewhere: used as it is, and left as it was but for a lease's own subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from harness.environment import Certificates, RegistryEndpoint, RegistryNeed
from harness.errors import ServiceError
from harness.launch.process import Process
from harness.services.base import Site
from harness.services.registry_client import RegistryClient


@dataclass(kw_only=True)
class AttachedRegistry:
    """A foreign registry; no process of it is ours."""

    client: RegistryClient
    log: Path
    _held: dict[str, list[str]] = field(default_factory=dict)

    @property
    def shared(self) -> bool:
        """All leases would see each other's subjects and ids."""
        return False

    @property
    def processes(self) -> list[Process]:
        """None."""
        return []

    def open(
        self,
        lease: str,
        need: RegistryNeed,
        *,
        certificates: Certificates | None = None,
        server: tuple[str, str] | None = None,
        addresses: Sequence[tuple[str, int]] = (),
        topics: Sequence[str] = (),
    ) -> RegistryEndpoint:
        """Empty the subjects of the lease's topics, and give them the level that is asked for."""
        del certificates, server
        refuse_what_is_ours(need, addresses, "a registry that runs elsewhere")
        subjects = [f"{topic}-{part}" for topic in topics for part in ("key", "value")]
        self._held[lease] = subjects
        self._delete(subjects)
        level = self.client.ask("GET", "/config").get("compatibilityLevel")
        if level != need.compatibility:
            for subject in subjects:
                path = f"/config/{quote(subject, safe='')}"
                self.client.ask("PUT", path, {"compatibility": need.compatibility})
        return RegistryEndpoint(
            url=self.client.url,
            internal=self.client.url,
            user=self.client.user,
            password=self.client.password,
        )

    def close(self, lease: str) -> None:
        """Delete the subjects of the lease's topics."""
        self._delete(self._held.pop(lease, []))

    def _delete(self, subjects: list[str]) -> None:
        there = set(self.client.subjects()) if subjects else set()
        self.client.delete_all([subject for subject in subjects if subject in there])
        for subject in subjects:
            # A level of its own outlives the versions that it was given for.
            self.client.ask("DELETE", f"/config/{quote(subject, safe='')}", may_miss=True)

    def leave(self) -> None:
        """Nothing of it is ours to end."""

    def stop(self) -> None:
        """Nothing of it is ours to end."""


def attach(site: Site, url: str) -> AttachedRegistry:
    """Use the registry at a URL.

    Raises:
        ServiceError: It does not answer.
    """
    client = RegistryClient(url)
    try:
        client.subjects()
    except ServiceError as error:
        error.hint = "check the setting `registry`"
        raise
    return AttachedRegistry(client=client, log=site.folder / "schema-registry.log")


def refuse_what_is_ours(need: RegistryNeed, addresses: Sequence[tuple[str, int]], what: str) -> None:
    """Raise where a need can be met by our own registry alone.

    Raises:
        ServiceError: It asks for TLS, a password or fixed addresses.
    """
    asked = [
        name
        for name, wanted in (
            ("TLS", need.tls != "off"),
            ("a password", need.auth),
            ("fixed addresses", bool(addresses)),
        )
        if wanted
    ]
    if asked:
        raise ServiceError(f"{what} cannot be given {', '.join(asked)}", hint="set `registry` to `own`")
