"""Archives of the cache, unpacked beside it once: a folder that is there is whole."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from harness.errors import ArtefactError
from harness.launch.cached import FIXED_TIME_S, unwritable


def unpack(archive: Path, cache: Path) -> Path:
    """The folder with what a cached `.tar.gz` holds; unpacked only if it is not there.

    The cache names the archive's folder by its content, and so is what was unpacked.

    Raises:
        ArtefactError: It is no such archive, would write outside of its folder, or the cache is read-only.
    """
    folder = cache / "unpacked" / archive.parent.name
    if folder.is_dir():
        return folder
    if not hasattr(tarfile, "data_filter"):
        raise ArtefactError(
            f"{archive.name} cannot be unpacked safely by this Python", hint="use Python 3.11.4 or newer"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".incoming."))
    except OSError as error:
        raise unwritable(error) from error
    try:
        with tarfile.open(archive, "r:gz") as tar:
            # Refuses links, devices and paths that lead out, whatever the archive says.
            tar.extractall(temporary, filter="data")
        for path in temporary.rglob("*"):
            # A JVM refuses a class-data archive when a jar's time has changed.
            os.utime(path, (FIXED_TIME_S, FIXED_TIME_S))
        temporary.chmod(0o755)
        temporary.rename(folder)
    except (tarfile.TarError, EOFError) as error:
        raise ArtefactError(f"{archive.name} cannot be unpacked", detail=str(error)) from error
    except OSError as error:
        # Another process may have been quicker: what it unpacked is the same.
        if not folder.is_dir():
            raise unwritable(error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder
