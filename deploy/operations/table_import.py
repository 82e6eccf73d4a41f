"""A table of one organisation, imported or tried, with what becomes of each row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from deploy.broker.in_trays import open_in_trays
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.operations.dry_run import DryRun, Reach
from deploy.operations.members import Members, read_members
from deploy.operations.registrar import HubRegistrar
from deploy.operations.row_reaches import RowReaches
from deploy.operations.service_warnings import NotedReferrals, NotingPublisher
from producers.answers import ReadAnswer
from producers.progress import OnProgress
from producers.snapshots.store import PostgresSnapshots
from producers.tables.importer import NO_ANSWERS, TableImporter
from producers.tables.mapping import Mapping as TableMapping
from producers.tables.result import RowDone, TableResult
from producers.tables.result_file import RowOutcome
from producers.tables.table import Table
from schemas.events import Event
from schemas.identifiers import ProviderId


@dataclass
class TableImport:
    """One import, or a dry run of it, and what is noted of its rows for the file of results."""

    hub: Hub
    provider_id: ProviderId
    table: Table
    mapping: TableMapping
    answers: Mapping[str, ReadAnswer] = field(default_factory=lambda: NO_ANSWERS)
    is_noted: bool = True
    reaches: list[Reach] = field(default_factory=list)
    """In a dry run: what each recipient would get."""
    unseen: int = 0
    """In a dry run: the events that nobody would see yet, but as a figure."""
    row_reaches: RowReaches = field(default_factory=RowReaches)
    """In a dry run: who would see what of each row that would be published."""
    referrals: NotedReferrals = field(default_factory=NotedReferrals)
    _rows: dict[int, RowOutcome] = field(default_factory=dict)

    def dry_run(self, on_progress: OnProgress = lambda _: None) -> TableResult:
        """Try the table. Raises what `TableImporter.dry_run` does."""
        importer = self._importer()
        with self.hub.engine.connect() as connection:
            tried = DryRun(connection, self.hub.clock)
            self.row_reaches = RowReaches(tried.recipients, tried.figures)
            done = importer.dry_run(
                *(self.table, self.mapping, self._taker(tried)),
                answers=self.answers,
                on_row=partial(self._note, is_number_told=False),
                on_progress=on_progress,
            )
            self.reaches, self.unseen = tried.reaches(), tried.unseen
        return done

    def run(self, on_progress: OnProgress = lambda _: None) -> TableResult:
        """Import the table. Raises what `TableImporter.run` does."""
        with open_in_trays(self.hub.kafka(HubUser.DOORS)) as trays:
            return self._importer().run(
                *(self.table, self.mapping, NotingPublisher(trays, self.referrals)),
                answers=self.answers,
                on_row=partial(self._note, is_number_told=True),
                on_progress=on_progress,
            )

    def outcomes(self) -> dict[int, RowOutcome]:
        """Return what became of each row, by line; in a dry run, with who would get it."""
        for line, (recipients, to_ask) in self.row_reaches.texts().items():
            self._rows[line] = self._rows[line]._replace(recipients=recipients, to_ask=to_ask)
        return self._rows

    def _importer(self) -> TableImporter:
        hub = self.hub
        return TableImporter(
            self.provider_id,
            hub.secrets.door_key(self.provider_id),
            HubRegistrar(hub.ledger, hub.register),
            PostgresSnapshots(hub.engine),
            hub.clock,
            service_names(read_members(hub.settings)),
        )

    def _note(self, done: RowDone, *, is_number_told: bool) -> None:
        if self.is_noted:
            number = (done.participant_id or "") if is_number_told else ""
            self._rows[done.line] = RowOutcome(
                done.status.value, "; ".join(done.reasons), number=number
            )

    def _taker(self, tried: DryRun) -> Callable[[int, Event], None]:
        def take(line: int, event: Event) -> None:
            self.row_reaches.add(line, tried.take(event))
            self.referrals.note(event)

        return take


def service_names(members: Members) -> dict[str, str]:
    """Return the names of all services that the bus knows, by id."""
    return {service.id: service.name for service in members.directory.services}
