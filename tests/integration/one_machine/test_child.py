import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.one_machine.embedded.child import Child, ServerFailedError
from deploy.one_machine.embedded.pid_file import FolderInUseError, PidFile, is_running

SLEEPER = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(120)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, 1); print('here', flush=True); time.sleep(120)",
]
# what a run of the bus does, up to the point where it is killed
PARENT = """
import signal, sys, time
from pathlib import Path
from deploy.one_machine.embedded.child import Child
child = Child("sleeper", Path(sys.argv[1]), stop_signal=signal.SIGTERM)
child.start([sys.executable, "-c", "import time; time.sleep(120)"])
print(child.pid, flush=True)
time.sleep(120)
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    """Give a child that has not been started."""
    child = Child("sleeper", tmp_path, stop_signal=signal.SIGTERM)
    yield child
    child.kill()


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Give another program and the number of its child, which runs in the same folder."""
    with subprocess.Popen(  # noqa: S603 - this Python, on a script of ours
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        yield parent, child.pid
        parent.kill()
        if is_running(child):
            child.kill()


def wait_for_its_word(child: Child) -> None:
    """Wait until the program has printed something."""
    child.wait_until(lambda: "here" in child.log.read_text(), 10)


def test_a_stopped_child_leaves_no_process_and_no_pid_file(child: Child, tmp_path: Path) -> None:
    """Stopping asks, waits and cleans up."""
    child.start(SLEEPER)
    wait_for_its_word(child)
    pid = child.pid
    assert (tmp_path / "sleeper.pid").exists()

    child.stop(10)

    assert not psutil.pid_exists(pid)
    assert not (tmp_path / "sleeper.pid").exists()
    assert not child.is_alive()


def test_a_child_that_does_not_stop_is_killed(child: Child) -> None:
    """The deadline holds even for a program that ignores the signal."""
    child.start(STUBBORN)
    wait_for_its_word(child)
    pid, begun = child.pid, time.monotonic()

    child.stop(0.5)

    assert not psutil.pid_exists(pid)
    assert 0.5 <= time.monotonic() - begun < 10


def test_a_child_has_a_session_of_its_own(child: Child) -> None:
    """A Ctrl-C in the terminal goes to the session of the terminal, not to the servers."""
    child.start(SLEEPER)

    assert os.getsid(child.pid) == child.pid != os.getsid(0)


def test_a_child_that_ends_too_early_is_an_error_with_its_last_words(child: Child) -> None:
    """What the program printed is what its operator needs to see."""
    child.start([sys.executable, "-c", "print('no room on the disk')"])

    with pytest.raises(ServerFailedError, match=r"(?s)ended before it was ready.*no room on the"):
        child.wait_until(lambda: False, 10)


def test_a_child_that_never_answers_is_stopped(child: Child) -> None:
    """A server that hangs at its start must not stay behind."""
    child.start(SLEEPER)
    pid = child.pid

    with pytest.raises(ServerFailedError, match=r"gave no answer within 0\.2 s"):
        child.wait_until(lambda: False, 0.2)

    assert not psutil.pid_exists(pid)


def test_an_interrupt_during_the_start_stops_the_child(child: Child) -> None:
    """A Ctrl-C before the server is ready leaves nothing running either."""
    child.start(SLEEPER)
    pid = child.pid

    def interrupted() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        child.wait_until(interrupted, 10)

    assert not psutil.pid_exists(pid)


def test_a_program_that_is_not_there_is_an_error(child: Child) -> None:
    """A broken installation is said in words."""
    with pytest.raises(ServerFailedError, match=r"cannot be run: No such file or directory"):
        child.start(["/no/such/program"])


def test_what_a_killed_parent_left_is_found_and_stopped(
    child: Child, parent: tuple[subprocess.Popen[str], int]
) -> None:
    """After a kill -9 of the parent the next start finds the child and ends it."""
    process, left = parent
    process.kill()
    process.wait(10)
    assert is_running(psutil.Process(left))

    assert left == child.stop_left_over(10)

    assert not psutil.pid_exists(left) or not is_running(psutil.Process(left))
    assert child.stop_left_over(10) is None


def test_the_child_of_a_living_parent_is_left_alone(
    child: Child, parent: tuple[subprocess.Popen[str], int]
) -> None:
    """Two programs on one folder: the second is refused, the first goes on."""
    process, running = parent

    with pytest.raises(FolderInUseError, match=f"process {process.pid} runs a server there"):
        child.stop_left_over(10)

    assert is_running(psutil.Process(running))


def test_another_process_with_the_same_number_is_left_alone(child: Child, tmp_path: Path) -> None:
    """Process numbers are given out again: a pid file that is out of date must hit nobody."""
    child.start(SLEEPER)
    wait_for_its_word(child)
    pid_file = tmp_path / "sleeper.pid"
    content = pid_file.read_text()
    started = f"{psutil.Process(child.pid).create_time()}"
    assert started in content

    pid_file.write_text(content.replace(started, "1000000000.0"))

    assert child.stop_left_over(10) is None
    assert child.is_alive()


def test_a_process_with_another_command_line_is_left_alone(child: Child, tmp_path: Path) -> None:
    """Number and start time may agree by accident; the command line must, too."""
    child.start(SLEEPER)
    wait_for_its_word(child)
    pid_file = tmp_path / "sleeper.pid"
    content = pid_file.read_text()
    pid_file.write_text(content.replace("time.sleep", "time.sheep"))

    assert child.stop_left_over(10) is None
    assert child.is_alive()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"child": {}}', "null"])
def test_a_damaged_pid_file_is_no_left_over(child: Child, tmp_path: Path, content: str) -> None:
    """A power cut may leave any bytes there."""
    (tmp_path / "sleeper.pid").write_text(content)

    assert child.stop_left_over(10) is None


def test_the_pid_file_names_the_owner_while_it_runs(
    parent: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    """Who tidies up old folders can tell those that are still in use."""
    process, _ = parent
    pid_file = PidFile(tmp_path / "sleeper.pid")
    owner = pid_file.owner()
    assert owner is not None
    assert owner.pid == process.pid

    process.kill()
    process.wait(10)

    assert pid_file.owner() is None


def test_the_log_of_the_run_before_stays_readable(child: Child, tmp_path: Path) -> None:
    """After a crash and a restart the reason of the crash can still be read."""
    for word in ("first", "second"):
        child.start([sys.executable, "-c", f"print('{word}')"])
        until = time.monotonic() + 10
        while child.is_alive() and time.monotonic() < until:
            time.sleep(0.01)
        child.stop(10)

    assert (tmp_path / "sleeper.log").read_text() == "second\n"
    assert (tmp_path / "sleeper.log.previous").read_text() == "first\n"
