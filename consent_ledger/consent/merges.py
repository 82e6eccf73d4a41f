"""Merging two passport numbers of one person, and taking that back.

Merged, the events of the one are shown under the other in every tray, and whatever the person says
from then on is entered for both. The merging itself opens nothing and closes nothing: each event
stays under what was said of the number it was published under.

Unmerged, they are two people again: then what was opened under the number that is parted may have
been said by somebody else, so it is closed until this person is asked. What was closed stays so.
"""

from typing import Final, Generic

from consent_ledger.consent.consent import standing_entry
from consent_ledger.consent.decisions import Standing
from consent_ledger.ledger.entries import Kind
from consent_ledger.ledger.ledger import Handle, Ledger, NewEntry, Subject
from consent_ledger.register.register import active, all_active
from consent_ledger.transaction import Records
from schemas.errors import BusError

_OPENING: Final = frozenset({Kind.GIVEN, Kind.RENEWED, Kind.INFORMED, Kind.OBJECTION_ENDED})


class MergeError(BusError):
    """Two numbers that cannot be merged, or one that cannot be parted. Nothing was changed."""


class Merging(Generic[Handle]):
    """Merges and unmerges numbers, in the caller's transaction, known by a handle.

    Both methods return the sequence number of the entry and raise RegisterError where a number was
    never issued, or is of somebody erased.
    """

    def __init__(self, ledger: Ledger[Handle]) -> None:
        self._ledger = ledger

    def merge(self, handle: Handle, participant_id: str, into: str) -> int:
        """Show a number's events under another number from now on.

        Raises:
            MergeError: they are one already, or one of them is merged with a third.

        """
        records = self._ledger.records_of(handle)
        kept = [who for who, _ in all_active(records.numbers_of(into))]
        if participant_id in {one.participant_id for one in kept}:
            raise MergeError("The two numbers are one person's already.")
        to = kept[0]
        if to.participant_id != into:
            raise MergeError(
                f"{into} is shown as {to.participant_id} itself.",
                f"Merge into {to.participant_id}.",
            )
        who, *others = [who for who, _ in all_active(records.numbers_of(participant_id))]
        if others:
            raise MergeError(
                f"{participant_id} is merged with another number.",
                "Unmerge that first, or merge the other way round.",
            )
        entry = NewEntry(Kind.MERGED, who, facts={"into": str(to.ledger_id)})
        (seq,) = self._ledger.record(handle, [entry])
        records.show_as(participant_id, into, seq)
        return seq

    def unmerge(self, handle: Handle, participant_id: str) -> int:
        """Show a number's events under itself again, and close what was opened in the meantime.

        Raises:
            MergeError: it is not merged into another one.

        """
        records = self._ledger.records_of(handle)
        rows = {row.participant_id: row for row in records.numbers_of(participant_id)}
        row = rows.get(participant_id)
        who, salt = active(row)
        if row is None or row.merged_into is None or row.named_seq is None:
            raise MergeError(f"{participant_id} is not merged into another number.")
        closed = _closed_again(records, who, salt, row.named_seq)
        entries = [entry for entry, _ in closed.values()]
        first, *rest = self._ledger.record(handle, [NewEntry(Kind.UNMERGED, who), *entries])
        records.show_as(participant_id, None, first)
        for seq, (agreement_id, (_, after)) in zip(rest, closed.items(), strict=True):
            records.set_standing(participant_id, agreement_id, after._replace(seq=seq))
        return first


def _closed_again(
    records: Records, who: Subject, salt: bytes, merged_seq: int
) -> dict[str, tuple[NewEntry, Standing]]:
    """Return, by agreement, what closes whatever was opened since a number was merged."""
    said = records.said_since(who.participant_id, merged_seq)
    opened = {one.agreement_id for one in said if one.agreement_id and one.kind in _OPENING}
    unpaused = {one.agreement_id for one in said if one.kind == Kind.OBJECTION_ENDED}
    closed = {}
    for agreement_id, in_force in sorted(records.terms().agreements.items()):
        if agreement_id not in opened:
            continue
        before = records.standing(who.participant_id, agreement_id)
        after = before.without(before.granted)._replace(
            is_informed=False, has_objected=before.has_objected or agreement_id in unpaused
        )
        agreement = in_force.agreement
        entry = standing_entry(Kind.UNMERGED, who, salt, agreement, after, is_part=True)
        closed[agreement_id] = entry, after
    return closed
