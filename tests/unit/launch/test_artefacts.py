from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from harness.errors import ArtefactError
from harness.launch import download
from harness.launch.artefacts import ensure, missing
from harness.launch.cached import FIXED_TIME_S
from harness.launch.lock_file import Artefact, Coordinate, Lock
from harness.launch.repository import Repository
from tests.unit.launch.conftest import MavenServer

CONTENT = bytes(range(256)) * 4000


def lock_of(*jars: tuple[str, bytes]) -> Lock:
    artefacts = tuple(
        Artefact(Coordinate.parse(f"org.x:{name}:1.0"), hashlib.sha256(content).hexdigest(), len(content))
        for name, content in jars
    )
    return Lock("test", "jars of a test", artefacts)


def serve(maven: MavenServer, *jars: tuple[str, bytes]) -> Lock:
    for name, content in jars:
        maven.files[f"/org/x/{name}/1.0/{name}-1.0.jar"] = content
    return lock_of(*jars)


def fetch(lock: Lock, cache: Path, base: str) -> list[Path]:
    return ensure([lock], cache, lambda: Repository(base, "a test"))


def part_of(lock: Lock, cache: Path) -> Path:
    sha256 = lock.artefacts[0].sha256
    return cache / "artefacts" / sha256[:2] / sha256 / f"{lock.artefacts[0].coordinate.file_name}.part"


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_FIRST_PAUSE_S", 0.001)


def test_jars_come_verified_in_order_and_with_one_time(tmp_path: Path, maven: MavenServer) -> None:
    lock = serve(maven, ("a", b"first"), ("b", CONTENT))

    paths = fetch(lock, tmp_path, maven.base)

    assert [path.name for path in paths] == ["a-1.0.jar", "b-1.0.jar"]
    assert [path.read_bytes() for path in paths] == [b"first", CONTENT]
    assert {path.stat().st_mtime_ns for path in paths} == {FIXED_TIME_S * 10**9}
    assert not list(tmp_path.rglob("*.part"))


def test_what_is_there_is_not_asked_for(tmp_path: Path, maven: MavenServer) -> None:
    lock = serve(maven, ("a", b"first"))
    first = fetch(lock, tmp_path, maven.base)

    def no_repository() -> Repository:
        pytest.fail("the network was asked")

    assert ensure([lock, lock], tmp_path, no_repository) == first
    assert missing([lock], tmp_path) == []
    assert len(maven.asked) == 1


def test_progress_counts_every_byte_once(tmp_path: Path, maven: MavenServer) -> None:
    lock = serve(maven, ("a", b"first"), ("b", CONTENT))
    seen: list[tuple[int, int]] = []

    ensure([lock], tmp_path, lambda: Repository(maven.base, "a test"), lambda *now: seen.append(now))

    total = len(CONTENT) + 5
    assert seen[0] == (0, total)
    assert seen[-1] == (total, total)


def test_a_download_that_broke_off_is_resumed(tmp_path: Path, maven: MavenServer) -> None:
    lock = serve(maven, ("a", CONTENT))
    maven.cut = [300_000]

    (path,) = fetch(lock, tmp_path, maven.base)

    assert path.read_bytes() == CONTENT
    assert [wanted for _, wanted in maven.asked] == [None, "bytes=300000-"]


def test_a_later_run_resumes_what_an_earlier_one_left(tmp_path: Path, maven: MavenServer) -> None:
    lock = serve(maven, ("a", CONTENT))
    part = part_of(lock, tmp_path)
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:1000])

    (path,) = fetch(lock, tmp_path, maven.base)

    assert path.read_bytes() == CONTENT
    assert maven.asked[0][1] == "bytes=1000-"


def test_a_server_that_knows_no_ranges_sends_all_again(tmp_path: Path, maven: MavenServer) -> None:
    lock = serve(maven, ("a", CONTENT))
    maven.cut, maven.ranges = [1000], False

    (path,) = fetch(lock, tmp_path, maven.base)

    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"wrong", b"w" * len(CONTENT), b"w" * (len(CONTENT) + 9)])
def test_wrong_bytes_of_an_earlier_run_are_thrown_away(
    tmp_path: Path, maven: MavenServer, left: bytes
) -> None:
    lock = serve(maven, ("a", CONTENT))
    part = part_of(lock, tmp_path)
    part.parent.mkdir(parents=True)
    part.write_bytes(left)

    (path,) = fetch(lock, tmp_path, maven.base)

    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [500, 503, 429, 416])
def test_a_server_that_is_busy_is_asked_again(tmp_path: Path, maven: MavenServer, status: int) -> None:
    lock = serve(maven, ("a", CONTENT))
    maven.refuse = [status]

    (path,) = fetch(lock, tmp_path, maven.base)

    assert path.read_bytes() == CONTENT


def test_another_file_under_the_name_is_an_error(tmp_path: Path, maven: MavenServer) -> None:
    lock = lock_of(("a", b"right"))
    serve(maven, ("a", b"wrong"))

    with pytest.raises(ArtefactError) as caught:
        fetch(lock, tmp_path, maven.base)

    assert str(caught.value) == (
        "a-1.0.jar has not the content that its lock names\n"
        f"  expected sha256 {hashlib.sha256(b'right').hexdigest()}, 5 bytes\n"
        f"  got      sha256 {hashlib.sha256(b'wrong').hexdigest()}, 5 bytes\n"
        f"  asked    {maven.base} (a test)\n"
        "  -> the repository has another file under this name; set `maven` to one that you trust"
    )
    assert missing([lock], tmp_path)


def test_a_missing_jar_names_the_nearest_version(tmp_path: Path, maven: MavenServer) -> None:
    maven.files["/org/x/a/maven-metadata.xml"] = (
        b"<metadata><versions><version>0.1</version><version>1.0.1</version></versions></metadata>"
    )

    with pytest.raises(ArtefactError) as caught:
        fetch(lock_of(("a", b"right")), tmp_path, maven.base)

    assert str(caught.value) == (
        "the Maven repository has no org.x:a:1.0\n"
        f"  asked {maven.base} (a test)\n"
        "  the nearest version there is 1.0.1\n"
        "  -> set `maven` to a repository that has it"
    )


def test_a_refusal_is_told_with_its_status(tmp_path: Path, maven: MavenServer) -> None:
    maven.refuse = [403]

    with pytest.raises(ArtefactError, match=r"refused org\.x:a:1\.0 with status 403"):
        fetch(lock_of(("a", b"right")), tmp_path, maven.base)


def test_no_network_gives_the_remedy(tmp_path: Path, maven: MavenServer) -> None:
    maven.close()

    with pytest.raises(ArtefactError) as caught:
        fetch(lock_of(("a", b"right")), tmp_path, maven.base.replace("//", "//ann:secret@"))

    shown = str(caught.value)
    assert "org.x:a:1.0 could not be fetched" in shown
    assert "Connection refused" in shown
    assert "run `harness fetch` where there is a network" in shown
    assert "secret" not in shown


def test_a_connection_that_always_ends_early_is_told(tmp_path: Path, maven: MavenServer) -> None:
    lock = serve(maven, ("a", CONTENT))
    maven.cut = [1, 1, 1, 1]

    with pytest.raises(ArtefactError, match=f"of {len(CONTENT)} bytes|end|broken"):
        fetch(lock, tmp_path, maven.base)


def test_a_folder_is_a_repository(tmp_path: Path) -> None:
    lock = lock_of(("a", b"right"))
    jar = tmp_path / "mirror" / "org" / "x" / "a" / "1.0" / "a-1.0.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"right")

    (path,) = fetch(lock, tmp_path / "cache", (tmp_path / "mirror").as_uri())

    assert path.read_bytes() == b"right"


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, maven: MavenServer) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ArtefactError, match="the cache cannot be written"):
        fetch(serve(maven, ("a", b"right")), tmp_path / "file", maven.base)


def test_two_processes_fetch_a_jar_once(tmp_path: Path, maven: MavenServer) -> None:
    lock = serve(maven, ("a", CONTENT))
    artefact = lock.artefacts[0]
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from harness.launch.artefacts import ensure\n"
        "from harness.launch.lock_file import Artefact, Coordinate, Lock\n"
        "from harness.launch.repository import Repository\n"
        "a = Artefact(Coordinate.parse('org.x:a:1.0'), sys.argv[1], int(sys.argv[2]))\n"
        "print('ready', flush=True)\n"
        "ensure([Lock('t', '', (a,))], Path(sys.argv[3]), lambda: Repository(sys.argv[4], 'a test'))\n"
    )
    maven.gate.clear()
    command = [sys.executable, "-c", program, artefact.sha256, str(artefact.size), str(tmp_path), maven.base]
    others = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        )
        for _ in range(2)
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"

    # Both are at it now; the answer is held back until one of them waits for the other.
    threading.Timer(0.2, maven.gate.set).start()
    statuses = [other.wait(20) for other in others]
    for other in others:
        assert other.stdout is not None
        other.stdout.close()

    assert statuses == [0, 0]
    assert fetch(lock, tmp_path, maven.base)[0].read_bytes() == CONTENT
    assert len(maven.asked) == 1
    assert not list(tmp_path.rglob("*.part"))
