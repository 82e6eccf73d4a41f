"""What the hub has entered: people, services, agreements, one version of them after another."""

from collections.abc import Mapping
from functools import cache

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.consent import standing_entry
from consent_ledger.consent.new_terms import _body
from consent_ledger.ledger.entries import Kind
from consent_ledger.ledger.ledger import Ledger, NewEntry
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.register.register import active
from schemas.categories import Mask
from tests.simulation import cast
from tests.simulation.database import MemoryDatabase, ShardRow
from tests.simulation.records import MemoryRecords
from tests.support.fakes import ManualClock


@cache
def _agreement_entry(version: int, agreement_id: str) -> NewEntry:
    terms = _body(cast.agreements(version)[agreement_id])
    return NewEntry(Kind.AGREEMENT, agreement_id=agreement_id, facts={"terms": terms})


@cache
def _service_entry(service_id: str, is_sensitive: bool) -> NewEntry:  # noqa: FBT001 - as it is read
    return NewEntry(Kind.SERVICE, service_id=service_id, facts={"sensitive": is_sensitive})


class Hub:
    """Enters services and agreements, as `consent_ledger.consent.new_terms` does in PostgreSQL."""

    def __init__(self, database: MemoryDatabase, ledger: Ledger[MemoryDatabase]) -> None:
        self.version = 0
        self.services = dict(cast.SERVICES)
        self._database = database
        self._ledger = ledger

    def mark(self, service: str) -> None:
        """Enter a service as sensitive, or as not sensitive any more."""
        self.services[service] = not self.services[service]
        self.enter_services({service: self.services[service]})

    def enter_services(self, services: Mapping[str, bool]) -> None:
        """Enter services as the hub does."""
        with self._database.transaction(None):
            self._ledger.record(
                self._database,
                [_service_entry(one, sensitive) for one, sensitive in services.items()],
            )
            self._set_terms({})

    def enter_agreements(self) -> None:
        """Enter the agreements of the present version as the hub does."""
        new = cast.agreements(self.version)
        with self._database.transaction(None):
            seqs = self._ledger.record(
                self._database,
                [_agreement_entry(self.version, one) for one in new],
            )
            self._set_terms(dict(zip(new, seqs, strict=True)))
            self._close_what_is_dropped(new)

    def _close_what_is_dropped(self, new: Mapping[str, Agreement]) -> None:
        """Narrow grants as the hub does for a new version."""
        for participant_id, held in self._database.standings.items():
            row = self._database.participants[participant_id]
            if row.state != "active":
                continue
            who, salt = active(row)
            for agreement_id, before in list(held.items()):
                left = before.without(Mask(~new[agreement_id].consent_mask))
                if left != before:
                    entry = standing_entry(Kind.NARROWED, who, salt, new[agreement_id], left)
                    (seq,) = self._ledger.record(self._database, [entry])
                    held[agreement_id] = left._replace(seq=seq)

    def _set_terms(self, seqs: Mapping[str, int]) -> None:
        before = {name: one.seq for name, one in self._database.terms.agreements.items()}
        self._database.terms = cast.terms(self.version, before | dict(seqs), self.services)


def new_database(shards: int) -> MemoryDatabase:
    """Return the tables as a history finds them, the partitions divided among so many shards."""
    begun = _begun()
    database = MemoryDatabase(begun.terms)
    database.leaves[:] = begun.leaves
    database.changes[:] = begun.changes
    now = ManualClock()()
    for shard_id in range(shards):
        own = tuple(range(shard_id, cast.PARTITIONS, shards))
        database.shards[shard_id] = ShardRow(own, 0, now, now)
    for one in cast.people():
        database.participants[one.participant_id] = ParticipantRow(
            one.participant_id, one.ledger_id, one.partition, "active", one.salt
        )
        database.keys[one.participant_id] = one.sealed_key
    return database


@cache
def _begun() -> MemoryDatabase:
    """Return a database with what is entered before every history, made once."""
    database = MemoryDatabase(cast.terms(0, dict.fromkeys(cast.agreements(0), 0), {}))
    hub = Hub(database, Ledger(MemoryRecords, ManualClock()))
    hub.enter_services(hub.services)
    hub.enter_agreements()
    return database
