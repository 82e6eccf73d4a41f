"""What the hub has entered: people, services, agreements, one version of them after another."""

from copy import copy
from functools import cache

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.register.match_keys import match_keys
from consent_ledger.register.passport_numbers import ParticipantRow
from schemas.identifiers import ServiceId
from tests.simulation import cast
from tests.simulation.database import MemoryDatabase, ShardRow
from tests.simulation.transaction import MemoryLedgerTransaction
from tests.support.fakes import ManualClock


class Hub:
    """Enters services and agreements."""

    def __init__(self, database: MemoryDatabase, tx: MemoryLedgerTransaction) -> None:
        self.version = 0
        self.services = dict(cast.SERVICES)
        self._database = database
        self._tx = tx

    def mark(self, service: ServiceId) -> None:
        """Enter a service as sensitive, or as not sensitive any more."""
        self.services[service] = not self.services[service]
        self.enter_services()

    def enter_services(self) -> None:
        """Enter the services as they are marked now."""
        with self._database.transaction(self._tx) as tx:
            enter_services(tx, cast.directory(tuple(self.services.items())))

    def enter_agreements(self) -> None:
        """Enter the agreements of the present version."""
        with self._database.transaction(self._tx) as tx:
            enter_agreements(tx, tuple(cast.agreements(self.version).values()))


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
    database.participants = copy(begun.participants)
    database.keys = copy(begun.keys)
    database.match_keys = copy(begun.match_keys)
    return database


@cache
def _begun() -> MemoryDatabase:
    """Return a database with what is entered before every history, made once."""
    database = MemoryDatabase(AgreementsInForce({}, {}, frozenset()))
    hub = Hub(database, MemoryLedgerTransaction(database, ManualClock()))
    hub.enter_services()
    hub.enter_agreements()
    for person in cast.people():
        number = person.participant_id
        database.participants[number] = ParticipantRow(
            number, person.ledger_id, person.partition, "active", person.salt
        )
        database.keys[number] = person.sealed_key
        keys = match_keys(cast.PEPPER, cast.identity_of(person.number))
        database.match_keys |= {(key, number) for key in keys}
    return database
