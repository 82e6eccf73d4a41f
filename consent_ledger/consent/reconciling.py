"""Two numbers of one person of which different things were said: the narrower holds for both.

Consent is compared where it was answered under both: a number under which nobody was asked, or what
was said has run out, says nothing against what was granted under the other. An objection is the
person's, and holds for all of their numbers. So nothing is opened; what is closed stays so until
the person is asked.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Final, NamedTuple

from consent_ledger.consent.decisions import NO_STANDING, Standing
from consent_ledger.consent.standing_entries import standing_entry
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, Subject
from schemas.categories import NOTHING
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber

_ANSWERS: Final = frozenset(
    {
        EntryKind.GIVEN,
        EntryKind.RENEWED,
        EntryKind.NARROWED,
        EntryKind.REFUSED,
        EntryKind.WITHDRAWN,
    }
)
"""Entries after which consent was said yes or no to."""
_NO_ANSWER_ANY_MORE: Final = frozenset({EntryKind.EXPIRED, EntryKind.UNMERGED})
"""Entries after which the person is to be asked: what was said before says nothing now."""


class ReconciledStanding(NamedTuple):
    """A number's standing before, and as the narrower, with the entry that says so."""

    number: PassportNumber
    agreement_id: AgreementId
    before: Standing
    after: Standing
    entry: NewEntry


def reconciled(
    tx: LedgerTransaction, numbers: Sequence[tuple[Subject, bytes]]
) -> list[ReconciledStanding]:
    """Return the standings of these numbers of one person, with their salts, that are to change."""
    answered = {who.participant_id: _answered(tx, who.participant_id) for who, _ in numbers}
    now, found = tx.now(), []
    for agreement_id, in_force in sorted(tx.agreements_in_force().agreements.items()):
        held = {
            who.participant_id: tx.standing(who.participant_id, agreement_id) for who, _ in numbers
        }
        said = {
            number: standing
            for number, standing in held.items()
            if agreement_id in answered[number] and not standing.has_run_out(now)
        }
        narrower = reduce(Standing.and_also, said.values()) if said else NO_STANDING
        has_objected = any(standing.has_objected for standing in held.values())
        for who, salt in numbers:
            number = who.participant_id
            before = held[number]
            after = _as_narrow(before, narrower) if number in said else before
            after = after._replace(has_objected=has_objected)
            if after != before:
                agreement = in_force.agreement
                entry = standing_entry(
                    EntryKind.RECONCILED, who, salt, agreement, after, is_part=True
                )
                found.append(ReconciledStanding(number, agreement_id, before, after, entry))
    return found


def _as_narrow(before: Standing, narrower: Standing) -> Standing:
    """Return a standing with the consent of the narrower, and its own of all else."""
    after = before._replace(
        granted=narrower.granted, until=narrower.until, excluded=narrower.excluded
    )
    return after.without(NOTHING)


def _answered(tx: LedgerTransaction, number: PassportNumber) -> set[AgreementId]:
    """Return the agreements to which somebody has answered whether they consent."""
    last = {
        row.agreement_id: row.kind
        for row in tx.changes_after(number, LedgerIndex(-1))
        if row.agreement_id and row.kind in _ANSWERS | _NO_ANSWER_ANY_MORE
    }
    return {agreement_id for agreement_id, kind in last.items() if kind in _ANSWERS}
