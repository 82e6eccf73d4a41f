"""Imports a table: headings, mapping, rows, registration, comparison, publication, snapshot.

The dry run is the run, with a register that tries, and a publisher that sends nothing. After any
failure it is safe to run it again: an event that was sent already replaces itself.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from producers.answers import ReadAnswer, demand_present
from producers.changed_events import ChangedEvents, DryRunPublisher
from producers.hub import DoorKey, EventPublisher, Registrar
from producers.progress import ImportStage, OnProgress
from producers.snapshots.snapshot import SnapshotStore
from producers.tables.block_reader import RowProblem
from producers.tables.cells import Habits
from producers.tables.errors import MappingError
from producers.tables.intake import TableIntake, TableOrigin
from producers.tables.mapping import Mapping as TableMapping
from producers.tables.placing import place
from producers.tables.result import OnRow, TableAccount, TableResult
from producers.tables.rows import RowReader
from producers.tables.survey import survey_table
from producers.tables.table import Table
from schemas.events import Event
from schemas.identifiers import EventId, ProviderId

NO_ANSWERS: Final[Mapping[str, ReadAnswer]] = {}


@dataclass(frozen=True, slots=True)
class TableImporter:
    """Imports the tables of one provider, whose event ids are derived under `door_key`.

    `clock` gives the time in UTC. `services` are those that the bus knows.
    """

    provider_id: ProviderId
    door_key: DoorKey
    registrar: Registrar
    snapshots: SnapshotStore
    clock: Callable[[], datetime]
    services: Container[str]

    def run(
        self,
        table: Table,
        mapping: TableMapping,
        publisher: EventPublisher,
        *,
        answers: Mapping[str, ReadAnswer] = NO_ANSWERS,
        on_row: OnRow = lambda _: None,
        on_progress: OnProgress = lambda _: None,
    ) -> TableResult:
        """Import a table and publish what is new or has changed in it.

        `answers` are those of advisers, by reference; `on_row` gets what became of each row.

        Raises:
            TableError, MappingError: nothing of the table can be taken.
            AnswersError: an answer is about a reference that no row has.
            UploadInProgressError: another upload of this provider is being imported.
            BusError: the hub or Kafka failed; nothing is stored, so run it again.

        """
        return self._import(
            *(table, mapping, publisher, {}),
            answers=answers,
            on_row=on_row,
            on_progress=on_progress,
            is_dry_run=False,
        )

    def dry_run(
        self,
        table: Table,
        mapping: TableMapping,
        on_event: Callable[[int, Event], object],
        *,
        answers: Mapping[str, ReadAnswer] = NO_ANSWERS,
        on_row: OnRow = lambda _: None,
        on_progress: OnProgress = lambda _: None,
    ) -> TableResult:
        """Do as `run` would, and raise the same, but register, publish and store nothing.

        `on_event` gets the line and every event that would be published. Who is not registered yet
        appears under a number made up for this dry run.
        """
        lines: dict[EventId, int] = {}
        publisher = DryRunPublisher(lambda event: on_event(lines[event.event_id], event))
        return self._import(
            *(table, mapping, publisher, lines),
            answers=answers,
            on_row=on_row,
            on_progress=on_progress,
            is_dry_run=True,
        )

    def _import(
        self,
        table: Table,
        mapping: TableMapping,
        publisher: EventPublisher,
        lines: dict[EventId, int],
        *,
        answers: Mapping[str, ReadAnswer],
        on_row: OnRow,
        on_progress: OnProgress,
        is_dry_run: bool,
    ) -> TableResult:
        now = self.clock()
        self._demand_own(mapping)
        habits = Habits(mapping.dates == "month-first", table.is_1904, now.date())
        places = place(mapping, table.headings, self.services, habits)
        reader = RowReader(places, self.services, habits)
        survey = survey_table(
            table, reader, lambda done: on_progress(ImportStage.CHECKING.at(done)), answers
        )
        demand_present(answers, survey.absent)
        account = TableAccount(on_row)
        for note in table.notes:
            account.warn(RowProblem(note.code, None, note.text))
        origin = TableOrigin(self.provider_id, mapping, self.door_key, now)
        with self.snapshots.begin(self.provider_id, origin.collection, now) as snapshot:
            intake = TableIntake(
                origin=origin,
                reader=reader,
                survey=survey,
                registrar=self.registrar.trial() if is_dry_run else self.registrar,
                changed=ChangedEvents(self.door_key, snapshot, publisher, is_dry_run=is_dry_run),
                account=account,
                answers={who: answer.given for who, answer in answers.items()},
                lines=lines,
            )
            intake.take(
                table, lambda done: on_progress(ImportStage.IMPORTING.at(done, survey.rows))
            )
            publisher.flush()
            result = account.result(
                self.provider_id,
                (mapping.name, mapping.version),
                snapshot.vanished(),
                is_dry_run=is_dry_run,
            )
            if not is_dry_run:
                snapshot.accept()
        return result

    def _demand_own(self, mapping: TableMapping) -> None:
        if mapping.provider not in {None, self.provider_id}:
            raise MappingError(f"The mapping is of {mapping.provider}, not of {self.provider_id}.")
