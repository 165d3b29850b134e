"""A Maven repository: where it is, how a file of it is opened, and which versions it has."""

from __future__ import annotations

import os
import re
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache as remembered
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from harness.errors import ArtefactError, nearest
from harness.launch.lock_file import Coordinate

if TYPE_CHECKING:  # requests costs a tenth of a second, and only a fetch needs it
    import requests

_TIMEOUT_S = 60
_CONNECTIONS = 8


class Refused(Exception):
    """The repository answered, but not with the file."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Repository:
    """A base address (http, https or file) and how it came to be the one."""

    base: str
    origin: str

    def __str__(self) -> str:
        """The base without a password, and who chose it; for messages."""
        return f"{re.sub(r'//[^/@]*@', '//', self.base)} ({self.origin})"

    def open(self, path: str, *, offset: int = 0) -> tuple[IO[bytes] | _Body, int]:
        """Open a file from a byte on; return the stream and the byte at which it really begins.

        Raises:
            Refused: The repository does not give the file.
            OSError: There was no answer, or (while it is read) no whole one; asking again may help.
        """
        if self.base.startswith("file:"):
            return self._open_file(path, offset)
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        answer = _get(f"{self.base}/{urllib.parse.quote(path)}", headers)
        if answer.status_code not in {200, 206}:
            answer.close()
            raise Refused(answer.status_code)
        return _Body(answer), offset if answer.status_code == 206 else 0

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
        except (Refused, OSError):
            return None
        listed = re.findall(r"<version>\s*([^<\s]+)\s*</version>", text)
        return nearest(coordinate.version, listed) or (listed[-1] if listed else None)


class _Body:
    """The body of an answer; what goes wrong with it is an OSError, as with any other file."""

    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer

    def read(self, size: int = -1, /) -> bytes:
        from urllib3.exceptions import HTTPError

        try:
            content: bytes = self._answer.raw.read(size if size >= 0 else None)
        except HTTPError as error:
            raise ConnectionError(str(error)) from error
        return content

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._answer.close()


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


def _get(url: str, headers: Mapping[str, str]) -> requests.Response:
    from requests.exceptions import RequestException

    try:
        return _session().get(url, headers=headers, stream=True, timeout=_TIMEOUT_S)
    except RequestException as error:
        # The reason inside says the same in half the words.
        cause = error.args[0] if error.args else error
        raise ConnectionError(str(getattr(cause, "reason", cause))) from error


@remembered
def _session() -> requests.Session:
    """One for all threads: it keeps connections open, and knows proxies, redirects and .netrc.

    It also knows the CA variables of curl and of itself, but not the one of OpenSSL.
    """
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
    session.mount("http://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
    bundle = os.environ.get("SSL_CERT_FILE")
    if bundle and Path(bundle).is_file():
        session.verify = bundle
    return session
