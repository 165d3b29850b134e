"""Java's own keystore format, JKS: what `ssl.keystore.type=JKS` of a Kafka client reads.

The format is that of `sun.security.provider.JavaKeyStore`; keys are protected as its `KeyProtector` does.
Its cipher is weak, which matters to nobody here: the keys are of a test environment and live as long as it.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Sequence

MAGIC = 0xFEEDFEED
VERSION = 2
KEY_ENTRY, TRUSTED_ENTRY = 1, 2
WHITENER = b"Mighty Aphrodite"
SALT_BYTES = 20
# AlgorithmIdentifier of the JavaSoft key protector, 1.3.6.1.4.1.42.2.17.1.1, without parameters.
PROTECTOR = bytes.fromhex("300e060a2b060104012a021101010500")


def truststore(certificates: Sequence[bytes], password: str, *, millis: int) -> bytes:
    """A store of trusted certificates, each as DER; they are named `ca`, `ca2`, ..."""
    entries = [
        _entry(TRUSTED_ENTRY, "ca" if i == 1 else f"ca{i}", millis, _certificate(der))
        for i, der in enumerate(certificates, start=1)
    ]
    return _signed(entries, password)


def keystore(key: bytes, chain: Sequence[bytes], password: str, *, millis: int) -> bytes:
    """A store of one private key (PKCS 8, DER) with its certificates, its own first."""
    protected = _protected(key, password)
    body = struct.pack(">I", len(protected)) + protected
    body += struct.pack(">I", len(chain)) + b"".join(map(_certificate, chain))
    return _signed([_entry(KEY_ENTRY, "client", millis, body)], password)


def _entry(kind: int, alias: str, millis: int, body: bytes) -> bytes:
    return struct.pack(">I", kind) + _utf(alias) + struct.pack(">q", millis) + body


def _certificate(der: bytes) -> bytes:
    return _utf("X.509") + struct.pack(">I", len(der)) + der


def _utf(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode("ascii")


def _signed(entries: Sequence[bytes], password: str) -> bytes:
    body = struct.pack(">III", MAGIC, VERSION, len(entries)) + b"".join(entries)
    return body + _sha1(_characters(password), WHITENER, body)


def _protected(key: bytes, password: str) -> bytes:
    """An EncryptedPrivateKeyInfo: salt, key under a stream of hashes, and a hash of the key itself."""
    words = _characters(password)
    salt = secrets.token_bytes(SALT_BYTES)
    stream, block = b"", salt
    while len(stream) < len(key):
        block = _sha1(words, block)
        stream += block
    hidden = bytes(a ^ b for a, b in zip(key, stream, strict=False))
    return _der(0x30, PROTECTOR + _der(0x04, salt + hidden + _sha1(words, key)))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _characters(password: str) -> bytes:
    return password.encode("utf-16-be")


def _sha1(*parts: bytes) -> bytes:
    return hashlib.sha1(b"".join(parts), usedforsecurity=False).digest()
