"""The feed that the filter reads, against the entries."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from consent_ledger.ledger.ledger import CHANGES_NOTHING, ChangeRow
from consent_ledger.transparency.log_report import Fault
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.in_step import InStep
from consent_ledger.verification.people import PeopleCheck


class ChangesCheck:
    """Each entry has its row in the feed, but those that change nothing; nothing else has."""

    def __init__(self, rows: Iterable[ChangeRow], people: PeopleCheck) -> None:
        self._rows = InStep(rows)
        self._people = people
        self._findings = Findings("feed of changes")

    def take(self, seq: int, entry: dict[str, Any]) -> ChangeRow | None:
        """Hold an entry's row against it and return it; KeyError where the entry lacks something.

        None where the entry changes nothing, and where there is no row.
        """
        self._refuse(self._rows.below(seq))
        rows = self._rows.at(seq)
        if entry["kind"] in CHANGES_NOTHING:
            self._refuse(rows)
        elif not rows:
            self._findings.add(seq, "it is not there")
        elif not self._is_of(rows[0], seq, entry):
            self._findings.add(seq, "it says other than the entry")
        self._refuse(rows[1:])
        return rows[0] if rows and entry["kind"] not in CHANGES_NOTHING else None

    def finish(self) -> Iterator[Fault]:
        """Refuse what is left."""
        self._refuse(self._rows.below(None))
        yield from self._findings.faults()

    def _is_of(self, row: ChangeRow, seq: int, entry: dict[str, Any]) -> bool:
        return (
            row.kind == entry["kind"]
            and row.agreement_id == entry.get("agreement")
            and row.service_id == entry.get("service")
            and (row.with_seq is None or row.with_seq < seq)
            and row.recorded_at == datetime.fromisoformat(entry["at"])
            and self._is_about(row, entry.get("subject"))
        )

    def _is_about(self, row: ChangeRow, pseudonym: str | None) -> bool:
        if pseudonym is None:
            return row.participant_id is None and row.partition is None
        who = self._people.row_of(pseudonym)
        if who is None:  # erased: whose entry it was is no longer known
            return row.participant_id is None and row.partition is not None
        return (row.participant_id, row.partition) == (who.participant_id, who.partition)

    def _refuse(self, rows: Iterable[ChangeRow]) -> None:
        for row in rows:
            self._findings.add(row.seq, "there is a row that no entry asks for")
