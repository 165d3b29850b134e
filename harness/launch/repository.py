"""A Maven repository: where it is, how a file of it is opened, and which versions it has."""

from __future__ import annotations

import os
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache as remembered
from http.client import HTTPException
from pathlib import Path
from typing import IO

from harness.errors import ArtefactError, nearest
from harness.launch.lock_file import Coordinate

_TIMEOUT_S = 60
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Refused(Exception):
    """The repository answered, but not with the file."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status


Unreachable = (urllib.error.URLError, HTTPException, OSError)
"""What is raised where there was no whole answer; asking again may help."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A base address (http, https or file) and how it came to be the one."""

    base: str
    origin: str

    def __str__(self) -> str:
        """The base without a password, and who chose it; for messages."""
        return f"{_without_user(self.base)[0]} ({self.origin})"

    def open(self, path: str, *, offset: int = 0) -> tuple[IO[bytes], int]:
        """Open a file from a byte on; return the stream and the byte at which it really begins.

        Raises:
            Refused: The repository does not give the file.
            OSError: It could not be reached (or another of `Unreachable`).
        """
        if self.base.startswith("file:"):
            return self._open_file(path, offset)
        base, user = _without_user(self.base)
        request = urllib.request.Request(f"{base}/{urllib.parse.quote(path)}")
        if user:
            request.add_header("Authorization", f"Basic {b64encode(user.encode()).decode()}")
        if offset:
            request.add_header("Range", f"bytes={offset}-")
        try:
            answer = _opener().open(request, timeout=_TIMEOUT_S)
        except urllib.error.HTTPError as error:
            error.close()
            raise Refused(error.code) from None
        return answer, offset if answer.status == 206 else 0

    def _open_file(self, path: str, offset: int) -> tuple[IO[bytes], int]:
        folder = Path(urllib.request.url2pathname(urllib.parse.urlsplit(self.base).path))
        try:
            file = (folder / path).open("rb")
        except FileNotFoundError:
            raise Refused(404) from None
        file.seek(offset)
        return file, offset

    def nearest_version(self, coordinate: Coordinate) -> str | None:
        """The version that the repository lists and that is most like the one asked for, if it says."""
        try:
            stream, _ = self.open(f"{coordinate.folder}/maven-metadata.xml")
            with stream:
                text = stream.read().decode(errors="replace")
        except (Refused, *Unreachable):
            return None
        listed = re.findall(r"<version>\s*([^<\s]+)\s*</version>", text)
        return nearest(coordinate.version, listed) or (listed[-1] if listed else None)


def choose_repository(
    setting: str | None, *, environ: Mapping[str, str] = os.environ, setting_origin: str = "setting `maven`"
) -> Repository:
    """The setting (a URL or a folder), else a mirror of Central in settings.xml, else Central.

    Raises:
        ArtefactError: settings.xml is no XML.
    """
    if setting:
        base = setting if "://" in setting else Path(setting).absolute().as_uri()
        return Repository(base.rstrip("/"), setting_origin)
    home = environ.get("HOME")
    file = (Path(home) if home else Path.home()) / ".m2" / "settings.xml"
    mirror = _mirror(file)
    if mirror:
        return Repository(mirror.rstrip("/"), str(file))
    # Imported here because jgo costs half a second, and only a fetch needs it.
    from jgo.constants import MAVEN_CENTRAL_URL

    return Repository(MAVEN_CENTRAL_URL.rstrip("/"), "default")


def _without_user(base: str) -> tuple[str, str]:
    """Split `scheme://user:password@host/...`, which a mirror may be named by, into address and user."""
    scheme, _, rest = base.partition("://")
    host, slash, path = rest.partition("/")
    user, _, host = host.rpartition("@")
    return f"{scheme}://{host}{slash}{path}", urllib.parse.unquote(user)


def _mirror(settings: Path) -> str | None:
    """The first mirror in a settings.xml that stands for Central."""
    try:
        root = ET.fromstring(settings.read_text(encoding="utf-8"))  # noqa: S314 - the user's own file
    except OSError:
        return None
    except ET.ParseError as error:
        raise ArtefactError(
            f"{settings} is no XML", detail=str(error), hint="mend it, or set `maven`"
        ) from None
    for element in root.iter():
        if _name(element) != "mirror":
            continue
        parts = {_name(child): (child.text or "").strip() for child in element}
        stands_for = [part.strip() for part in parts.get("mirrorOf", "").split(",")]
        if "!central" not in stands_for and {"*", "central", "external:*"} & set(stands_for):
            return parts.get("url")
    return None


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


@remembered
def _opener() -> urllib.request.OpenerDirector:
    """The proxies of the environment come with urllib, SSL_CERT_FILE with ssl; other CA variables do not."""
    context = ssl.create_default_context()
    for variable in _CA_VARIABLES:
        bundle = os.environ.get(variable)
        if bundle and Path(bundle).is_file():
            context.load_verify_locations(bundle)
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
