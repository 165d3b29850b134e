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

from harness import overlays, platform
from harness.errors import PlanError
from harness.guest import namespace

PROGRAM = """\
import json, sys
sys.path.insert(0, sys.argv[1])
import namespace
mounts = json.loads(sys.argv[2])
namespace.enter(mounts["overlays"], mounts["keep"])
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


def prepare(files: dict[str, Path], data: Path, keep: tuple[Path, ...] = ()) -> object:
    return overlays.prepare(files, {}, data, keep)


def seen(mounted: object, *paths: str, program: str = PROGRAM) -> list[str]:
    """What a process sees at these paths once it has entered a namespace."""
    guest = str(Path(namespace.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", program, guest, json.dumps(mounted), *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    contents: list[str] = json.loads(done.stdout)
    return contents


def test_a_file_lies_at_a_path_that_does_not_exist_on_the_machine(tmp_path: Path, data: Path) -> None:
    (tmp_path / "props.json").write_text("laid over")
    target = "/etc/flink-harness-tests/application_properties.json"

    mounted = prepare({target: tmp_path / "props.json"}, data)

    assert seen(mounted, target) == ["laid over"]


def test_the_machine_itself_does_not_see_it(tmp_path: Path, data: Path) -> None:
    (tmp_path / "props.json").write_text("laid over")
    target = "/etc/flink-harness-tests/application_properties.json"

    seen(prepare({target: tmp_path / "props.json"}, data), target)

    assert not Path("/etc/flink-harness-tests").exists()


def test_what_lies_beside_it_stays_visible(tmp_path: Path, data: Path) -> None:
    (tmp_path / "props.json").write_text("laid over")

    mounted = prepare({"/etc/flink-harness-tests/x": tmp_path / "props.json"}, data)

    assert seen(mounted, "/etc/hostname") == [Path("/etc/hostname").read_text()]


def test_a_whole_folder_can_be_laid_over(tmp_path: Path, data: Path) -> None:
    (tmp_path / "conf" / "deep").mkdir(parents=True)
    (tmp_path / "conf" / "a").write_text("first")
    (tmp_path / "conf" / "deep" / "b").write_text("second")

    mounted = prepare({"/opt/flink-harness-tests": tmp_path / "conf"}, data)

    assert seen(mounted, "/opt/flink-harness-tests/a", "/opt/flink-harness-tests/deep/b") == [
        "first",
        "second",
    ]


def test_a_host_name_gets_its_address(data: Path) -> None:
    mounted = overlays.prepare({}, {"kafka": "127.9.9.9"}, data, ())

    (hosts,) = seen(mounted, "/etc/hosts")

    assert hosts == "127.9.9.9 kafka\n" + Path("/etc/hosts").read_text()


def test_a_folder_of_ours_stays_what_it_is_below_an_overlaid_one(tmp_path: Path, data: Path) -> None:
    (tmp_path / "cert").write_text("laid over")
    target = Path(tempfile.gettempdir()) / "flink-harness-tests-cert"
    with tempfile.TemporaryDirectory() as ours:
        mounted = prepare({str(target): tmp_path / "cert"}, data, (Path(ours),))
        write = f"open({ours + '/kept'!r}, 'w').write('x'); open({str(target) + '2'!r}, 'w').write('y')"
        program = PROGRAM.replace("print(", write + "\nprint(")

        assert seen(mounted, str(target), program=program) == ["laid over"]

        assert (Path(ours) / "kept").read_text() == "x"
        assert not target.with_name(target.name + "2").exists()


def test_two_processes_see_the_same_files_and_not_each_others(tmp_path: Path, data: Path) -> None:
    (tmp_path / "props").write_text("laid over")
    target = "/etc/flink-harness-tests/props"
    mounted = prepare({target: tmp_path / "props"}, data)
    program = PROGRAM.replace("print(", f"open({target!r}, 'a').write('!')\nprint(")

    assert seen(mounted, target, program=program) == ["laid over!"]
    assert seen(mounted, target, program=program) == ["laid over!"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path, data: Path) -> None:
    with pytest.raises(PlanError, match=r"missing\.json is not there"):
        prepare({"/etc/x.json": tmp_path / "missing.json"}, data)


def test_where_only_what_every_system_has_is_used_it_says_so(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_PORTABLE", "1")

    with pytest.raises(PlanError, match="which only Linux has"):
        prepare({"/etc/x.json": tmp_path}, data)


def test_a_refused_mount_is_an_error_that_names_it(tmp_path: Path) -> None:
    broken = {"overlays": {"/etc": [str(tmp_path / "no"), str(tmp_path)]}, "keep": []}

    with pytest.raises(AssertionError, match="mount /etc: "):
        seen(broken)
