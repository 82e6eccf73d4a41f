"""The register's and the ledger's rows in memory."""

from collections.abc import Sequence

from consent_ledger.agreements.in_force import Terms
from consent_ledger.consent.decisions import NO_STANDING, Standing
from consent_ledger.journal.disclosures import GONE
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.transaction import ChangeRow
from tests.simulation.database import MemoryDatabase


class MemoryRecords:
    """See `Records`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def numbers_of(self, participant_id: str) -> list[ParticipantRow]:
        """See `Records`. Nobody else is here who could change them."""
        people = self._database.participants
        if participant_id not in people:
            return []
        main = people[participant_id].shown_as
        others = [one for one in people.values() if one.merged_into == main]
        return [people[main], *sorted(others)]

    def standing(self, participant_id: str, agreement_id: str) -> Standing:
        """See `Records`."""
        return self._database.standings.get(participant_id, {}).get(agreement_id, NO_STANDING)

    def set_standing(self, participant_id: str, agreement_id: str, new: Standing) -> None:
        """See `Records`."""
        held = self._database.standings.setdefault(participant_id, {})
        before = held.get(agreement_id)
        held[agreement_id] = new
        self._database.undo.append(lambda: _put_back(held, agreement_id, before))

    def show_as(self, participant_id: str, other: str | None, seq: int) -> None:
        """See `Records`."""
        self._database.keep("participants")
        row = self._database.participants[participant_id]
        row = row._replace(merged_into=other, named_seq=seq)
        self._database.participants[participant_id] = row

    def said_since(self, participant_id: str, seq: int) -> list[ChangeRow]:
        """See `Records`."""
        return [
            one
            for one in self._database.changes
            if one.participant_id == participant_id and one.seq > seq
        ]

    def terms(self) -> Terms:
        """See `Records`."""
        return self._database.terms

    def sealed_key(self, participant_id: str) -> bytes | None:
        """See `Records`."""
        return self._database.keys.get(participant_id)

    def set_sealed_key(self, participant_id: str, sealed_key: bytes) -> None:
        """See `Records`."""
        self._database.keep("keys")
        self._database.keys[participant_id] = sealed_key

    def close_person(self, participant_id: str) -> None:
        """See `Records`."""
        database = self._database
        database.keep("participants", "keys", "standings")
        row = database.participants[participant_id]
        database.participants[participant_id] = row._replace(state="erasing", salt=None)
        del database.keys[participant_id]
        database.standings.pop(participant_id, None)

    def erasure_of(self, participant_id: str) -> int | None:
        """See `Records`."""
        return self._database.erasures().get(participant_id)

    def is_enforced(self, seq: int) -> bool:
        """See `Records`."""
        parts = [one.seq for one in self._database.changes if seq in (one.seq, one.with_seq)]
        return all(one.next_seq > max(parts) for one in self._database.shards.values())

    def forget_person(self, participant_id: str) -> None:
        """See `Records`."""
        database = self._database
        database.keep("participants", "journal", "disclosures", "events_by_person", "changes")
        row = database.participants[participant_id]
        database.participants[participant_id] = row._replace(
            state="erased", ledger_id=None, merged_into=None, named_seq=None
        )
        for key in database.events_by_person.pop(participant_id, ()):
            database.journal.pop(key)
            database.disclosures.pop(key, None)
        for key, sent in list(database.disclosures.items()):
            if any(one.shown_as == participant_id for _, one in sent):
                database.disclosures[key] = [
                    (turn, one._replace(shown_as=GONE) if one.shown_as == participant_id else one)
                    for turn, one in sent
                ]
        for at, one in enumerate(database.changes):
            if one.participant_id == participant_id:
                database.changes[at] = one._replace(participant_id=None)

    def append(self, leaves: Sequence[bytes]) -> range:
        """See `Records`."""
        log = self._database.leaves
        size = len(log)
        log.extend(leaves)
        self._database.undo.append(lambda: log.__delitem__(slice(size, None)))
        return range(size, len(log))

    def add_changes(self, changes: Sequence[ChangeRow]) -> None:
        """See `Records`."""
        feed = self._database.changes
        size = len(feed)
        feed.extend(changes)
        self._database.undo.append(lambda: feed.__delitem__(slice(size, None)))


def _put_back(held: dict[str, Standing], key: str, before: Standing | None) -> None:
    if before is None:
        held.pop(key, None)
    else:
        held[key] = before
