"""Verifies the ledger: its log as such, and every table that decisions are made from.

The filter believes the tables. A standing that opens more than its entry would disclose more, and
the tree alone would never show it: so every row must be what the entries make of it.
"""

from dataclasses import replace

from pydantic_core import from_json
from sqlalchemy import Connection

from consent_ledger.transparency.log_report import Fault, LogPart, LogReport
from consent_ledger.transparency.log_rows import LogRows, stored_log
from consent_ledger.transparency.log_verification import verify_rows
from consent_ledger.transparency.note_keys import VerifierKey
from consent_ledger.verification.agreements import AgreementsCheck
from consent_ledger.verification.api_keys import ApiKeysCheck
from consent_ledger.verification.certificates import CertificatesCheck
from consent_ledger.verification.changes import ChangesCheck
from consent_ledger.verification.disclosures import DisclosuresCheck
from consent_ledger.verification.enforcements import EnforcementsCheck
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.people import PeopleCheck
from consent_ledger.verification.shards import check_shards
from consent_ledger.verification.standings import StandingsCheck
from consent_ledger.verification.table_rows import TableRows, stored_tables
from consent_ledger.verification.turns import TurnsCheck
from consent_ledger.verification.two_people import TwoPeopleCheck


def verify_ledger(
    connection: Connection, key: VerifierKey, known_checkpoint: str | bytes | None = None
) -> LogReport:
    """Verify the ledger as it is at this moment; see `verify_ledger_rows`.

    Raises TransparencyLogError also when the connection is in the middle of a transaction.
    """
    with stored_log(connection) as log, stored_tables(connection) as tables:
        return verify_ledger_rows(log, tables, key, known_checkpoint)


def verify_ledger_rows(
    log: LogRows, tables: TableRows, key: VerifierKey, known_checkpoint: str | bytes | None = None
) -> LogReport:
    """Verify the log, as `verify_rows` does and with its errors, and then the tables.

    Where an entry is altered or missing the tables are not judged: nobody knows what they must be.
    """
    comparison = _Comparison(tables)
    report = verify_rows(log, key, known_checkpoint, comparison.take)
    if any(fault.part is LogPart.ENTRY for fault in report.faults):
        return report
    return replace(report, faults=(*report.faults, *comparison.finish(report.size)))


class _Comparison:
    """Goes along with the entries, and holds the tables against them."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows
        self._people = PeopleCheck(rows.participants)
        self._changes = ChangesCheck(rows.changes, self._people)
        self._standings = StandingsCheck(self._people)
        self._terms = AgreementsCheck()
        self._disclosures = DisclosuresCheck(rows.batches, rows.disclosures)
        self._turns = TurnsCheck(rows.aborted_turns, rows.unentered_turns)
        self._enforcements = EnforcementsCheck(rows.enforcements, rows.shards, rows.sweeps)
        self._certificates = CertificatesCheck()
        self._api_keys = ApiKeysCheck()
        self._two_people = TwoPeopleCheck(self._people)
        self._unreadable = Findings("tables")

    def take(self, seq: int, leaf: bytes) -> None:
        """Take the next entry."""
        try:
            entry = from_json(leaf)
            self._people.take(seq, entry)
            change = self._changes.take(seq, entry)
            self._enforcements.take(seq, entry, change)
            self._standings.take(seq, entry)
            self._terms.take(seq, entry)
            self._disclosures.take(seq, entry)
            self._turns.take(seq, entry)
            self._certificates.take(seq, entry)
            self._api_keys.take(seq, entry)
            self._two_people.take(seq, entry)
        except (ValueError, LookupError, TypeError, AttributeError):
            self._unreadable.add(seq, "what it says cannot be read")

    def finish(self, size: int) -> tuple[Fault, ...]:
        """Return what is wrong with the tables of a log of that size."""
        rows = self._rows
        return (
            *self._unreadable.faults(),
            *self._people.finish(size),
            *self._changes.finish(),
            *self._standings.finish(rows.standings),
            *self._terms.finish(rows.versions, rows.services, rows.providers, size),
            *self._disclosures.finish(anybody_erased=self._people.anybody_erased),
            *self._turns.finish(),
            *self._enforcements.finish(size),
            *check_shards(rows.shards, rows.participants, size),
            *self._certificates.finish(rows.certificates),
            *self._api_keys.finish(rows.api_keys),
            *self._two_people.finish(rows.two_people),
        )
