"""The unit of work in memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from typing_extensions import override

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import AgreementsInForce, InForce, Mark
from consent_ledger.agreements.services import Provider, Service
from consent_ledger.consent.decisions import NO_STANDING, Standing
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.journal.disclosures import GONE
from consent_ledger.journal.sealed_keys import EpochInUseError, Holder, SealedKey
from consent_ledger.journal.vault import EPOCH_BYTES
from consent_ledger.ledger.clock import Clock
from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.register.look_ups import NotedLookUp
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.register.register_rows import (
    KnownNumber,
    KnownReferences,
    NewParticipant,
    Reference,
)
from schemas.categories import Mask
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ProviderId
from tests.support.memory.database import MemoryDatabase
from tests.support.memory.identity_rows import MemoryIdentityRows

_KEYS = {Holder.PARTICIPANT: "keys", Holder.DEAD_LETTER: "letter_keys"}


class MemoryLedgerTransaction(MemoryIdentityRows, LedgerTransaction):
    """The rows of a database in memory; nobody else is here who could change them meanwhile."""

    def __init__(self, database: MemoryDatabase, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock

    @override
    def now(self) -> datetime:
        return self._clock()

    @override
    def append(self, leaves: Sequence[bytes]) -> Sequence[LedgerIndex]:
        log = self._database.leaves
        size = len(log)
        log.extend(leaves)
        self._database.undo.append(lambda: log.__delitem__(slice(size, None)))
        return [LedgerIndex(index) for index in range(size, len(log))]

    @override
    def add_changes(self, changes: Sequence[ChangeRow]) -> None:
        feed = self._database.changes
        size = len(feed)
        feed.extend(changes)
        self._database.undo.append(lambda: feed.__delitem__(slice(size, None)))

    @override
    def numbers_of(self, participant_id: PassportNumber) -> list[ParticipantRow]:
        people = self._database.participants
        if participant_id not in people:
            return []
        main = people[participant_id].shown_as
        others = [row for row in people.values() if row.merged_into == main]
        return [people[main], *sorted(others)]

    @override
    def is_provider(self, provider_id: ProviderId) -> bool:
        return provider_id in self._database.terms.providers

    @override
    def numbers_of_all(self, participant_ids: Collection[PassportNumber]) -> list[KnownNumber]:
        people, keys = self._database.participants, self._database.keys
        shown = {people[number].shown_as for number in participant_ids if number in people}
        known = {number for _, number in self._database.match_keys}
        return [
            KnownNumber(row, keys.get(number), number in known)
            for number, row in sorted(people.items())
            if row.shown_as in shown
        ]

    @override
    def issued(self, participant_ids: Collection[PassportNumber]) -> set[PassportNumber]:
        return self._database.participants.keys() & set(participant_ids)

    @override
    def key_epochs(self) -> set[bytes]:
        return set(self._database.epochs)

    @override
    def add_participants(self, new: Sequence[NewParticipant]) -> None:
        self._database.keep("participants", "keys")
        for one in new:
            self._database.participants[one.participant_id] = ParticipantRow(
                one.participant_id, one.ledger_id, one.partition, "active", one.salt
            )
            self._database.keys[one.participant_id] = one.sealed_key

    @override
    def references(self, asked: Collection[Reference]) -> KnownReferences:
        held = self._database.references
        return KnownReferences(
            {reference: held[reference] for reference in asked if reference in held},
            frozenset({digest for _, digest in asked} & self._database.erased_references),
        )

    @override
    def link_references(self, numbers: Mapping[Reference, PassportNumber]) -> None:
        self._database.keep("references", "erased_references")
        self._database.references = {**numbers, **self._database.references}
        self._database.erased_references -= {digest for _, digest in numbers}

    @override
    def note_look_ups(self, provider_id: ProviderId, looked_up: Iterable[NotedLookUp]) -> None:
        self._database.keep("look_ups")
        self._database.look_ups += [(provider_id, *noted) for noted in looked_up]

    @override
    def agreements_in_force(self) -> AgreementsInForce:
        return self._database.terms

    @override
    def add_version(self, agreement: Agreement, body: Mapping[str, Any], seq: LedgerIndex) -> None:
        before = self._database.terms
        version = {agreement.id: InForce(agreement, seq)}
        self._set_terms(replace(before, agreements=before.agreements | version))

    @override
    def set_provider(self, provider: Provider) -> None:
        before = self._database.terms
        self._set_terms(replace(before, providers=before.providers | {provider.id}))

    @override
    def set_service(self, service: Service, seq: LedgerIndex) -> None:
        before = self._database.terms
        mark = {service.id: Mark(service.sensitive, seq)}
        self._set_terms(replace(before, services=before.services | mark))

    @override
    def participants_granting(
        self, agreement_id: AgreementId, categories: Mask
    ) -> list[ParticipantRow]:
        rows = [self._database.participants[number] for number in self._database.standings]
        return sorted(
            row
            for row in rows
            if row.state == "active"
            and self.standing(row.participant_id, agreement_id).granted & categories
        )

    @override
    def standing(self, participant_id: PassportNumber, agreement_id: AgreementId) -> Standing:
        return self._database.standings.get(participant_id, {}).get(agreement_id, NO_STANDING)

    @override
    def standings_towards(
        self, agreement_id: AgreementId, participant_ids: Sequence[PassportNumber]
    ) -> tuple[Agreement, dict[PassportNumber, Standing]] | None:
        if agreement_id not in (known := self._database.terms.agreements):
            return None
        held = {number: self.standing(number, agreement_id) for number in participant_ids}
        return known[agreement_id].agreement, held

    @override
    def set_standing(
        self, participant_id: PassportNumber, agreement_id: AgreementId, new: Standing
    ) -> None:
        held = self._database.standings.setdefault(participant_id, {})
        before = held.get(agreement_id)
        held[agreement_id] = new
        self._database.undo.append(lambda: _put_back(held, agreement_id, before))

    @override
    def changes_after(self, participant_id: PassportNumber, seq: int) -> list[ChangeRow]:
        return [
            row
            for row in self._database.changes
            if row.participant_id == participant_id and row.seq > seq
        ]

    @override
    def show_as(
        self, participant_id: PassportNumber, other: PassportNumber | None, seq: LedgerIndex
    ) -> None:
        self._database.keep("participants")
        row = self._database.participants[participant_id]
        row = row._replace(merged_into=other, named_seq=seq)
        self._database.participants[participant_id] = row

    @override
    def begin_epoch(self, epoch: bytes) -> None:
        self._database.keep("epochs")
        self._database.epochs |= {epoch}

    @override
    def keys_of_other_epochs(
        self, holder: Holder, epoch: bytes, *, after: str, limit: int
    ) -> list[SealedKey]:
        held = sorted(getattr(self._database, _KEYS[holder]).items())
        found = (SealedKey(*one) for one in held if one[0] > after)
        return [*islice((one for one in found if _epoch(one.sealed) != epoch), limit)]

    @override
    def set_sealed_keys(self, holder: Holder, keys: Sequence[SealedKey]) -> None:
        self._database.keep(_KEYS[holder])
        getattr(self._database, _KEYS[holder]).update(keys)

    @override
    def destroy_keys_of_erased(self) -> None:
        self._database.keep("keys")
        people = self._database.participants
        for number in [one for one in self._database.keys if people[one].state != "active"]:
            del self._database.keys[number]

    @override
    def end_other_epochs(self, epoch: bytes) -> None:
        held = (
            sealed for name in _KEYS.values() for sealed in getattr(self._database, name).values()
        )
        if any(_epoch(sealed) != epoch for sealed in held):
            raise EpochInUseError("A key is still sealed under an older journal key.")
        self._database.keep("epochs")
        self._database.epochs = {epoch}

    @override
    def close_person(self, participant_id: PassportNumber) -> None:
        database = self._database
        database.keep("participants", "keys", "standings", "erased_references")
        row = database.participants[participant_id]
        database.participants[participant_id] = row._replace(state="erasing", salt=None)
        database.keys.pop(participant_id)
        database.erased_references |= {
            digest
            for (_, digest), number in database.references.items()
            if number == participant_id
        }
        self._forget_how_they_are_known(participant_id)

    @override
    def erasure_of(self, participant_id: PassportNumber) -> LedgerIndex | None:
        return self._database.erasures().get(participant_id)

    @override
    def is_enforced(self, seq: int) -> bool:
        parts = [row.seq for row in self._database.changes if seq in (row.seq, row.with_seq)]
        shards = self._database.shards.values()
        swept = {seq for sweep in self._database.sweeps.values() for seq in sweep.seqs}
        return swept.isdisjoint(parts) and all(
            shard.next_seq > max(parts) for shard in shards if not shard.is_retired
        )

    @override
    def forget_person(self, participant_id: PassportNumber) -> None:
        database = self._database
        database.keep(
            *("participants", "journal", "disclosures", "events_by_person", "changes"),
            *("standings", "waiting"),
        )
        row = database.participants[participant_id]
        database.participants[participant_id] = row._replace(
            state="erased", ledger_id=None, merged_into=None, named_seq=None
        )
        self._forget_how_they_are_known(participant_id)
        for key in database.events_by_person.pop(participant_id, ()):
            database.journal.pop(key)
            database.disclosures.pop(key, None)
        database.waiting = {
            one: since
            for one, since in database.waiting.items()
            if one.participant_id != participant_id
        }
        for key, sent in list(database.disclosures.items()):
            if any(one.shown_as == participant_id for _, one in sent):
                database.disclosures[key] = [
                    (
                        turn,
                        replace(one, shown_as=PassportNumber(GONE))
                        if one.shown_as == participant_id
                        else one,
                    )
                    for turn, one in sent
                ]
        for at, change in enumerate(database.changes):
            if change.participant_id == participant_id:
                database.changes[at] = change._replace(participant_id=None)

    def _forget_how_they_are_known(self, participant_id: PassportNumber) -> None:
        database = self._database
        database.keep("references", "match_keys", "look_ups", "kept_identities")
        database.keep("telling_numbers", "two_people")
        database.telling_numbers = {
            place: number
            for place, number in database.telling_numbers.items()
            if participant_id not in place
        }
        database.two_people = {
            pair: seq for pair, seq in database.two_people.items() if participant_id not in pair
        }
        database.kept_identities = {
            place: sealed
            for place, sealed in database.kept_identities.items()
            if participant_id not in place
        }
        database.look_ups = [row for row in database.look_ups if participant_id not in row]
        database.standings.pop(participant_id, None)
        database.references = {
            place: number
            for place, number in database.references.items()
            if number != participant_id
        }
        database.match_keys = {
            (key, number) for key, number in database.match_keys if number != participant_id
        }

    def _set_terms(self, terms: AgreementsInForce) -> None:
        self._database.keep("terms")
        self._database.terms = terms


def _epoch(sealed: bytes) -> bytes:
    return sealed[:EPOCH_BYTES]


def _put_back(held: dict[AgreementId, Standing], key: AgreementId, before: Standing | None) -> None:
    if before is None:
        held.pop(key, None)
    else:
        held[key] = before
