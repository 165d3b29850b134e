from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import platform
from harness.clock import Deadline, poll
from harness.errors import ServiceError
from harness.launch.process import Command, Process, exit_text, start, tail

Launch = Callable[..., Process]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Starts a Python program that is talked with."""
    started = []

    def run(program: str, **options: object) -> Process:
        command = Command(
            name="stub",
            argv=[sys.executable, "-c", program],
            log=tmp_path / "logs" / "stub.log",
            environ={"PATH": os.defpath},
            cwd=tmp_path,
            talks=bool(options.get("talks", True)),
        )
        process = start(command)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()


def test_its_lines_come_one_by_one(launch: Launch) -> None:
    process = launch("print('one\\ntwo', flush=True); input()")

    assert [process.read_line(Deadline(20)), process.read_line(Deadline(20))] == ["one", "two"]


def test_what_is_written_to_it_arrives(launch: Launch) -> None:
    process = launch("print(input().upper(), flush=True); input()")
    process.write_line("hello")

    assert process.read_line(Deadline(20)) == "HELLO"


def test_an_early_end_is_an_error_with_status_and_log(launch: Launch) -> None:
    process = launch("import sys; print('no licence found', file=sys.stderr); sys.exit(3)")

    with pytest.raises(ServiceError) as caught:
        process.read_line(Deadline(20))

    assert caught.value.message == "stub ended before it was ready (exit status 3)"
    assert caught.value.detail == f"the end of its log ({process.command.log}):\n  no licence found"


def test_a_kill_is_an_error_that_names_the_signal(launch: Launch) -> None:
    process = launch("import os; os.kill(os.getpid(), 9)")

    with pytest.raises(ServiceError) as caught:
        process.read_line(Deadline(20))

    assert caught.value.message == "stub ended before it was ready (SIGKILL)"


def test_silence_is_an_error_when_the_time_is_up(launch: Launch) -> None:
    process = launch("input()")

    with pytest.raises(ServiceError) as caught:
        process.read_line(Deadline(0.05))

    assert caught.value.message == "stub wrote nothing in 0 s"


def test_a_program_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The words before the command that ask for the death signal would be found.
    monkeypatch.setenv("HARNESS_PORTABLE", "1")
    command = Command(
        name="stub", argv=["/no/such/program"], log=tmp_path / "stub.log", environ={}, cwd=tmp_path
    )

    with pytest.raises(ServiceError) as caught:
        start(command)

    assert caught.value.message == "stub cannot be executed"
    assert caught.value.detail == "/no/such/program: No such file or directory"


def test_it_sees_only_the_environment_it_was_given(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    process = launch("import os; print(sorted(os.environ.keys() - {'LC_CTYPE'}), flush=True); input()")

    assert process.read_line(Deadline(20)) == "['PATH']"


def test_kill_ends_its_whole_group(launch: Launch) -> None:
    process = launch(
        "import os, signal\n"
        "child = os.fork()\n"
        "if child: print(child, flush=True)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "while True: signal.pause()\n"
    )
    child = int(process.read_line(Deadline(20)))

    process.kill()

    assert process.status == -signal.SIGKILL
    assert poll(lambda: not platform.alive(child), Deadline(20))


def test_stop_lets_it_end_by_itself(launch: Launch) -> None:
    process = launch(
        "import signal, sys\n"
        "signal.signal(signal.SIGQUIT, lambda *_: sys.exit(5))\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()\n"
    )
    process.read_line(Deadline(20))

    process.stop(signal.SIGQUIT, 20)

    assert process.status == 5


def test_one_that_reads_ends_with_its_input(launch: Launch) -> None:
    process = launch("import sys\nprint('ready', flush=True)\nsys.stdin.read()\nsys.exit(5)\n")
    process.read_line(Deadline(20))

    process.end_input(20)

    assert process.status == 5


def test_one_that_does_not_is_killed(launch: Launch) -> None:
    process = launch("import signal\nprint('ready', flush=True)\nwhile True: signal.pause()\n")
    process.read_line(Deadline(20))

    process.end_input(0.05)

    assert process.status == -signal.SIGKILL


def test_stop_kills_what_does_not_end(launch: Launch) -> None:
    process = launch(
        "import signal\n"
        "signal.signal(signal.SIGQUIT, signal.SIG_IGN)\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()\n"
    )
    process.read_line(Deadline(20))

    process.stop(signal.SIGQUIT, 0.05)

    assert process.status == -signal.SIGKILL


@pytest.mark.skipif(platform.portable(), reason="signals under way are seen on Linux only")
def test_one_that_sigkill_is_on_its_way_to_has_ended(launch: Launch) -> None:
    # A quarter of a GiB of pages takes the system a while to clear away.
    process = launch("held = bytearray(b'x') * (1 << 28)\nprint('ready', flush=True)\ninput()\n")
    process.read_line(Deadline(60))

    os.kill(process.pid, signal.SIGKILL)

    assert (process.status, process.popen.returncode) == (-signal.SIGKILL, None)
    assert process.popen.wait(60) == -signal.SIGKILL


@pytest.mark.skipif(platform.portable(), reason="a death signal needs Linux")
def test_it_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from harness.launch.process import Command, start\n"
        f"folder, words = Path({str(tmp_path)!r}), [sys.executable, '-c', 'input()']\n"
        "options = dict(log=folder / 'child.log', environ={}, cwd=folder, talks=True)\n"
        "child = start(Command(name='child', argv=words, **options))\n"
        "os.set_inheritable(child.popen.stdin.fileno(), True)\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    read, write = os.pipe()
    parent = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", program],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)],
    )
    os.close(write)
    with os.fdopen(read) as lines:
        child = int(lines.readline())
    os.waitpid(parent, 0)

    assert poll(lambda: not platform.alive(child), Deadline(20))


def test_a_log_is_shown_by_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_text("".join(f"line {n}\n" for n in range(100)))

    assert tail(log, lines=2) == f"the end of its log ({log}):\n  line 98\n  line 99"


def test_an_empty_log_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.log").touch()

    assert tail(tmp_path / "empty.log") is None
    assert tail(tmp_path / "missing.log") is None


def test_an_exit_status_in_words() -> None:
    assert [exit_text(status) for status in (None, 0, 3, -9, -200)] == [
        "",
        " (exit status 0)",
        " (exit status 3)",
        " (SIGKILL)",
        " (exit status -200)",
    ]
