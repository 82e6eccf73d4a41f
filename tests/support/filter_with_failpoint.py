"""A real filter whose process kills itself at a step, as `kill -9` between two lines would.

`python -m tests.support.filter_with_failpoint STEP:N` is `nwd run filter` until its Nth pass by a
step. It ends with its parent, by its standard input.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping

from consent_ledger.filter.failpoints import TurnStep
from deploy.cli.parent_watch import end_with_parent
from deploy.cli.process import run_programs
from deploy.cli.run import beside_the_filter, shard_program
from tests.support.killing import ending_at


def start_filter_with_failpoint(
    settings: Mapping[str, str], step: TurnStep, hit: int
) -> subprocess.Popen[bytes]:
    """Start a filter that dies at its so-many-th pass by a step; what it prints goes nowhere."""
    return subprocess.Popen(  # noqa: S603 - this Python, on our own program
        [sys.executable, "-m", "tests.support.filter_with_failpoint", f"{step}:{hit}"],
        env=os.environ | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def end_process() -> None:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    name, _, count = sys.argv[1].partition(":")
    failpoint = ending_at(TurnStep(name), int(count or "1"), end_process)
    threading.Thread(target=end_with_parent, daemon=True).start()
    run_programs([shard_program(0, failpoint), *beside_the_filter()], metrics_port=0)
