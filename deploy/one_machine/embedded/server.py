"""What the embedded servers have in common: how one is started, watched and ended."""

import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final, Self

from deploy.one_machine.embedded.account import ServerAccount
from deploy.one_machine.embedded.child import Child, ServerFailedError, as_account

READY_SECONDS: Final = 60.0  # far above what is seen: Kafka 2 to 5 s, PostgreSQL under 1 s
STOP_SECONDS: Final = 20.0  # both write down what they hold first: about 1 s


class EmbeddedServer(ABC):
    """A server in a folder of its own, started and stopped by a `with` block.

    Its data last in the folder: the next start there finds them.
    """

    def __init__(self, name: str, folder: Path, *, stop_signal: int, drop_signal: int) -> None:
        self.name: Final = name
        self._drop_signal = drop_signal
        # the process that an earlier, killed run had left here and start() has stopped
        self.stopped_left_over: int | None = None
        self._folder = folder.resolve()
        self._user: ServerAccount | None = None
        self._child = Child(name, self._folder, stop_signal=stop_signal)

    @property
    @abstractmethod
    def version(self) -> str:
        """The version of the server, such as 18.4."""

    @property
    def pid(self) -> int:
        """The number of the server's process. Raises ServerFailedError when it is not started."""
        return self._child.pid

    def start(self) -> None:
        """Start the server and wait until it answers; stop what a killed run left here first.

        Raises ServerFailedError when it does not answer, FolderInUseError when another program
        runs a server here.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)  # whatever is in it, an earlier version's files, too
            self.stopped_left_over = self._child.stop_left_over(STOP_SECONDS)
            command = self._prepare()
        except OSError as error:
            raise ServerFailedError(
                f"{error.filename or self._folder} cannot be used: {error.strerror}.",
                "Check that the folder can be written and the disk has room.",
            ) from error
        self._child.start(command, run_as=self._user)
        self._child.wait_until(self._answers, READY_SECONDS)

    def is_alive(self) -> bool:
        """Whether the server's process is running."""
        return self._child.is_alive()

    def exit_code(self) -> int | None:
        """Return the exit code, a signal as its negative; None while it runs."""
        return self._child.exit_code()

    def log_tail(self) -> str:
        """Return the last lines that the server printed."""
        return self._child.log_tail()

    def stop(self) -> None:
        """Stop the server in order; kill it when that takes too long. Can be repeated."""
        self._child.stop(STOP_SECONDS)

    def drop(self) -> None:
        """End a server whose folder is thrown away: it writes down nothing more."""
        self._child.stop(STOP_SECONDS, self._drop_signal)

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        self._child.kill()

    def restart(self) -> None:
        """Stop the server if it runs, and start it at the same address."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run_once(self, *command: str, run_as: ServerAccount | None = None) -> None:
        """Run a program that prepares the folder, under an account where one is given."""
        done = subprocess.run(  # noqa: S603 - our own programs, on paths of our own
            command,
            cwd=self._folder,
            capture_output=True,
            check=False,
            text=True,
            **as_account(run_as),
        )
        if done.returncode:
            problem = done.stderr.strip()
            raise ServerFailedError(
                f"The embedded {self.name} could not prepare {self._folder}:\n{problem}",
                "Check that the folder can be written and the disk has room.",
            )

    @abstractmethod
    def _prepare(self) -> list[str]:
        """Make the folder ready and return the server's command line."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether a client gets a sensible answer now."""
