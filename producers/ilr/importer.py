"""Imports a return: check, rules, registration, comparison, publication, snapshot, in that order.

Nothing is registered or published before all of the file has been checked, and the snapshot is
stored only after everything that is due has been sent. Whatever goes wrong, running it again is
safe: what was sent already is sent again under a higher revision, and replaces itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from producers.hub import Publisher, Registrar
from producers.ilr.intake import Intake
from producers.ilr.mapping import Origin
from producers.ilr.people import BoroughOf
from producers.ilr.progress import Stage, Tell
from producers.ilr.reader import read_return
from producers.ilr.result import Account, ImportResult
from producers.ilr.rules.file import check_file, file_warnings
from producers.ilr.survey import survey_return
from producers.snapshots.snapshot import SnapshotStore
from schemas.events import Event


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """A return as it was handed in: the file's own name, and a stream that can be read twice."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class IlrImporter:
    """Imports the returns of colleges.

    Args:
        registrar: who knows the participants.
        snapshots: what was accepted before.
        pepper: the bus's secret under which event ids and digests are derived.
        clock: tells the time, in UTC.
        borough_of: names the borough of a postcode, or None; without one no borough is told.

    """

    registrar: Registrar
    snapshots: SnapshotStore
    pepper: bytes
    clock: Callable[[], datetime]
    borough_of: BoroughOf = lambda _: None

    def run(
        self,
        file: ReturnFile,
        provider_id: str,
        publisher: Publisher,
        *,
        tell: Tell = lambda _: None,
    ) -> ImportResult:
        """Import a return and publish what is new or has changed in it.

        Raises:
            StructureError: the file does not have the structure of a return.
            ReturnRefusedError: it breaks a rule about the file as a whole.
            ImportInProgressError: another return of this provider is being imported.
            BusError: the hub or the log failed; nothing is stored, so run it again.

        """
        return self._import(file, provider_id, publisher, tell, is_dry_run=False)

    def rehearse(
        self,
        file: ReturnFile,
        provider_id: str,
        on_event: Callable[[Event], None],
        *,
        tell: Tell = lambda _: None,
    ) -> ImportResult:
        """Do as `run` would, but register, publish and store nothing: a dry run.

        `on_event` gets every event that would be published. Whoever is not registered yet appears
        under a number made up for this rehearsal.

        Raises:
            StructureError, ReturnRefusedError, ImportInProgressError, BusError: as `run`.

        """
        return self._import(file, provider_id, _Rehearsal(on_event), tell, is_dry_run=True)

    def _import(
        self,
        file: ReturnFile,
        provider_id: str,
        publisher: Publisher,
        tell: Tell,
        *,
        is_dry_run: bool,
    ) -> ImportResult:
        survey = survey_return(file.stream, lambda done: tell(Stage.CHECKING.at(done)))
        header = survey.header
        check_file(file.name, header, self.clock())
        account = Account(provider_id, header, is_dry_run=is_dry_run)
        for warning in file_warnings(file.name):
            account.warn(*warning)
        with self.snapshots.begin(provider_id, header.year, header.prepared_at) as snapshot:
            intake = Intake(
                origin=Origin(provider_id, header, self.pepper, self.borough_of),
                survey=survey,
                registrar=self.registrar,
                snapshot=snapshot,
                publisher=publisher,
                account=account,
                is_dry_run=is_dry_run,
            )
            intake.take(
                read_return(file.stream),
                lambda done: tell(Stage.IMPORTING.at(done, survey.learners)),
            )
            publisher.flush()
            result = account.result(snapshot.vanished())
            if not is_dry_run:
                snapshot.accept()
        return result


@dataclass(frozen=True, slots=True)
class _Rehearsal:
    """A publisher that only shows what it gets."""

    on_event: Callable[[Event], None]

    def publish(self, event: Event) -> None:
        self.on_event(event)

    def flush(self) -> None:
        """Do nothing: nothing is under way."""
