"""The schema registry: our own, Apicurio's, or one that runs elsewhere, as the setting `registry` says.

Every lease has a registry that begins empty. Our own process makes a new one for each; Apicurio and a
foreign one hold one lease at a time, and what it registered is deleted at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from harness.environment import Certificates, RegistryEndpoint, RegistryNeed
from harness.services.apicurio import start_apicurio
from harness.services.attached_registry import attach
from harness.services.base import Running, Site
from harness.services.own_registry import start_own

Address = tuple[str, int]


class RunningRegistry(Running, Protocol):
    """A registry that answers."""

    @property
    def shared(self) -> bool:
        """Whether several leases may hold it at once, each with a registry of its own."""

    def open(
        self,
        lease: str,
        need: RegistryNeed,
        *,
        certificates: Certificates | None = None,
        server: tuple[str, str] | None = None,
        addresses: Sequence[Address] = (),
        topics: Sequence[str] = (),
    ) -> RegistryEndpoint:
        """Give a lease an empty registry.

        Args:
            lease: Its name.
            need: What it asks for.
            certificates: The authority's files, where the need asks for TLS.
            server: Certificate and key that the server shows, where the need asks for TLS.
            addresses: Fixed addresses at which `need.hosts` are reached, beside the one on loopback.
            topics: The lease's topics; of a registry that runs elsewhere only their subjects are deleted.

        Raises:
            ServiceError: It cannot be had.
        """

    def close(self, lease: str) -> None:
        """Take it back; one that has none is no error.

        Raises:
            ServiceError: What the lease registered could not be deleted.
        """


def start(site: Site) -> RunningRegistry:
    """Start the registry that the setting names.

    Raises:
        ServiceError: It did not start, or does not answer.
        ArtefactError: Its files are not to be had.
    """
    match site.settings.registry:
        case "own":
            return start_own(site)
        case "apicurio":
            return start_apicurio(site)
        case url:
            return attach(site, url)
