"""Subject access: all that is held of one person, of nobody else, with its sources."""

import pytest

from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.rights.export import Export, ToldIdentity, export
from schemas.blocks import Identity
from schemas.categories import Category
from schemas.codec import decode, encode
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from tests.support.bus import Bus
from tests.support.factories import make_enrolment, make_events
from tests.support.killing import KilledError, killed_at


def exported(bus: Bus, participant_id: PassportNumber) -> Export:
    """Return everything held of somebody."""
    with bus.engine.begin() as connection:
        return export(connection, bus.vault, participant_id)


def test_every_revision_of_every_event_is_there_as_its_provider_published_it(bus: Bus) -> None:
    """The earlier ones too: they are held."""
    participant_id = bus.participant()
    first = make_enrolment(participant_id=participant_id)
    second = first.model_copy(update={"revision": 2, "identity": None})
    bus.publish(first, second, *make_events(bus.participant()))
    bus.turn()

    events = exported(bus, participant_id).events

    assert [one.fields for one in sorted(events, key=lambda one: one.revision)] == [
        decode(encode(first)),
        decode(encode(second)),
    ]
    assert {one.provider_id for one in events} == {first.provider_id}


def test_each_permission_is_there_with_its_number_in_the_ledger(bus: Bus) -> None:
    """In order, with the providers left out told by name, not by their digest."""
    participant_id, other = bus.participant(), bus.participant()
    given = bus.grant(
        participant_id, AgreementId("borough-d.support"), excluded=[ProviderId("charity-b")]
    )
    bus.grant(other, AgreementId("borough-d.support"))
    withdrawn = bus.withdraw(participant_id, AgreementId("borough-d.support"), Category.HEALTH)

    found = exported(bus, participant_id)

    assert [(one.number, one.kind) for one in found.entries[1:]] == [
        (given, "given"),
        (withdrawn, "narrowed"),
    ]
    assert found.entries[0].kind == "registered"
    assert found.entries[1].facts["except"] == ["charity-b"]
    assert found.standings[AgreementId("borough-d.support")].seq == withdrawn


def test_what_was_sent_to_whom_is_there_and_what_was_taken_back(bus: Bus) -> None:
    """Each record with its categories, the entry that decided, and the retraction as one more."""
    participant_id = bus.participant()
    given = bus.grant(participant_id, AgreementId("borough-d.support"), Category.PARTICIPATION)
    bus.publish(make_enrolment(participant_id=participant_id))
    bus.turn()
    withdrawn = bus.withdraw(participant_id, AgreementId("borough-d.support"))
    bus.turn()

    found = exported(bus, participant_id)
    of_borough = [one for one in found.disclosures if one.agreement_id == "borough-d.support"]

    assert [(one.categories, one.decided_by) for one in of_borough] == [
        (("participation",), given),
        ((), withdrawn),
    ]
    assert found.agreements["borough-d.support"].recipient_name == "Fernmoor Council's jobs team"
    assert all(one.is_confirmed for one in found.disclosures)


def test_a_sending_that_was_cut_short_is_told_as_such(bus: Bus) -> None:
    """It may have arrived: the person is told so."""
    participant_id = bus.participant()
    bus.publish(make_enrolment(participant_id=participant_id))

    with pytest.raises(KilledError):
        bus.turn(bus.new_shard(killed_at(TurnStep.AFTER_JOURNAL)))
    bus.turn(bus.new_shard())

    assert [one.is_confirmed for one in exported(bus, participant_id).disclosures] == [False, True]


def test_the_register_tells_how_somebody_is_known_again(bus: Bus) -> None:
    """What was told and by whom, the kinds of codes, whose references; the codes say nothing."""
    identity = Identity(given_names="Ada", uln="1234567899", ni_number="AB123456C")
    with bus.ledger.begin() as tx:
        made = bus.register.register(tx, ProviderId("college-c"), identity, reference="L1")
    assert isinstance(made, RegisteredPerson)

    found = exported(bus, made.participant_id).registration

    fields = {"given_names": "Ada", "uln": "1234567899", "ni_number": "AB123456C"}
    assert found.identities == (ToldIdentity(ProviderId("college-c"), fields),)
    assert found.recognised_by == ("ni-number", "uln")
    assert found.references_of == ("college-c",)
    assert found.registered_by == "college-c"


def test_a_number_that_was_never_issued_has_no_copy(bus: Bus) -> None:
    """It is said, instead of an empty copy."""
    with pytest.raises(RegisterError):
        exported(bus, PassportNumber("NWD-SAMP-1E00-9"))
