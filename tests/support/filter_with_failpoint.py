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

from consent_ledger.filter.failpoints import Failpoint, Step
from deploy.cli.parent_watch import end_with_parent
from deploy.cli.process import run_programs
from deploy.cli.run import beside_the_filter, shard_program


def start_filter_with_failpoint(
    settings: Mapping[str, str], step: Step, hit: int
) -> subprocess.Popen[bytes]:
    """Start a filter that dies at its so-many-th pass by a step; what it prints goes nowhere."""
    return subprocess.Popen(  # noqa: S603 - this Python, on our own program
        [sys.executable, "-m", "tests.support.filter_with_failpoint", f"{step}:{hit}"],
        env=os.environ | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killing(step: Step, hit: int) -> Failpoint:
    """Return what kills this process at its so-many-th pass by a step."""
    left = hit

    def failpoint(at: Step) -> None:
        nonlocal left
        left -= at is step
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return failpoint


if __name__ == "__main__":
    name, _, count = sys.argv[1].partition(":")
    threading.Thread(target=end_with_parent, daemon=True).start()
    run_programs(
        [shard_program(0, killing(Step(name), int(count or "1"))), *beside_the_filter()], 0
    )
