"""An audit divided among processes: each gathers a share, and what they gathered is put together.

All read one snapshot of the database and decide at one moment. A process that fails ends the
audit, with what it says, and when the audit ends, however, they all do.

They are new programs, not forks: a fork has the threads of Kafka's client only as they stood.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.audit.auditing import all_that_waits, report_of
from consent_ledger.audit.differences import AuditReport
from consent_ledger.audit.gathering import Gathered, OnProgress, Waiting
from consent_ledger.audit.shares import Share
from consent_ledger.audit.spool import Spool, new_file
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.operations import audit_share
from deploy.operations.audit_share import Failure, GatheredShare, HowFar, Task
from schemas.errors import BusError
from schemas.identifiers import TopicName

_PROGRAM: Final = f"from {audit_share.__name__} import main; main()"
_SECONDS_TO_END: Final = 5.0


class _Process(NamedTuple):
    program: "subprocess.Popen[bytes]"
    connection: Connection
    wanted: Spool
    held: Spool


def audit_in_processes(
    hub: Hub,
    now: datetime,
    *,
    snapshot: str,
    topics: Iterable[TopicName],
    processes: int,
    on_progress: OnProgress,
) -> AuditReport:
    """Audit as one process would: `snapshot` is one that PostgreSQL has exported, and still holds.

    Raises BusError as `audit` and `read_tray`, and where a process ends before it is done.
    """
    with ExitStack() as stack:
        shares = [
            stack.enter_context(_started(hub, Share(number, processes), now, snapshot))
            for number in range(processes)
        ]
        told = _Told(on_progress)
        journals: list[Gathered] = _answers(shares, told)
        waiting = all_that_waits(gathered.waiting for gathered in journals)
        for share in shares:
            _tell(share, waiting)
        answers: list[GatheredShare] = _answers(shares, told)
        for share, answer in zip(shares, answers, strict=True):
            share.wanted.written, share.held.written = answer.wanted, answer.held
        return report_of(
            [answer.gathered for answer in answers],
            [share.wanted for share in shares],
            [share.held for share in shares],
            topics,
        )


class _Told:
    """Adds up how far the processes are."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._far: dict[str, dict[int, HowFar]] = {}

    def take(self, number: int, progress: HowFar) -> None:
        of_all = self._far.setdefault(progress.what, {})
        of_all[number] = progress
        totals = [one.total for one in of_all.values() if one.total is not None]
        done = sum(one.done for one in of_all.values())
        self._on_progress(progress.what, done, sum(totals) if totals else None)


@contextmanager
def _started(hub: Hub, share: Share, now: datetime, snapshot: str) -> Iterator[_Process]:
    """Start a process, and end it with the block."""
    key = AESGCM.generate_key(256)
    ours, theirs = Pipe()
    with ours, Spool(new_file(), key) as wanted, Spool(new_file(), key) as held:
        spools = wanted.descriptor, held.descriptor
        with theirs:
            program = subprocess.Popen(  # noqa: S603 - this Python, a module of ours
                [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno())],
                stdin=subprocess.PIPE,  # never written to: its end tells that this process is gone
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), *spools),
                start_new_session=True,  # of Ctrl-C only this process hears, which ends the others
            )
        process = _Process(program, ours, wanted, held)
        try:
            _tell(
                process,
                Task(
                    share,
                    now,
                    hub.settings.partitions,
                    snapshot,
                    hub.addresses.database_url,
                    hub.kafka(HubUser.OPERATOR),
                    hub.settings.home,
                    hub.secrets.journal_keys,
                    hub.secrets.pepper,
                    spools,
                    key,
                ),
            )
            yield process
        finally:
            program.kill()
            program.communicate(timeout=_SECONDS_TO_END)


def _tell(process: _Process, what: Task | Waiting) -> None:
    try:
        process.connection.send(what)
    except OSError:
        raise _ended(process) from None


def _answers(processes: Sequence[_Process], told: _Told) -> list[Any]:
    """Return what each process answers, in their order, and tell meanwhile how far they are."""
    answers: dict[int, Any] = {}
    while len(answers) < len(processes):
        asked = [one.connection for n, one in enumerate(processes) if n not in answers]
        ready = wait(asked)
        for number, process in enumerate(processes):
            if process.connection not in ready:
                continue
            match _received(process):
                case Failure(message, hint):
                    raise BusError(message, hint)
                case HowFar() as progress:
                    told.take(number, progress)
                case answer:
                    answers[number] = answer
    return [answers[number] for number in range(len(processes))]


def _received(process: _Process) -> Any:
    try:
        return process.connection.recv()
    except (EOFError, OSError):
        raise _ended(process) from None


def _ended(process: _Process) -> BusError:
    status = process.program.wait(_SECONDS_TO_END)
    return BusError(
        f"A process of the audit ended before it was done, with {status}.",
        "What it said is above, if it could; -9 is often that memory was short. Nothing was"
        " changed: run it again, with --processes 1 where it happens again.",
    )
