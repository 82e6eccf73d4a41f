"""What a right to a column does not say: refused by triggers, or found by verification."""

from collections.abc import Iterator

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from consent_ledger.consent.changes import TellingApart
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.rights.disclosure_batches import enter_closed_turns
from consent_ledger.rights.enforcement_batches import enter_enforcements
from consent_ledger.verification.ledger_verification import verify_ledger
from schemas.blocks import Identity
from schemas.identifiers import AgreementId, ProviderId, ServiceId
from tests.support.bus import Bus
from tests.support.factories import make_referral
from tests.tampering.test_on_postgres import DONE_BY_THE_OWNER

BOROUGH = ProviderId("borough-d")

REFUSED = {
    "the head moved back": "UPDATE ledger.head SET size = size - 1",
    "the head's state changed": "UPDATE ledger.head SET state = ''",
    "a standing without a later entry": "UPDATE ledger.standing SET granted = granted | 1",
    "a standing of an earlier entry": "UPDATE ledger.standing SET seq = seq - 1",
    "a standing deleted": "DELETE FROM ledger.standing",
    "a service marked without an entry": "UPDATE ledger.service SET is_sensitive = true",
    "a service marked by an earlier entry": "UPDATE ledger.service SET seq = seq - 1",
    "a change of somebody else": "UPDATE ledger.change SET participant_id = 'NWD-SAMP-1E00-9'"
    " WHERE participant_id IS NOT NULL",
    "a change forgotten": "UPDATE ledger.change SET participant_id = NULL"
    " WHERE participant_id IS NOT NULL",
    "events deleted": "DELETE FROM ledger.journal",
    "disclosures deleted": "DELETE FROM ledger.disclosure",
    "a disclosure under another number": "UPDATE ledger.disclosure SET shown_as = 'x'",
    "an enforcement entered again": "UPDATE ledger.enforcement SET entered_by = 0",
    "an enforcement not entered": "UPDATE ledger.enforcement SET entered_by = NULL",
    "a shard sent back": "UPDATE ledger.shard SET next_seq = 0",
    "a shard taken back": "UPDATE ledger.shard SET epoch = 0",
    "a shard that is retired taken back": "UPDATE ledger.shard SET is_retired = false",
    "another pseudonym": "UPDATE ledger.participant SET ledger_id = gen_random_uuid()",
    "another salt": "UPDATE ledger.participant SET salt = sha256('x')",
    "registered by another": "UPDATE ledger.participant SET registered_by = NULL",
    "shown as another": "UPDATE ledger.participant SET merged_into = participant_id",
    "somebody erased without an entry": "UPDATE ledger.participant"
    " SET state = 'erasing', salt = NULL, sealed_key = NULL",
    "somebody erased at once": "UPDATE ledger.participant"
    " SET state = 'erased', salt = NULL, sealed_key = NULL, ledger_id = NULL",
    "identifiers deleted": "DELETE FROM ledger.match_key",
    "identities deleted": "DELETE FROM ledger.kept_identity",
    "two people forgotten": "DELETE FROM ledger.two_people",
    "two people told apart again": "UPDATE ledger.two_people SET seq = seq",
    "a search sent back": "UPDATE ledger.duplicate_search SET upto = upto - 1",
    "a count deleted": "DELETE FROM ledger.counted_value",
    "references deleted": "DELETE FROM ledger.provider_reference",
    "a turn renumbered": "UPDATE ledger.unentered_turn SET turn = turn + 1",
    "a turn that is never entered": "DELETE FROM ledger.unentered_turn",
}
"""By a trigger: the columns are those that the application may change."""


@pytest.fixture
def bus(database_url: str) -> Iterator[Bus]:
    """Give a bus with one turn in the ledger and one that is not yet."""
    engine = create_engine(database_url, hide_parameters=True)
    bus = Bus(engine)
    with bus.ledger.begin() as tx:
        found = bus.register.register(tx, BOROUGH, Identity(uln="1000000000"), reference="case 7")
        twin = bus.register.register(tx, BOROUGH, Identity(uln="1000000000"), is_new=True)
    assert isinstance(found, RegisteredPerson)
    assert isinstance(twin, RegisteredPerson)
    number = found.participant_id
    bus.enter(TellingApart(number=number, other=twin.participant_id))
    for _ in range(2):
        bus.grant(number, AgreementId("borough-d.support"))
        bus.publish(
            make_referral(ServiceId("borough-d.jobs"), participant_id=number, provider_id=BOROUGH)
        )
        with engine.begin() as connection:
            enter_closed_turns(bus.ledger.on(connection))
            enter_enforcements(bus.ledger.on(connection))
        bus.turn()
    bus.divide(2)
    yield bus
    engine.dispose()


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_what_no_use_case_does_is_refused_although_the_column_may_be_changed(
    bus: Bus, application: Engine, statement: str
) -> None:
    """Each of these rows exists, and the owner's own statement is refused as well."""
    for engine in (application, bus.engine):
        with (
            pytest.raises(DBAPIError) as refused,
            engine.begin() as connection,
        ):
            connection.execute(text(statement))
        assert isinstance(refused.value.orig, InsufficientPrivilege)
    assert "permission denied" not in str(refused.value)


@pytest.mark.parametrize("statement", DONE_BY_THE_OWNER.values(), ids=DONE_BY_THE_OWNER)
def test_what_an_owner_can_do_to_the_tables_the_application_cannot_or_it_is_found(
    bus: Bus, application: Engine, statement: str
) -> None:
    """What it may add is held against the entries."""
    refusal, rows = None, 0
    try:
        with application.begin() as connection:
            rows = connection.execute(text(statement)).rowcount
    except DBAPIError as error:
        refusal = error.orig
    with bus.engine.connect() as connection:
        faults = verify_ledger(connection, bus.verifier_key).faults

    assert isinstance(refusal, InsufficientPrivilege) != (rows > 0)
    assert bool(faults) == (rows > 0)
