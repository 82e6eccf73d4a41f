"""What is entered before every history: people, services, the first version of agreements."""

from copy import copy
from functools import cache

from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, Subject, record
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.register.register import Register
from tests.histories import cast
from tests.support.bus_settings import PEPPER
from tests.support.ground import Ground
from tests.support.memory.database import MemoryDatabase
from tests.support.memory.ground import MemoryGround


def begin_on(ground: Ground, shards: int) -> Ground:
    """Fill an empty ground as a history finds it, the partitions divided among so many shards.

    Its people are registered by entries, so that its ledger can be verified.
    """
    _begin(ground)
    with ground.begin() as tx:
        people = [
            Subject(one.participant_id, one.ledger_id, one.partition) for one in cast.people()
        ]
        record(tx, [NewEntry(EntryKind.REGISTERED, one) for one in people])
    ground.share_out(cast.PARTITIONS, shards)
    return ground


def in_memory(shards: int) -> MemoryGround:
    """Return tables as a history finds them: filled once, and copied for each."""
    begun = _begun()
    database = MemoryDatabase(begun.terms)
    database.leaves[:] = begun.leaves
    database.changes[:] = begun.changes
    database.participants = copy(begun.participants)
    database.keys = copy(begun.keys)
    database.epochs = copy(begun.epochs)
    database.match_keys = copy(begun.match_keys)
    database.kept_identities = copy(begun.kept_identities)
    database.telling_numbers = copy(begun.telling_numbers)
    database.tellings = begun.tellings
    database.counted_values = copy(begun.counted_values)
    ground = MemoryGround(database)
    ground.share_out(cast.PARTITIONS, shards)
    return ground


@cache
def _begun() -> MemoryDatabase:
    ground = MemoryGround()
    _begin(ground)
    return ground.database


def _begin(ground: Ground) -> None:
    with ground.begin() as tx:
        enter_services(tx, cast.directory())
    with ground.begin() as tx:
        enter_agreements(tx, tuple(cast.agreements(0).values()))
    vault = cast.JournalKeys(0).vault()
    register = Register(pepper=PEPPER, vault=vault, partitions=cast.PARTITIONS)
    for person in cast.people():
        number = person.participant_id
        row = ParticipantRow(number, person.ledger_id, person.partition, "active", person.salt)
        ground.add_person(row, person.sealed_key)
        with ground.begin() as tx:
            register.link(
                tx, cast.PROVIDERS[0], None, number, identity=cast.identity_of(person.number)
            )
