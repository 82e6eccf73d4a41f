from datetime import timedelta

from consent_ledger.agreements.agreement import Agreement, load_agreement
from consent_ledger.consent.changes import Notice, Objection, ObjectionEnd
from consent_ledger.consent.new_terms import enter_agreements
from schemas.categories import Category
from schemas.identifiers import AgreementId, ProviderId, ServiceId
from tests.support.bus import SHIPPED, Bus
from tests.support.factories import make_enrolment, make_events, make_outcome, make_referral


def test_without_a_grant_no_consent_tray_gets_anything(bus: Bus) -> None:
    """Absence denies: only the agreement that reaches everyone on public task delivers."""
    bus.publish(*make_events(bus.participant()))
    bus.turn()

    assert bus.tray(AgreementId("college-c.outcomes")) == {}
    assert len(bus.tray(AgreementId("hub.statistics"))) == 3
    bus.assert_holds()


def test_a_grant_opens_what_was_published_before_and_after_it(bus: Bus) -> None:
    """A grant backfills, and later events follow."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    bus.turn()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.turn()
    bus.publish(make_enrolment(participant_id=participant_id))
    bus.turn()

    assert len(bus.tray(AgreementId("borough-d.support"))) == 4
    bus.assert_holds()


def test_a_withdrawal_leaves_nothing(bus: Bus) -> None:
    """Every record is retracted by a tombstone."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(*make_events(participant_id))
    bus.turn()
    bus.withdraw(participant_id, AgreementId("borough-d.support"))
    report = bus.turn()

    assert bus.tray(AgreementId("borough-d.support")) == {}
    assert report.retracted[AgreementId("borough-d.support")] == 3
    bus.assert_holds()


def test_closing_one_category_redacts_the_record_under_the_same_key(bus: Bus) -> None:
    """The record stays, its health block is null."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(make_outcome(participant_id=participant_id, provider_id="borough-d"))
    bus.turn()
    before = bus.tray(AgreementId("borough-d.support"))
    bus.withdraw(participant_id, AgreementId("borough-d.support"), Category.HEALTH)
    bus.turn()
    after = bus.tray(AgreementId("borough-d.support"))

    assert before.keys() == after.keys()
    assert [record["health"] for record in before.values()] != [None]
    assert [record["health"] for record in after.values()] == [None]
    bus.assert_holds()


def test_a_grant_that_runs_out_closes_by_itself(bus: Bus) -> None:
    """At the moment it was given until, and not before, the records are retracted."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    bus.grant(
        participant_id, AgreementId("borough-d.support"), until=bus.clock() + timedelta(days=1)
    )
    bus.turn()
    bus.clock.go_on(timedelta(days=1) - timedelta(seconds=1))
    bus.turn()
    assert len(bus.tray(AgreementId("borough-d.support"))) == 3

    bus.clock.go_on(timedelta(seconds=1))
    bus.turn()

    assert bus.tray(AgreementId("borough-d.support")) == {}
    bus.assert_holds()


def test_a_grant_that_ran_out_while_the_filter_was_away_closes_when_it_is_back(bus: Bus) -> None:
    """The time between the last turn and now is looked at as a whole."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    bus.grant(
        participant_id, AgreementId("borough-d.support"), until=bus.clock() + timedelta(hours=1)
    )
    bus.turn()
    bus.clock.go_on(timedelta(days=30))

    bus.turn(bus.new_shard())

    assert bus.tray(AgreementId("borough-d.support")) == {}
    bus.assert_holds()


def test_a_provider_left_out_of_a_grant_stays_out(bus: Bus) -> None:
    """Everything but what the charity knows: its events are not delivered, the others are."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    bus.grant(participant_id, AgreementId("borough-d.support"), excluded=[ProviderId("charity-b")])
    bus.turn()

    providers = {
        record["provider_id"] for record in bus.tray(AgreementId("borough-d.support")).values()
    }
    assert providers == {"borough-d", "college-c"}
    bus.assert_holds()


def test_leaving_a_provider_out_later_retracts_what_it_told(bus: Bus) -> None:
    """Granting again with a provider left out is a narrowing."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.turn()
    bus.grant(participant_id, AgreementId("borough-d.support"), excluded=[ProviderId("charity-b")])
    report = bus.turn()

    assert report.retracted[AgreementId("borough-d.support")] == 1
    bus.assert_holds()


def test_one_category_more_does_not_let_a_provider_in_that_was_left_out(bus: Bus) -> None:
    """Everything but what the charity knows stays so until the person says otherwise."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    bus.grant(
        participant_id,
        AgreementId("borough-d.support"),
        Category.PARTICIPATION,
        excluded=[ProviderId("charity-b")],
    )
    bus.grant(participant_id, AgreementId("borough-d.support"), Category.IDENTITY)
    bus.turn()

    providers = {
        record["provider_id"] for record in bus.tray(AgreementId("borough-d.support")).values()
    }
    assert providers == {"borough-d", "college-c"}
    bus.assert_holds()


def test_a_sensitive_service_needs_its_own_gate(bus: Bus) -> None:
    """Participation alone does not show that somebody uses the recovery service."""
    participant_id = bus.participant()
    bus.publish(
        make_referral(
            ServiceId("charity-b.recovery"), participant_id=participant_id, provider_id="borough-d"
        )
    )
    bus.grant(
        participant_id, AgreementId("borough-d.support"), Category.PARTICIPATION, Category.IDENTITY
    )
    bus.turn()
    assert bus.tray(AgreementId("borough-d.support")) == {}

    bus.grant(participant_id, AgreementId("borough-d.support"), Category.SENSITIVE_PARTICIPATION)
    bus.turn()

    (record,) = bus.tray(AgreementId("borough-d.support")).values()
    assert record["participation"] is not None
    bus.assert_holds()


def test_marking_a_service_sensitive_retracts_what_it_told(bus: Bus) -> None:
    """A change of the service reaches every tray, for everybody who uses it."""
    people = [bus.participant() for _ in range(3)]
    for one in people:
        bus.grant(one, AgreementId("college-c.outcomes"))
        bus.publish(
            make_outcome(ServiceId("borough-d.jobs"), participant_id=one, provider_id="borough-d")
        )
    bus.turn()
    assert len(bus.tray(AgreementId("college-c.outcomes"))) == 3

    bus.mark({ServiceId("borough-d.jobs"): True})
    bus.turn()

    assert bus.tray(AgreementId("college-c.outcomes")) == {}
    bus.assert_holds()


def test_a_new_version_of_an_agreement_closes_what_it_no_longer_shares(bus: Bus) -> None:
    """Everybody's records are redacted, whoever has not said anything since."""
    for _ in range(3):
        participant_id = bus.participant()
        bus.grant(participant_id, AgreementId("borough-d.support"))
        bus.publish(*make_events(participant_id))
    bus.turn()
    enter(bus, shipped(AgreementId("borough-d.support"), without=Category.HEALTH))
    bus.turn()

    assert {str(one["health"]) for one in bus.tray(AgreementId("borough-d.support")).values()} == {
        "None"
    }
    bus.assert_holds()


def test_a_category_that_comes_back_is_closed_until_people_are_asked_again(bus: Bus) -> None:
    """An old consent does not open what an agreement had given up in between."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(*make_events(participant_id))
    second = shipped(AgreementId("borough-d.support"), without=Category.HEALTH)
    enter(bus, second)
    whole = shipped(AgreementId("borough-d.support"))
    enter(bus, whole.model_copy(update={"version": second.version + 1}))
    bus.turn()
    closed = [record["health"] for record in bus.tray(AgreementId("borough-d.support")).values()]
    bus.grant(participant_id, AgreementId("borough-d.support"), Category.HEALTH)
    bus.turn()
    opened = [record["health"] for record in bus.tray(AgreementId("borough-d.support")).values()]

    assert closed == [None, None, None]
    assert None not in opened
    bus.assert_holds()


def test_an_agreement_that_ended_leaves_an_empty_tray(bus: Bus) -> None:
    """Ended is a version of its own."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(*make_events(participant_id))
    bus.turn()
    enter(bus, shipped(AgreementId("borough-d.support")).model_copy(update={"ended": True}))
    bus.turn()

    assert bus.tray(AgreementId("borough-d.support")) == {}
    bus.assert_holds()


def test_an_agreement_is_closed_from_the_moment_it_is_valid_until(bus: Bus) -> None:
    """Nobody has to enter anything for it."""
    participant_id = bus.participant()
    until = bus.clock() + timedelta(days=2)
    enter(bus, shipped(AgreementId("borough-d.support")).model_copy(update={"valid_until": until}))
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(*make_events(participant_id))
    bus.turn()
    assert len(bus.tray(AgreementId("borough-d.support"))) == 3

    bus.clock.go_on(timedelta(days=2))
    bus.turn()

    assert bus.tray(AgreementId("borough-d.support")) == {}
    bus.assert_holds()


def test_public_task_needs_the_notice_and_pauses_on_objection(bus: Bus) -> None:
    """Nothing before the person was informed, everything after, nothing once they object."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    bus.turn()
    sizes = [len(bus.tray(AgreementId("jobcentre-e.engagement")))]
    for change in (Notice, Objection, ObjectionEnd):
        bus.enter(change(number=participant_id, agreement=AgreementId("jobcentre-e.engagement")))
        bus.turn()
        sizes.append(len(bus.tray(AgreementId("jobcentre-e.engagement"))))
        bus.assert_holds()

    assert sizes == [0, 3, 0, 3]


def test_a_correction_replaces_and_a_late_older_revision_does_not(bus: Bus) -> None:
    """The highest revision counts, in whatever order they come."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    second = make_enrolment(participant_id=participant_id, revision=2)
    third = second.model_copy(update={"revision": 3, "health": None})
    first = second.model_copy(update={"revision": 1, "identity": None})
    for event in (second, third, first):
        bus.publish(event)
        bus.turn()

    (record,) = bus.tray(AgreementId("borough-d.support")).values()
    assert record["health"] is None
    assert record["identity"] is not None
    bus.assert_holds()


def test_two_revisions_in_one_turn_leave_the_higher_one(bus: Bus) -> None:
    """Also when they come in the wrong order."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    event = make_enrolment(participant_id=participant_id, revision=1)
    bus.publish(event.model_copy(update={"revision": 2, "health": None}), event)
    bus.turn()

    (record,) = bus.tray(AgreementId("borough-d.support")).values()
    assert record["health"] is None
    bus.assert_holds()


def test_a_correction_of_a_closed_category_is_not_seen(bus: Bus) -> None:
    """What did not change for a recipient is not sent again: that would tell of the correction."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("college-c.outcomes"))
    event = make_outcome(participant_id=participant_id, provider_id="borough-d")
    bus.publish(event)
    bus.turn()
    bus.publish(event.model_copy(update={"revision": 2, "health": None, "notes": None}))
    report = bus.turn()

    assert report.events == 1
    assert report.written[AgreementId("college-c.outcomes")] == 0
    bus.assert_holds()


def test_a_duplicate_is_not_sent_again(bus: Bus) -> None:
    """The same event twice leaves one record, written once."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    event = make_enrolment(participant_id=participant_id)
    bus.publish(event, event)
    first = bus.turn()
    bus.publish(event)
    second = bus.turn()

    assert first.written[AgreementId("borough-d.support")] == 1
    assert second.written[AgreementId("borough-d.support")] == 0
    bus.assert_holds()


def test_an_event_without_a_service_in_the_directory_counts_as_sensitive(bus: Bus) -> None:
    """Nobody has said that it is harmless, so it is closed."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("college-c.outcomes"))
    bus.publish(
        make_outcome(
            ServiceId("borough-d.brand-new"), participant_id=participant_id, provider_id="borough-d"
        )
    )
    bus.turn()

    assert bus.tray(AgreementId("college-c.outcomes")) == {}
    bus.assert_holds()


def shipped(agreement_id: AgreementId, without: Category | None = None) -> Agreement:
    """Return the next version of a shipped agreement, with one category less."""
    agreement = load_agreement(SHIPPED / "agreements" / f"{agreement_id}.yaml")
    kept = {c: terms for c, terms in agreement.categories.items() if c is not without}
    return agreement.model_copy(update={"version": agreement.version + 1, "categories": kept})


def enter(bus: Bus, agreement: Agreement) -> None:
    """Enter an agreement's new version, checked as if it had come from its file."""
    with bus.ledger.begin() as tx:
        checked = Agreement.model_validate(agreement.model_dump())
        enter_agreements(tx, [checked])
