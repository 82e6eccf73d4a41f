"""Erasure: recorded in the ledger, carried out in every tray, then finished in our own tables.

A participant is active, being erased, or erased, and never goes back. From the entry on they have
no key, no salt and no permission: every decision about them is closed, what the journal holds is
noise, and what still comes in is refused. The filter then retracts all that was ever disclosed.
Cut short anywhere, an erasure is recorded and not finished: calling it again goes on.
"""

from typing import Generic

from consent_ledger.ledger.entries import Kind
from consent_ledger.ledger.ledger import Handle, Ledger, NewEntry
from consent_ledger.register.register import all_active
from schemas.errors import BusError


class ErasureError(BusError):
    """An erasure that cannot be finished yet. It stays recorded, and every decision closed."""


class Erasure(Generic[Handle]):
    """Erases participants, in the caller's transaction, known by a handle."""

    def __init__(self, ledger: Ledger[Handle]) -> None:
        self._ledger = ledger

    def record(self, handle: Handle, participant_id: str) -> int | None:
        """Enter the erasure in the ledger; return its entry, None when it is finished already.

        All numbers of the person are erased together: they are parts of one change.

        Raises:
            RegisterError: the number was never issued.

        """
        records = self._ledger.records_of(handle)
        rows = records.numbers_of(participant_id)
        if rows and rows[0].state != "active":
            return records.erasure_of(rows[0].participant_id)
        people = [who for who, _ in all_active(rows)]
        entries = [
            NewEntry(Kind.ERASED, who, is_part=place > 0) for place, who in enumerate(people)
        ]
        seqs = self._ledger.record(handle, entries)
        for who in people:
            records.close_person(who.participant_id)
        return seqs[0]

    def finish(self, handle: Handle, participant_id: str) -> None:
        """Take away the rows that are left, once every tray is without the person.

        The disclosures say what is to be retracted, so they go last.

        Raises:
            ErasureError: the erasure is not enforced, or was never recorded.

        """
        records = self._ledger.records_of(handle)
        rows = records.numbers_of(participant_id)
        if rows and rows[0].state == "erased":
            return
        seq = records.erasure_of(rows[0].participant_id) if rows else None
        if seq is None:
            raise ErasureError("The erasure is not in the ledger: record it first.")
        if not records.is_enforced(seq):
            raise ErasureError(
                "The trays still hold something of the person.",
                "The filter retracts it when it runs: `nwd up` or `nwd run filter`.",
            )
        for row in rows:
            records.forget_person(row.participant_id)
