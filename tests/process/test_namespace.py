from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import platform
from harness.flink import mounts
from harness.guest import namespace

PROGRAM = """\
import json, sys
sys.path.insert(0, sys.argv[1])
import namespace
mounts = json.loads(sys.argv[2])
namespace.enter(mounts["overlays"], mounts["binds"])
print(json.dumps([open(path).read() for path in sys.argv[3:]]))
"""


def _refused() -> bool:
    unshare = shutil.which("unshare")
    words = ["--mount"] if unshare and os.getuid() == 0 else ["--user", "--mount"]
    return unshare is None or subprocess.run([unshare, *words, "true"], check=False).returncode != 0


pytestmark = pytest.mark.skipif(
    platform.portable() or _refused(), reason="this machine gives no mount namespaces"
)


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder where a lease has its data: an overlay cannot lie on any file system."""
    with tempfile.TemporaryDirectory(dir=platform.data_parent()) as folder:
        yield Path(folder)


def seen(mounted: object, *paths: str) -> object:
    """What a process sees at these paths once it has entered a namespace."""
    guest = str(Path(namespace.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, guest, json.dumps(mounted), *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_file_lies_at_a_path_that_does_not_exist_on_the_machine(tmp_path: Path, data: Path) -> None:
    (tmp_path / "props.json").write_text("laid over")
    target = "/etc/flink-harness-tests/application_properties.json"

    mounted = mounts.prepare({target: tmp_path / "props.json"}, data)

    assert seen(mounted, target) == ["laid over"]


def test_the_machine_itself_does_not_see_it(tmp_path: Path, data: Path) -> None:
    (tmp_path / "props.json").write_text("laid over")
    target = "/etc/flink-harness-tests/application_properties.json"

    seen(mounts.prepare({target: tmp_path / "props.json"}, data), target)

    assert not Path("/etc/flink-harness-tests").exists()


def test_what_lies_beside_it_stays_visible(tmp_path: Path, data: Path) -> None:
    (tmp_path / "props.json").write_text("laid over")

    mounted = mounts.prepare({"/etc/flink-harness-tests/x": tmp_path / "props.json"}, data)

    assert seen(mounted, "/etc/hostname") == [Path("/etc/hostname").read_text()]


def test_a_whole_folder_can_be_laid_over(tmp_path: Path, data: Path) -> None:
    (tmp_path / "conf" / "deep").mkdir(parents=True)
    (tmp_path / "conf" / "a").write_text("first")
    (tmp_path / "conf" / "deep" / "b").write_text("second")

    mounted = mounts.prepare({"/opt/flink-harness-tests": tmp_path / "conf"}, data)

    assert seen(mounted, "/opt/flink-harness-tests/a", "/opt/flink-harness-tests/deep/b") == [
        "first",
        "second",
    ]


def test_a_refused_mount_is_an_error_that_names_it(tmp_path: Path) -> None:
    broken = {"overlays": {"/etc": [str(tmp_path / "no"), str(tmp_path / "where")]}, "binds": []}

    with pytest.raises(AssertionError, match="mount /etc: "):
        seen(broken)
