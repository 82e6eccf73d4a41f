"""A recipient's tray, for its reader who comes over HTTP: pages of it, and the table of it."""

import tempfile
from datetime import timedelta
from enum import StrEnum
from typing import IO, Final

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import read_agreements
from consumers.inbox.current_records import current_records
from consumers.inbox.cursor import TrayCursor
from consumers.inbox.files import write_csv, write_workbook
from consumers.inbox.open_readers import OpenReaders
from consumers.inbox.page import Page, read_page
from consumers.inbox.reading import note_cursor
from consumers.inbox.table import columns_of, rows_of
from consumers.tray import NoTrayError, PositionLostError
from deploy.broker.rules import is_in_inbox
from deploy.broker.topics import TOMBSTONE_DAYS
from deploy.home.kafka_users import HubUser
from deploy.home.suspended import read_suspended
from deploy.hub import Hub
from schemas.identifiers import AgreementId, OrganisationId
from schemas.trays import out_tray

ABSENCE_LIMIT: Final = timedelta(days=TOMBSTONE_DAYS)


class TableForm(StrEnum):
    """The form of a table, by the ending of its file."""

    CSV = "csv"
    WORKBOOK = "xlsx"


class Inbox:
    """Reads trays as the hub's user for that; `close` ends its connections."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._readers = OpenReaders(hub.kafka(HubUser.INBOX))

    def page(
        self,
        organisation: OrganisationId,
        agreement_id: AgreementId,
        after: TrayCursor | None,
        most: int,
    ) -> Page:
        """Return what stands behind a cursor, and note that what is before it was read.

        Raises as `read_page` and `demand_reader` do.
        """
        self.demand_reader(organisation, agreement_id)
        now = self._hub.clock()
        with self._readers.reader_of(out_tray(agreement_id)) as reader:
            page = read_page(reader, after, most=most, now=now, absence_limit=ABSENCE_LIMIT)
        if after is not None:
            with self._hub.engine.begin() as connection:
                note_cursor(connection, agreement_id, organisation, after, now)
        return page

    def table(
        self, organisation: OrganisationId, agreement_id: AgreementId, form: TableForm
    ) -> IO[bytes]:
        """Return a file without a name that holds the tray as it stands.

        Raises as `demand_reader` and `read_tray` do, and TooLongError.
        """
        agreement = self.demand_reader(organisation, agreement_id)
        columns = columns_of(agreement.categories)
        kafka = self._hub.kafka(HubUser.INBOX)
        rows = rows_of(current_records(kafka, out_tray(agreement_id)), columns)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
        try:
            if form is TableForm.CSV:
                write_csv(file, columns, rows)
            else:
                with tempfile.TemporaryDirectory(prefix="nwd-table-") as folder:
                    write_workbook(file, columns, rows, folder)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def look(
        self, organisation: OrganisationId, agreement_id: AgreementId, after: TrayCursor
    ) -> tuple[bool, TrayCursor]:
        """Return whether anything stands behind a cursor, and a cursor behind all of it.

        Nothing is taken for read. Raises as `page` does, but that a cursor which cannot be
        continued has something behind it.
        """
        self.demand_reader(organisation, agreement_id)
        now = self._hub.clock()
        try:
            with self._readers.reader_of(out_tray(agreement_id)) as reader:
                page = read_page(reader, after, most=1, now=now, absence_limit=ABSENCE_LIMIT)
        except PositionLostError:
            return True, self.end(agreement_id)
        if not page.records:
            return False, page.cursor
        return True, self.end(agreement_id)

    def end(self, agreement_id: AgreementId) -> TrayCursor:
        """Return a cursor behind all that stands in a tray. Raises TrayError, KafkaAwayError."""
        now = int(self._hub.clock().timestamp())
        with self._readers.reader_of(out_tray(agreement_id)) as reader:
            ends = reader.readable_ends()
            return TrayCursor(reader.topic_id, now, tuple(ends[n] for n in reader.partitions))

    def reader_of(self, agreement_id: AgreementId) -> OrganisationId:
        """Return who reads a tray over HTTP. NoTrayError where nobody does."""
        with self._hub.engine.connect() as connection:
            found = read_agreements(connection).agreements.get(agreement_id)
        if found is None or not is_in_inbox(found.agreement):
            raise NoTrayError(
                f"There is no tray of {agreement_id} that is read over HTTP.",
                "The hub's own are not; `nwd agreements list` has the agreements.",
            )
        return OrganisationId(found.agreement.reader)

    def demand_reader(self, organisation: OrganisationId, agreement_id: AgreementId) -> Agreement:
        """Return the agreement in force by which an organisation reads a tray.

        Raises NoTrayError where there is none: of another's tray as of none.
        """
        with self._hub.engine.connect() as connection:
            found = read_agreements(connection).agreements.get(agreement_id)
        is_reader = (
            found is not None
            and is_in_inbox(found.agreement)
            and found.agreement.reader == organisation
            and organisation not in read_suspended(self._hub.settings.home)
        )
        if found is None or not is_reader:
            raise NoTrayError("There is no such tray for this key.")
        return found.agreement

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._readers.close()
