"""A mount namespace of its own for one forked child: an unmodified job finds its files at fixed paths.

Linux only. Runs in the job's interpreter: standard library alone, Python 3.8 syntax.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from typing import Iterable, Mapping, Optional, Tuple

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18


def enter(overlays: Mapping[str, Tuple[str, str]], keep: Iterable[str]) -> None:
    """Leave the shared mounts of the machine and lay files over its folders.

    Must be called while the process has one thread. Works as root, and for everybody else through
    a user namespace where the machine allows one. Mounts die with the process: nothing to clean.

    Args:
        overlays: Folder -> (layer, scratch): what lies in the layer appears in the folder; what the
            process writes there goes to a folder of its own in scratch.
        keep: Folders that stay as they are, also below an overlaid one.

    Raises:
        OSError: The machine refuses namespaces or overlays.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    if uid:
        _check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare")
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", "%d %d 1" % (uid, uid))
        _write("/proc/self/gid_map", "%d %d 1" % (gid, gid))
    else:
        _check(libc.unshare(CLONE_NEWNS), "unshare")
    _mount(libc, "none", "/", None, MS_REC | MS_PRIVATE, None)
    hidden = [k for k in keep if any(k == o or k.startswith(o + "/") for o in overlays)]
    kept = [(path, os.open(path, os.O_PATH)) for path in hidden]
    for folder, (layer, scratch) in overlays.items():
        # Two processes may not share an upper folder.
        own = tempfile.mkdtemp(dir=scratch)
        upper, work = os.path.join(own, "upper"), os.path.join(own, "work")
        os.mkdir(upper)
        os.mkdir(work)
        # What is laid over /tmp must stay writable for everybody.
        os.chmod(upper, os.stat(folder).st_mode & 0o7777)
        options = "lowerdir=%s:%s,upperdir=%s,workdir=%s" % (layer, folder, upper, work)
        _mount(libc, "overlay", folder, "overlay", 0, options + (",userxattr" if uid else ""))
    for path, fd in kept:
        _mount(libc, "/proc/self/fd/%d" % fd, path, None, MS_BIND | MS_REC, None)
        os.close(fd)
    # The working directory is still the one below the new mounts.
    os.chdir(os.getcwd())


def _mount(
    libc: ctypes.CDLL, source: str, target: str, kind: Optional[str], flags: int, data: Optional[str]
) -> None:
    result = libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() if data else None,
    )
    _check(result, "mount %s" % target)


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))


def _write(path: str, text: str) -> None:
    with open(path, "w") as f:
        f.write(text)
