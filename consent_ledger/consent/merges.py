"""Merging two passport numbers of one person, and taking that back.

Merged, the events of the one are shown under the other in every tray, and each consent change from
then on is entered for both. Each event stays under the standing of the number it was published
under, and the merge opens nothing. Where something else was said under the one than under the
other, the narrower holds for both until the person is asked (`reconciling.py`).

Unmerged, they are two people again: what was opened under the number that is parted may have been
another person's wish, so it is closed until this person is asked. What was closed stays so.
"""

from typing import Final, NamedTuple

from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.reconciling import ReconciledStanding, reconciled
from consent_ledger.consent.standing_entries import standing_entry
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, Subject, record
from consent_ledger.register.passport_numbers import active, all_active, in_order
from schemas.errors import BusError
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber

_OPENING: Final = frozenset(
    {EntryKind.GIVEN, EntryKind.RENEWED, EntryKind.INFORMED, EntryKind.OBJECTION_ENDED}
)


class PlannedMerge(NamedTuple):
    """Whose events are to be shown under whom, and the standings that are made the narrower."""

    who: Subject
    main: Subject
    reconciled: list[ReconciledStanding]


class MergeError(BusError):
    """Two numbers that cannot be merged, parted or told apart. Nothing was changed."""


def merge(
    tx: LedgerTransaction, participant_id: PassportNumber, into: PassportNumber
) -> LedgerIndex:
    """Show a number's events under another number from now on; return the entry's index.

    Raises what `plan_merge` does.
    """
    plan = plan_merge(tx, participant_id, into)
    facts = {"into": str(plan.main.ledger_id)}
    entries = [change.entry for change in plan.reconciled]
    first, *rest = record(tx, [NewEntry(EntryKind.MERGED, plan.who, facts=facts), *entries])
    tx.show_as(participant_id, into, first)
    for seq, change in zip(rest, plan.reconciled, strict=True):
        tx.set_standing(change.number, change.agreement_id, change.after._replace(seq=seq))
    return first


def plan_merge(
    tx: LedgerTransaction, participant_id: PassportNumber, into: PassportNumber
) -> PlannedMerge:
    """Return what a merge enters, and enter nothing; the numbers are locked.

    Raises MergeError when they are one already, or one of them is merged with a third;
    RegisterError when a number was never issued, or is of a person erased.
    """
    # locked in the same order by everybody: two merges, the one the other way round, wait in turn
    rows = {number: tx.numbers_of(number) for number in sorted((participant_id, into))}
    kept = all_active(rows[into])
    if participant_id in {who.participant_id for who, _ in kept}:
        raise MergeError("The two numbers are one person's already.")
    main = kept[0][0]
    if main.participant_id != into:
        raise MergeError(
            f"{into} is merged into another number itself.",
            "Merge into that one: it is in the person's copy (`nwd export`), where they do not know"
            " it.",
        )
    merged, *others = all_active(rows[participant_id])
    if others:
        raise MergeError(
            f"{participant_id} is merged with another number.",
            "Unmerge that first, or merge the other way round.",
        )
    return PlannedMerge(merged[0], main, reconciled(tx, [merged, *kept]))


def unmerge(tx: LedgerTransaction, participant_id: PassportNumber) -> LedgerIndex:
    """Show a number's events under itself again, and close what was opened in the meantime.

    The two are told apart by that: nobody is asked again whether they are one person.

    Returns the index of the entry that begins the change.

    Raises MergeError when it is not merged into another one; RegisterError when the number was
    never issued, or is of a person erased.
    """
    rows = {row.participant_id: row for row in tx.numbers_of(participant_id)}
    row = rows.get(participant_id)
    who, salt = active(row)
    if row is None or row.merged_into is None or row.named_seq is None:
        raise MergeError(f"{participant_id} is not merged into another number.")
    closed = _closed_again(tx, who, salt, row.named_seq)
    entries = [entry for entry, _ in closed.values()]
    first, *rest = record(tx, [NewEntry(EntryKind.UNMERGED, who), *entries])
    tx.show_as(participant_id, None, first)
    tx.tell_apart(in_order(participant_id, row.merged_into), first)
    for seq, (agreement_id, (_, after)) in zip(rest, closed.items(), strict=True):
        tx.set_standing(participant_id, agreement_id, after._replace(seq=seq))
    return first


def _closed_again(
    tx: LedgerTransaction, who: Subject, salt: bytes, merged_seq: LedgerIndex
) -> dict[AgreementId, tuple[NewEntry, Standing]]:
    """Return, by agreement, what closes whatever was opened since a number was merged."""
    since = tx.changes_after(who.participant_id, merged_seq)
    opened = {row.agreement_id for row in since if row.agreement_id and row.kind in _OPENING}
    unpaused = {row.agreement_id for row in since if row.kind == EntryKind.OBJECTION_ENDED}
    closed = {}
    for agreement_id, in_force in sorted(tx.agreements_in_force().agreements.items()):
        if agreement_id not in opened:
            continue
        before = tx.standing(who.participant_id, agreement_id)
        after = before.without(before.granted)._replace(
            is_informed=False, has_objected=before.has_objected or agreement_id in unpaused
        )
        agreement = in_force.agreement
        entry = standing_entry(EntryKind.UNMERGED, who, salt, agreement, after, is_part=True)
        closed[agreement_id] = entry, after
    return closed
