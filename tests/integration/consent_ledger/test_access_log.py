"""What a participant is told of who was sent what."""

import pytest
from sqlalchemy import text

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.consent.new_terms import enter_agreements
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.rights.access_log import Disclosure, disclosures_of
from consent_ledger.transparency.transparency_log import head
from schemas.categories import Category
from schemas.identifiers import AgreementId, PassportNumber, ServiceId
from tests.support.bus import Bus
from tests.support.factories import make_enrolment, make_referral
from tests.support.killing import KilledError, killed_at
from tests.support.trays_planned import make_agreement, shared_on

SUPPORT = AgreementId("borough-d.support")


def told(
    bus: Bus, participant_id: PassportNumber, agreement_id: AgreementId = SUPPORT
) -> list[Disclosure]:
    """Return what somebody is told of one agreement."""
    with bus.engine.connect() as connection:
        found = disclosures_of(connection, bus.vault, participant_id)
    return [one for one in found if one.agreement.id == agreement_id]


def with_both_gates(bus: Bus) -> Agreement:
    """Enter an agreement that opens both gates, on different bases."""
    agreement = make_agreement(
        AgreementId("charity-b.both"),
        categories=shared_on("public-task", Category.PARTICIPATION)
        | shared_on("consent", Category.SENSITIVE_PARTICIPATION),
        applies_to="everyone",
    )
    with bus.ledger.begin() as tx:
        enter_agreements(tx, [agreement])
    return agreement


def test_what_was_sent_and_what_was_taken_back_is_told_newest_first(bus: Bus) -> None:
    """With the event, the categories and their basis, and the ledger entry that decided."""
    participant_id = bus.participant()
    granted = bus.grant(participant_id, SUPPORT, Category.PARTICIPATION, Category.IDENTITY)
    event = make_referral(ServiceId("borough-d.jobs"), participant_id=participant_id)
    bus.publish(event)
    bus.turn()
    withdrawn = bus.withdraw(participant_id, SUPPORT)
    bus.turn()

    back, sent = told(bus, participant_id)

    assert dict(sent.categories) == {
        Category.PARTICIPATION: Basis.CONSENT,
        Category.IDENTITY: Basis.CONSENT,
    }
    assert (sent.decided_by, sent.kind, sent.issue) == (granted, "given", 1)
    assert sent.about[:3] == (event.event_id, "referral", event.provider_id)
    assert dict(back.categories) == {}
    assert (back.decided_by, back.kind, back.issue) == (withdrawn, "withdrawn", 2)
    assert sent.is_certain
    assert back.is_certain
    assert back.turn > sent.turn


def test_what_a_killed_filter_had_written_down_may_have_been_sent(bus: Bus) -> None:
    """It is told, and told apart from what was sent: the successor sent it again."""
    participant_id = bus.participant()
    bus.grant(participant_id, SUPPORT)
    bus.turn()

    shard = bus.new_shard(killed_at(TurnStep.AFTER_JOURNAL))
    bus.publish(make_referral(ServiceId("borough-d.jobs"), participant_id=participant_id))
    with pytest.raises(KilledError):
        bus.turn(shard)

    while_open = told(bus, participant_id)
    bus.turn(bus.new_shard())
    after = told(bus, participant_id)

    assert [one.is_certain for one in while_open] == [False]
    assert [one.is_certain for one in after] == [True, False]


def test_participation_in_a_sensitive_service_is_told_with_the_basis_of_its_own_gate(
    bus: Bus,
) -> None:
    """The block that was opened is participation; what opened it is the other category."""
    participant_id = bus.participant()
    bus.grant(participant_id, SUPPORT, Category.SENSITIVE_PARTICIPATION)
    bus.publish(
        make_enrolment(
            ServiceId("charity-b.recovery"), participant_id=participant_id, provider_id="charity-b"
        )
    )
    bus.turn()

    (sent,) = told(bus, participant_id)

    assert dict(sent.categories) == {Category.PARTICIPATION: Basis.CONSENT}
    assert sent.about.service_id == "charity-b.recovery"


def test_of_two_gates_the_one_of_the_service_says_the_basis(bus: Bus) -> None:
    """Both are open, on different bases, and one of two services is marked sensitive."""
    agreement = with_both_gates(bus)
    participant_id = bus.participant()
    bus.grant(participant_id, agreement.id)
    for service_id in ("charity-b.recovery", "charity-b.mentoring"):
        bus.publish(make_enrolment(ServiceId(service_id), participant_id=participant_id))
    bus.turn()

    sent = told(bus, participant_id, agreement.id)

    assert {one.about.service_id: one.categories[Category.PARTICIPATION] for one in sent} == {
        "charity-b.recovery": Basis.CONSENT,
        "charity-b.mentoring": Basis.PUBLIC_TASK,
    }


def test_each_line_says_the_basis_of_the_gate_that_the_service_had_then(bus: Bus) -> None:
    """However often it was marked otherwise since."""
    agreement = with_both_gates(bus)
    participant_id = bus.participant()
    bus.grant(participant_id, agreement.id)
    bus.publish(make_enrolment(ServiceId("charity-b.mentoring"), participant_id=participant_id))
    bus.turn()
    for is_sensitive in (True, False, True):
        bus.mark({ServiceId("charity-b.mentoring"): is_sensitive})
        bus.turn()
    with bus.engine.begin() as connection:  # no clock says when a mark was entered
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE ledger.entry SET recorded_at = '2020-01-01 00:00Z'"))

    bases = [
        one.categories[Category.PARTICIPATION] for one in told(bus, participant_id, agreement.id)
    ]

    assert bases == [Basis.CONSENT, Basis.PUBLIC_TASK, Basis.CONSENT, Basis.PUBLIC_TASK]


def test_what_the_mark_of_a_service_caused_names_the_entry_of_the_mark(bus: Bus) -> None:
    """What was taken back because of it and what was sent again, and nothing before or after."""
    participant_id = bus.participant()
    granted = bus.grant(participant_id, SUPPORT, Category.PARTICIPATION)
    bus.publish(make_referral(ServiceId("borough-d.jobs"), participant_id=participant_id))
    bus.turn()
    marked = []
    for is_sensitive in (True, False):
        bus.mark({ServiceId("borough-d.jobs"): is_sensitive})
        with bus.engine.connect() as connection:
            marked.append(head(connection).size - 1)
        bus.turn()
    withdrawn = bus.withdraw(participant_id, SUPPORT)
    bus.turn()

    lines = told(bus, participant_id)

    assert [(one.decided_by, one.kind, bool(one.categories)) for one in lines] == [
        (withdrawn, "withdrawn", False),
        (marked[1], "service", True),
        (marked[0], "service", False),
        (granted, "given", True),
    ]


def test_what_was_sent_of_somebody_else_is_not_told(bus: Bus) -> None:
    """Each is told of their own."""
    one, other = bus.participant(), bus.participant()
    bus.grant(one, SUPPORT)
    bus.publish(make_referral(ServiceId("borough-d.jobs"), participant_id=one))
    bus.turn()

    assert len(told(bus, one)) == 1
    assert told(bus, other) == []


def test_a_number_never_issued_has_nothing_to_be_told_of(bus: Bus) -> None:
    """It is refused, so that a mistyped number does not read as nothing sent."""
    with pytest.raises(RegisterError):
        told(bus, PassportNumber("NWD-0000-0000-0"))
