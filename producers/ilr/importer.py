"""Imports a return: check, rules, registration, comparison, publication, snapshot, in that order.

Nothing is registered or published before all of the file has been checked, and the snapshot is
stored only after everything that is due has been sent. After any failure it is safe to run it
again: an event that was sent already is sent again under a higher revision, and replaces itself.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from producers.answers import ReadAnswer, demand_present
from producers.changed_events import ChangedEvents, DryRunPublisher
from producers.hub import DoorKey, EventPublisher, Registrar
from producers.ilr.errors import OtherOrganisationError, ReturnRefusedError
from producers.ilr.handed_in import ReturnFile
from producers.ilr.intake import Intake
from producers.ilr.mapping import Origin
from producers.ilr.people import BoroughOf
from producers.ilr.reader import read_return
from producers.ilr.result import ImportResult, ReturnAccount
from producers.ilr.rules.file import check_file, file_warnings, other_organisation, year_warnings
from producers.ilr.survey import Survey, survey_return
from producers.ilr.years import CENTURY, label
from producers.progress import ImportStage, OnProgress
from producers.snapshots.errors import OutdatedUploadError
from producers.snapshots.snapshot import SnapshotStore
from schemas.events import Event
from schemas.identifiers import ProviderId

NO_ANSWERS: Final[Mapping[str, ReadAnswer]] = {}


@dataclass(frozen=True, slots=True)
class IlrImporter:
    """Imports the returns of one college, the provider.

    Its event ids and digests are derived under `door_key`. `clock` gives the time in UTC. `ukprns`
    says which provider has which UKPRN: a return of another organisation is refused, unless
    `is_of_any`, which makes it a warning. `borough_of` names the borough of a postcode, or None; by
    default events name no borough.
    """

    provider_id: ProviderId
    door_key: DoorKey
    registrar: Registrar
    snapshots: SnapshotStore
    clock: Callable[[], datetime]
    ukprns: Mapping[int, ProviderId]
    is_of_any: bool = False
    borough_of: BoroughOf = lambda _: None

    def run(
        self,
        file: ReturnFile,
        publisher: EventPublisher,
        *,
        answers: Mapping[str, ReadAnswer] = NO_ANSWERS,
        on_progress: OnProgress = lambda _: None,
    ) -> ImportResult:
        """Import a return and publish what is new or has changed in it.

        `answers` are those of advisers, by learner reference.

        Raises:
            AnswersError: an answer is about a reference that no learner of the return has.
            StructureError: the file does not have the structure of a return.
            ReturnRefusedError: it breaks a rule about the file as a whole, or is another's.
            UploadInProgressError: another upload of this provider is being imported.
            BusError: the hub or Kafka failed; nothing is stored, so run it again.

        """
        return self._import(file, publisher, answers, on_progress, is_dry_run=False)

    def dry_run(
        self,
        file: ReturnFile,
        on_event: Callable[[Event], object],
        *,
        answers: Mapping[str, ReadAnswer] = NO_ANSWERS,
        on_progress: OnProgress = lambda _: None,
    ) -> ImportResult:
        """Do as `run` would, and raise the same, but register, publish and store nothing.

        `on_event` gets every event that would be published. A learner who is not registered yet
        appears under a number made up for this dry run.
        """
        publisher = DryRunPublisher(on_event)
        return self._import(file, publisher, answers, on_progress, is_dry_run=True)

    def _import(
        self,
        file: ReturnFile,
        publisher: EventPublisher,
        answers: Mapping[str, ReadAnswer],
        on_progress: OnProgress,
        *,
        is_dry_run: bool,
    ) -> ImportResult:
        survey = check_return(
            file, self.clock(), lambda done: on_progress(ImportStage.CHECKING.at(done)), answers
        )
        header = survey.header
        other = other_organisation(header, self.provider_id, self.ukprns)
        if other is not None and not self.is_of_any:
            raise OtherOrganisationError(other)
        demand_present(answers, survey.absent)
        account = ReturnAccount(self.provider_id, header, is_dry_run=is_dry_run)
        if other is not None:
            account.warn("UKPRN", other)
        for warning in (*file_warnings(file.name), *year_warnings(header.year)):
            account.warn(*warning)
        try:
            with self.snapshots.begin(
                self.provider_id, label(header.year), header.prepared_at
            ) as snapshot:
                latest = snapshot.latest(of=CENTURY)
                if latest is not None and latest > label(header.year):
                    account.warn(
                        "older-year",
                        f"a return of {latest} was taken before this one:"
                        " what stands in both stays as that one says",
                    )
                intake = Intake(
                    origin=Origin(self.provider_id, header, self.door_key, self.borough_of),
                    survey=survey,
                    registrar=self.registrar.trial() if is_dry_run else self.registrar,
                    snapshot=snapshot,
                    changed=ChangedEvents(
                        self.door_key, snapshot, publisher, is_dry_run=is_dry_run
                    ),
                    account=account,
                    answers={who: answer.given for who, answer in answers.items()},
                )
                intake.take(
                    read_return(file.stream),
                    lambda done: on_progress(ImportStage.IMPORTING.at(done, survey.learners)),
                )
                publisher.flush()
                result = account.result(snapshot.vanished())
                if not is_dry_run:
                    snapshot.accept()
        except OutdatedUploadError as error:
            raise ReturnRefusedError(f"Filename_8: {error.message}", error.hint) from None
        return result


def check_return(
    file: ReturnFile,
    now: datetime,
    on_learners: Callable[[int], None],
    look_for: Iterable[str] = (),
) -> Survey:
    """Read all of a return, and check it as a whole; `on_learners` gets the number so far.

    `look_for` are references of learners.

    Raises:
        StructureError: it does not have the structure of a return.
        ReturnRefusedError: it breaks a rule about the file as a whole.

    """
    survey = survey_return(file.stream, on_learners, look_for)
    check_file(file.name, survey.header, now)
    return survey
