"""The certificate authority of one environment, and the files that clients are given of it.

Everything is made when it is first wanted, in a few milliseconds, and goes with the environment.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from harness.clock import now
from harness.environment import Certificates
from harness.launch.ports import LOOPBACK
from harness.services import java_keystore

PASSWORD = "changeit"  # noqa: S105 - Java's own default, which jobs have in their code; it protects nothing here
DAY = timedelta(days=1)
LIFE = 365 * DAY
"""Longer than any environment; some systems refuse certificates of more than 825 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A key and its certificate, signed by an authority."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> str:
        """The key, PKCS 8, not encrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode()


class Authority:
    """Signs the certificates of one environment's servers and of its one client.

    Args:
        folder: Receives the files; made when they are first wanted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._root: Identity | None = None
        self._files: Certificates | None = None
        self._servers: dict[tuple[str, ...], int] = {}

    def files(self) -> Certificates:
        """What clients need, as PEM, JKS and PKCS 12."""
        with self._lock:
            if self._files is None:
                self._files = self._write()
            return self._files

    @property
    def pem(self) -> str:
        """The authority's own certificate."""
        with self._lock:
            return self._own().pem

    def server(self, names: Iterable[str], certificate: str = "valid") -> Identity:
        """A server's identity for these host names and addresses.

        Args:
            names: Host names and IP addresses.
            certificate: `valid`, `expired`, or `untrusted`: signed by an authority that no client knows.
        """
        with self._lock:
            authority = _authority() if certificate == "untrusted" else self._own()
        until = now() + (-DAY if certificate == "expired" else LIFE)
        return _signed("server", authority, names=names, purpose=ExtendedKeyUsageOID.SERVER_AUTH, until=until)

    def server_files(self, name: str, names: Iterable[str]) -> tuple[Path, Path]:
        """Certificate and key of a server as files, for servers that read them so; made once for each."""
        wanted = ("localhost", LOOPBACK, *names)
        self.files()
        with self._lock:
            number = self._servers.setdefault(wanted, len(self._servers))
        certificate, key = self._folder / f"{name}-{number}.pem", self._folder / f"{name}-{number}-key.pem"
        if not certificate.exists():
            identity = self.server(wanted)
            _write_secret(key, identity.key_pem.encode())
            _write_secret(certificate, (identity.pem + self.pem).encode())
        return certificate, key

    def _own(self) -> Identity:
        if self._root is None:
            self._root = _authority()
        return self._root

    def _write(self) -> Certificates:
        root = self._own()
        client = _signed("client", root, purpose=ExtendedKeyUsageOID.CLIENT_AUTH, until=now() + LIFE)
        millis = int(now().timestamp() * 1000)
        root_der = root.certificate.public_bytes(Encoding.DER)
        client_der = client.certificate.public_bytes(Encoding.DER)
        key_der = client.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        locked = BestAvailableEncryption(PASSWORD.encode())
        content = {
            "ca_pem": ("ca.pem", root.pem.encode()),
            "certificate_pem": ("client.pem", (client.pem + root.pem).encode()),
            "key_pem": ("client-key.pem", client.key_pem.encode()),
            "truststore_jks": (
                "truststore.jks",
                java_keystore.truststore([root_der], PASSWORD, millis=millis),
            ),
            "keystore_jks": (
                "keystore.jks",
                java_keystore.keystore(key_der, [client_der, root_der], PASSWORD, millis=millis),
            ),
            # Java ignores a certificate in PKCS 12 that is not marked as trusted.
            "truststore_p12": (
                "truststore.p12",
                pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(root.certificate, b"ca")], locked),
            ),
            "keystore_p12": (
                "keystore.p12",
                pkcs12.serialize_key_and_certificates(
                    b"client", client.key, client.certificate, [root.certificate], locked
                ),
            ),
        }
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, data in content.values():
            _write_secret(self._folder / name, data)
        paths = {field: str(self._folder / name) for field, (name, _) in content.items()}
        return Certificates(**paths, password=PASSWORD)


def _authority() -> Identity:
    return _signed("flink-harness", None, until=now() + LIFE)


def _signed(
    subject: str,
    authority: Identity | None,
    *,
    until: datetime,
    names: Iterable[str] = (),
    purpose: x509.ObjectIdentifier | None = None,
) -> Identity:
    """An identity that an authority has signed; without one, an authority that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    issuer = authority.certificate.subject if authority else name
    signer = authority.key if authority else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now(), until) - 2 * DAY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        # Python 3.13 refuses certificates without these two.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if authority is None:
        builder = builder.add_extension(_may_sign(), critical=True)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    general = [_general_name(n) for n in names]
    if general:
        builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    return Identity(key=key, certificate=builder.sign(signer, hashes.SHA256()))


def _may_sign() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_secret(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)
