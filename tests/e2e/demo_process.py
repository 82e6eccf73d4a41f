"""A real `nwd demo` as a process of its own, with a folder of its own for what it makes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from schemas.identifiers import PassportNumber

DEADLINE_SECONDS = 150.0  # seen: 10 s, on a busy machine 30 s


class DemoProcess:
    """`nwd demo` with few participants; its output goes to files. Ends with the test run at last.

    `folder` is where temporary files go, its own among them.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self.stdout = folder / "stdout.txt"
        self.stderr = folder / "stderr.txt"
        with self.stdout.open("w") as stdout, self.stderr.open("w") as stderr:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, on our own program
                [
                    sys.executable,
                    "-m",
                    "deploy.cli.parent_watch",
                    "demo",
                    "--participants",
                    "20",
                    *options,
                ],
                stdin=subprocess.PIPE,  # its end of file would end the demo, too
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                env=os.environ | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
            )

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        code = self._process.wait(DEADLINE_SECONDS)
        assert self._process.stdin
        self._process.stdin.close()
        return code

    def send(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def child(self, name: str) -> psutil.Process:
        """Find the process of a part: `filter`, `passport`, ..."""
        children = psutil.Process(self._process.pid).children()
        (found,) = [child for child in children if name in child.cmdline()]
        return found

    def wait_for(self, text: str) -> None:
        """Wait until the story has said something."""
        until = time.monotonic() + DEADLINE_SECONDS
        while text not in self.stdout.read_text("utf-8"):
            assert time.monotonic() < until, f"{text} was not said in time"
            assert self._process.poll() is None, self.told()
            time.sleep(0.05)

    def told(self) -> PassportNumber:
        """Return all that was printed."""
        return PassportNumber(self.stdout.read_text("utf-8") + self.stderr.read_text("utf-8"))

    def figures(self) -> Any:
        """Return the closing figures of a demo with --json."""
        return json.loads(self.stdout.read_text("utf-8"))

    def left_behind(self) -> list[str]:
        """Return the processes that still use the folder, and the demo's folders in it."""
        found = [path.name for path in self._folder.glob("no-wrong-door-demo-*")]
        for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
            words = [*(process.info["cmdline"] or ()), process.info["cwd"] or ""]
            if any(str(self._folder) in word for word in words):
                found.append(" ".join(words))
        return found
