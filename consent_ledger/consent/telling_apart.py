"""Saying of two numbers that they are two people's, though what is known of both is alike.

It is remembered of the pair. The entry names neither of them: whoever reads one person's entries
does not learn that somebody like them is registered. A later merge takes it back: numbers of one
person are no pair.
"""

import hashlib
from collections.abc import Sequence

from consent_ledger.consent.merges import MergeError
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, record
from consent_ledger.register.passport_numbers import NumberPair, all_active, in_order
from schemas.identifiers import LedgerIndex, PassportNumber


def tell_apart(
    tx: LedgerTransaction, participant_id: PassportNumber, other: PassportNumber
) -> LedgerIndex:
    """Remember that two numbers are two people's; return the entry's index.

    Raises MergeError when they are one person's, or are told apart already; RegisterError when a
    number was never issued, or is of a person erased.
    """
    pair = in_order(participant_id, other)
    # locked in the same order as by a merge
    first, second = (all_active(tx.numbers_of(number)) for number in pair)
    shown = in_order(*(people[0][0].participant_id for people in (first, second)))
    if shown[0] == shown[1]:
        raise MergeError(
            "The two numbers are one person's.", "`nwd participant unmerge` parts them."
        )
    if shown in tx.told_apart(shown):
        raise MergeError("The two are told apart already.")
    salts = {who.participant_id: salt for who, salt in (*first, *second)}
    facts = {"pair": pair_digest(pair, [salts[number] for number in pair])}
    (seq,) = record(tx, [NewEntry(EntryKind.TOLD_APART, facts=facts)])
    tx.tell_apart(pair, seq)
    return seq


def pair_digest(pair: NumberPair, salts: Sequence[bytes]) -> str:
    """Return what confirms a pair to who has the salts of both, which go with an erasure."""
    return hashlib.sha256(b"|".join((*salts, *(number.encode() for number in pair)))).hexdigest()
