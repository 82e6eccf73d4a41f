"""What is asked for, refused, renewed and runs out, in every out-tray."""

from datetime import timedelta

import pytest

from consent_ledger.agreements.agreement import Agreement, Basis, CategoryTerms, load_agreement
from consent_ledger.consent.changes import ALL, Grant, Refusal, Request
from consent_ledger.consent.consent import apply
from consent_ledger.consent.new_terms import enter_agreements
from deploy.programs.expiries import enter_expiries
from schemas.categories import Category
from schemas.identifiers import AgreementId, PassportNumber, ServiceId
from tests.support.bus import SHIPPED, Bus
from tests.support.factories import make_events, make_outcome

SUPPORT = AgreementId("borough-d.support")
DAY = timedelta(days=1)


def grant_until(bus: Bus, participant_id: PassportNumber, days: int) -> None:
    """Give consent to everything for some days from now on."""
    with bus.ledger.begin() as tx:
        apply(
            tx,
            Grant(
                number=participant_id,
                agreement=SUPPORT,
                categories=ALL,
                until=bus.clock() + days * DAY,
            ),
        )


def test_asking_and_a_no_open_nothing(bus: Bus) -> None:
    """The trays stay empty, whatever is published."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    for change in (
        Request(number=participant_id, agreement=SUPPORT, categories=ALL),
        Refusal(number=participant_id, agreement=SUPPORT),
    ):
        bus.enter(change)
        report = bus.turn()
        assert report.written[SUPPORT] == 0

    assert bus.tray(SUPPORT) == {}
    bus.assert_holds()


def test_asking_for_more_leaves_what_was_granted(bus: Bus) -> None:
    """Nothing is retracted, and nothing is sent again."""
    participant_id = bus.participant()
    bus.grant(participant_id, SUPPORT, Category.PARTICIPATION)
    bus.publish(*make_events(participant_id))
    bus.turn()
    with bus.ledger.begin() as tx:
        apply(
            tx,
            Request(
                number=participant_id, agreement=SUPPORT, categories=frozenset({Category.HEALTH})
            ),
        )
    report = bus.turn()

    assert (report.written[SUPPORT], report.retracted[SUPPORT]) == (0, 0)
    assert len(bus.tray(SUPPORT)) == 3
    bus.assert_holds()


def test_a_no_after_a_grant_leaves_nothing(bus: Bus) -> None:
    """It is a withdrawal of everything."""
    participant_id = bus.participant()
    bus.grant(participant_id, SUPPORT)
    bus.publish(*make_events(participant_id))
    bus.turn()
    with bus.ledger.begin() as tx:
        apply(tx, Refusal(number=participant_id, agreement=SUPPORT))
    report = bus.turn()

    assert bus.tray(SUPPORT) == {}
    assert report.retracted[SUPPORT] == 3
    bus.assert_holds()


@pytest.mark.parametrize("is_entered_first", [True, False])
def test_the_entry_of_an_expiry_closes_nothing_that_time_has_not_closed(
    bus: Bus, *, is_entered_first: bool
) -> None:
    """Whichever comes first, the filter's turn or the entry: each record is retracted once."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    grant_until(bus, participant_id, 1)
    bus.turn()
    bus.clock.go_on(DAY)

    reports = [] if is_entered_first else [bus.turn()]
    assert enter_expiries(bus.ledger) == 1
    reports += [bus.turn(), bus.turn()]

    assert bus.tray(SUPPORT) == {}
    assert [one.retracted[SUPPORT] for one in reports if one.retracted[SUPPORT]] == [3]
    bus.assert_holds()


@pytest.mark.parametrize("is_away", [True, False])
def test_a_renewal_before_the_end_leaves_no_gap(bus: Bus, *, is_away: bool) -> None:
    """Nothing is retracted at the old end, also when the filter sees both only later."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    grant_until(bus, participant_id, 2)
    bus.turn()
    before = bus.tray(SUPPORT)
    bus.clock.go_on(DAY)
    grant_until(bus, participant_id, 10)
    reports = [] if is_away else [bus.turn()]
    bus.clock.go_on(2 * DAY)
    assert enter_expiries(bus.ledger) == 0
    reports += [bus.turn(), bus.turn()]

    assert bus.tray(SUPPORT) == before
    assert [(one.written[SUPPORT], one.retracted[SUPPORT]) for one in reports] == [(0, 0)] * len(
        reports
    )
    bus.assert_holds()


def test_widening_a_grant_fills_the_block_under_the_same_key(bus: Bus) -> None:
    """One category more is written into the records that are there."""
    participant_id = bus.participant()
    bus.grant(participant_id, SUPPORT, Category.PARTICIPATION)
    bus.publish(*make_events(participant_id))
    bus.turn()
    before = bus.tray(SUPPORT)
    bus.grant(participant_id, SUPPORT, Category.NEEDS)
    report = bus.turn()
    after = bus.tray(SUPPORT)

    assert report.written[SUPPORT] == 3
    assert before.keys() == after.keys()
    assert {record["needs"] for record in before.values()} == {None}
    assert None not in [record["needs"] for record in after.values()]
    bus.assert_holds()


def test_a_new_category_of_an_agreement_is_closed_until_people_are_asked_again(bus: Bus) -> None:
    """It never rides on an old grant, nor does it come with asking: only with a yes."""
    participant_id = bus.participant()
    bus.grant(participant_id, SUPPORT)
    bus.publish(*make_events(participant_id))
    old = load_agreement(SHIPPED / "agreements" / f"{SUPPORT}.yaml")
    money = {Category.MONEY: CategoryTerms(basis=Basis.CONSENT)}
    wider = {"version": old.version + 1, "categories": old.categories | money}
    with bus.ledger.begin() as tx:
        checked = Agreement.model_validate(old.model_copy(update=wider).model_dump())
        enter_agreements(tx, [checked])
    bus.turn()
    with bus.ledger.begin() as tx:
        apply(
            tx,
            Request(
                number=participant_id, agreement=SUPPORT, categories=frozenset({Category.MONEY})
            ),
        )
    bus.turn()
    closed = [record["money"] for record in bus.tray(SUPPORT).values()]
    bus.grant(participant_id, SUPPORT, Category.MONEY)
    bus.turn()
    opened = [record["money"] for record in bus.tray(SUPPORT).values()]

    assert closed == [None, None, None]
    assert None not in opened
    bus.assert_holds()


def test_a_service_that_is_no_longer_marked_sensitive_is_shown_again(bus: Bus) -> None:
    """To whoever may see that services are used; marked, it had been taken away."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("college-c.outcomes"))
    bus.publish(
        make_outcome(
            ServiceId("borough-d.jobs"), participant_id=participant_id, provider_id="borough-d"
        )
    )
    sizes = []
    for is_sensitive in (True, False):
        bus.mark({ServiceId("borough-d.jobs"): is_sensitive})
        bus.turn()
        sizes.append(len(bus.tray(AgreementId("college-c.outcomes"))))
        bus.assert_holds()

    assert sizes == [0, 1]
