"""Erasure: recorded in the ledger, carried out in every tray, then finished in our own tables.

A participant is active, being erased, or erased, and never goes back. From the entry on they have
no key, no salt and no standing: every decision about them is closed, the journal's bytes are noise,
and what still comes in is refused. The filter then retracts all that was ever disclosed.
Cut short anywhere, an erasure is recorded and not finished: calling it again goes on.
"""

from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, record
from consent_ledger.register.passport_numbers import all_active
from consent_ledger.register.recognition import counted_of
from schemas.errors import BusError
from schemas.identifiers import LedgerIndex, PassportNumber


class ErasureError(BusError):
    """An erasure that cannot be finished yet. It stays recorded, and every decision closed."""


def record_erasure(
    tx: LedgerTransaction, participant_id: PassportNumber, vault: Vault
) -> LedgerIndex | None:
    """Enter the erasure in the ledger; return its entry, None when it is finished already.

    All numbers of the person are erased together: they are parts of one change. What was counted of
    them is known as long as the vault opens what is kept, so it is taken away at once.

    Raises RegisterError when the number was never issued.
    """
    rows = tx.numbers_of(participant_id)
    if rows and rows[0].state != "active":
        return tx.erasure_of(rows[0].participant_id)
    people = [who for who, _ in all_active(rows)]
    entries = [
        NewEntry(EntryKind.ERASED, who, is_part=place > 0) for place, who in enumerate(people)
    ]
    seqs = record(tx, entries)
    for who in people:
        counted = counted_of(tx, vault, who.participant_id)
        tx.close_person(who.participant_id)
        tx.count_down(counted)
    return seqs[0]


def finish_erasure(tx: LedgerTransaction, participant_id: PassportNumber) -> None:
    """Take away the rows that are left, once every tray is without the person.

    The disclosures say what is to be retracted, so they go last.

    Raises ErasureError when the erasure is not enforced, or was never recorded.
    """
    rows = tx.numbers_of(participant_id)
    if rows and rows[0].state == "erased":
        return
    seq = tx.erasure_of(rows[0].participant_id) if rows else None
    if seq is None:
        raise ErasureError("The erasure is not in the ledger: record it first.")
    if not tx.is_enforced(seq):
        raise ErasureError(
            "The trays still hold something of the person.",
            "The filter retracts it when it runs: `nwd up` or `nwd run filter`.",
        )
    for row in rows:
        tx.forget_person(row.participant_id)
