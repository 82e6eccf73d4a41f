from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text, update

from consent_ledger.consent.changes import (
    ALL,
    Grant,
    Narrowing,
    Notice,
    Objection,
    ObjectionEnd,
    Refusal,
    Renewal,
    Request,
    Withdrawal,
)
from consent_ledger.consent.consent import apply
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.ledger.notifications import LEDGER_CHANNEL, Listener
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.tables.consent import change
from consent_ledger.tables.register import participant
from schemas.categories import NOTHING, Category, categories_of, mask_of
from schemas.identifiers import AgreementId, ProviderId, new_passport_number
from tests.support.bus import Bus
from tests.support.factories import make_events
from tests.support.statements import counted_statements

SUPPORT = AgreementId("borough-d.support")
JOBCENTRE = AgreementId("jobcentre-e.engagement")
STATISTICS = AgreementId("hub.statistics")
GATE = Category.PARTICIPATION


def kind_of(bus: Bus, seq: int) -> str:
    """Return what kind of entry it is."""
    return str(bus.leaf(seq)["kind"])


def test_a_change_takes_six_statements(bus: Bus) -> None:
    """Person, standing with agreement, head, entry, feed, standing: however much else there is."""
    one = bus.participant()
    bus.grant(one, SUPPORT)

    with counted_statements(bus.engine) as counts:
        bus.withdraw(one, SUPPORT)

    assert sum(counts) == 6


def test_a_grant_of_all_is_what_the_agreement_asks(bus: Bus) -> None:
    """The standing names the entry, and the entry is given."""
    one = bus.participant()

    seq = bus.grant(one, SUPPORT)

    found = bus.standing(one, SUPPORT)
    assert categories_of(found.granted) == (
        GATE,
        Category.SENSITIVE_PARTICIPATION,
        Category.IDENTITY,
        Category.CONTACT,
        Category.AREA,
        Category.BACKGROUND,
        Category.NEEDS,
        Category.HEALTH,
        Category.PROGRESS,
    )
    assert (found.seq, found.until, found.excluded) == (seq, None, frozenset())
    assert kind_of(bus, seq) == "given"


def test_a_grant_adds_to_what_was_granted(bus: Bus) -> None:
    """The same once more is a renewal."""
    one = bus.participant()
    bus.grant(one, SUPPORT, GATE)

    more = bus.grant(one, SUPPORT, Category.AREA)
    again = bus.grant(one, SUPPORT, Category.AREA)

    assert bus.standing(one, SUPPORT).granted == mask_of([GATE, Category.AREA])
    assert (kind_of(bus, more), kind_of(bus, again)) == ("given", "renewed")


def test_until_and_left_out_providers_hold_for_the_whole_grant(bus: Bus) -> None:
    """What is said last counts."""
    one = bus.participant()
    until = bus.clock() + timedelta(days=30)
    bus.grant(one, SUPPORT, GATE)

    bus.grant(
        one,
        SUPPORT,
        Category.AREA,
        until=until,
        excluded=[ProviderId("charity-b"), ProviderId("college-c")],
    )

    found = bus.standing(one, SUPPORT)
    assert found.granted == mask_of([GATE, Category.AREA])
    assert (found.until, found.excluded) == (until, frozenset({"charity-b", "college-c"}))


def test_a_grant_that_has_run_out_does_not_come_back_with_the_next_one(bus: Bus) -> None:
    """Somebody who now opens one category has not given the others again."""
    one = bus.participant()
    bus.publish(*make_events(one))
    until = bus.clock() + timedelta(days=1)
    bus.grant(one, SUPPORT, until=until)
    bus.turn()
    bus.clock.go_on(timedelta(days=1))

    seq = bus.grant(one, SUPPORT, GATE)
    bus.turn()

    assert bus.standing(one, SUPPORT).granted == GATE.bit
    assert kind_of(bus, seq) == "given"
    held = bus.tray(SUPPORT).values()
    assert len(held) == 3
    assert all(record["identity"] is None and record["health"] is None for record in held)
    bus.assert_holds()


def test_a_grant_is_renewed_before_it_runs_out(bus: Bus) -> None:
    """What was granted stays, until later, or without an end."""
    one = bus.participant()
    bus.grant(
        one, SUPPORT, until=bus.clock() + timedelta(days=1), excluded=[ProviderId("charity-b")]
    )
    before = bus.standing(one, SUPPORT)

    later = bus.clock() + timedelta(days=9)
    seq = bus.enter(Renewal(number=one, agreement=SUPPORT, until=later))

    assert bus.standing(one, SUPPORT) == before._replace(until=later, seq=seq)
    assert kind_of(bus, seq) == "renewed"
    last = bus.enter(Renewal(number=one, agreement=SUPPORT))
    assert bus.standing(one, SUPPORT) == before._replace(until=None, seq=last)


def test_what_has_run_out_or_was_never_granted_cannot_be_renewed(bus: Bus) -> None:
    """Consent is given again: a renewal would open what nobody said yes to."""
    one = bus.participant()
    with pytest.raises(ConsentError, match="no consent to renew"):
        bus.enter(Renewal(number=one, agreement=SUPPORT))
    bus.grant(one, SUPPORT, until=bus.clock() + timedelta(days=1))
    with pytest.raises(ConsentError, match="has passed"):
        bus.enter(Renewal(number=one, agreement=SUPPORT, until=bus.clock()))
    bus.clock.go_on(timedelta(days=1))
    with pytest.raises(ConsentError, match="no consent to renew"):
        bus.enter(Renewal(number=one, agreement=SUPPORT))


@pytest.mark.parametrize(
    ("agreement_id", "categories", "more", "said"),
    [
        ("college-c.nothing", None, {}, "no agreement college-c.nothing"),
        (SUPPORT, [GATE, Category.JUSTICE], {}, "does not ask consent for: justice"),
        (SUPPORT, [Category.IDENTITY], {}, "Without participation"),
        (STATISTICS, None, {}, "nothing to consent to"),
        (STATISTICS, [GATE], {}, "nothing to consent to"),
        (SUPPORT, None, {"excluded": ["clinic-x"]}, "no provider clinic-x"),
        (SUPPORT, None, {"until": timedelta(0)}, "has passed"),
        (SUPPORT, None, {"until": timedelta(seconds=-1)}, "has passed"),
    ],
)
def test_a_grant_is_refused(
    bus: Bus, agreement_id: AgreementId, categories: Any, more: dict[str, Any], said: str
) -> None:
    """Nothing is entered: neither an entry nor a standing."""
    one = bus.participant()
    if "until" in more:
        more = {"until": bus.clock() + more["until"]}

    with pytest.raises(ConsentError, match=said):
        bus.grant(one, agreement_id, *(categories or ()), **more)

    assert bus.standing(one, agreement_id) == Standing()
    with bus.engine.connect() as connection:
        kinds = connection.scalars(select(change.c.kind).where(change.c.participant_id == one))
        assert kinds.all() == ["registered"]


def test_consent_to_some_where_the_gate_is_on_another_basis(bus: Bus) -> None:
    """The Jobcentre sees participation on public task; health is asked for on its own."""
    one = bus.participant()

    bus.grant(one, JOBCENTRE, Category.HEALTH)

    assert bus.standing(one, JOBCENTRE).granted == Category.HEALTH.bit


def test_a_withdrawal_closes_everything_and_leaves_the_notice(bus: Bus) -> None:
    """What the person was told stays told."""
    one = bus.participant()
    bus.grant(one, JOBCENTRE)
    bus.enter(Notice(number=one, agreement=JOBCENTRE))

    seq = bus.withdraw(one, JOBCENTRE)

    found = bus.standing(one, JOBCENTRE)
    assert (found.granted, found.is_informed, found.seq) == (NOTHING, True, seq)
    assert kind_of(bus, seq) == "withdrawn"


def test_a_withdrawal_of_some_categories_is_a_narrowing(bus: Bus) -> None:
    """Until the last one is closed; categories that were not granted do not matter."""
    one = bus.participant()
    bus.grant(one, SUPPORT, GATE, Category.HEALTH)

    first = bus.withdraw(one, SUPPORT, Category.HEALTH, Category.AREA)
    last = bus.withdraw(one, SUPPORT, GATE)

    assert (kind_of(bus, first), kind_of(bus, last)) == ("narrowed", "withdrawn")
    assert bus.leaf(first)["granted"] == ["participation"]
    assert bus.standing(one, SUPPORT).granted == NOTHING


def test_a_withdrawal_of_nothing_is_refused(bus: Bus) -> None:
    """Never granted, withdrawn already, or another category."""
    one = bus.participant()
    with pytest.raises(ConsentError, match="no consent to withdraw"):
        bus.withdraw(one, SUPPORT)
    bus.grant(one, SUPPORT, GATE)
    with pytest.raises(ConsentError, match="no consent to withdraw"):
        bus.withdraw(one, SUPPORT, Category.HEALTH)
    bus.withdraw(one, SUPPORT)
    with pytest.raises(ConsentError, match="no consent to withdraw"):
        bus.withdraw(one, SUPPORT)


def test_notice_objection_and_its_end(bus: Bus) -> None:
    """Each is an entry, and changes its own part of the standing alone."""
    one = bus.participant()
    bus.grant(one, JOBCENTRE)
    granted = bus.standing(one, JOBCENTRE).granted
    steps = [
        (Notice, "informed", (True, False)),
        (Objection, "objected", (True, True)),
        (ObjectionEnd, "objection-ended", (True, False)),
    ]
    for make, kind, expected in steps:
        seq = bus.enter(make(number=one, agreement=JOBCENTRE))

        found = bus.standing(one, JOBCENTRE)
        assert (found.is_informed, found.has_objected) == expected
        assert (found.granted, found.seq) == (granted, seq)
        assert kind_of(bus, seq) == kind


def test_only_public_task_can_be_objected_to(bus: Bus) -> None:
    """Consent is withdrawn instead; the message says so."""
    one = bus.participant()

    with pytest.raises(ConsentError, match="can be withdrawn at any time"):
        bus.enter(Objection(number=one, agreement=SUPPORT))
    with pytest.raises(ConsentError, match="no objection to end"):
        bus.enter(ObjectionEnd(number=one, agreement=STATISTICS))

    assert bus.standing(one, SUPPORT) == bus.standing(one, STATISTICS) == Standing()


def test_nothing_is_entered_for_a_number_unknown_or_erased(bus: Bus) -> None:
    """Whatever the change."""
    erased = bus.participant()
    bus.grant(erased, JOBCENTRE)
    with bus.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            update(participant)
            .where(participant.c.participant_id == erased)
            .values(state="erased", sealed_key=None, salt=None, ledger_id=None)
        )
    changes = (
        partial(Grant, categories=ALL),
        partial(Request, categories=ALL),
        partial(Narrowing, categories=frozenset({GATE})),
        *(Renewal, Refusal, Withdrawal, Notice, Objection, ObjectionEnd),
    )

    for number, said in ((new_passport_number(), "No participant"), (erased, "No participant")):
        for make in changes:
            with pytest.raises(RegisterError, match=said) as refused:
                bus.enter(make(number=number, agreement=JOBCENTRE))
            assert number not in str(refused.value)


def test_a_refused_change_leaves_the_caller_s_transaction_usable(bus: Bus) -> None:
    """Whoever asks for two things may still do the other one."""
    one = bus.participant()

    with bus.ledger.begin() as tx:
        with pytest.raises(ConsentError):
            apply(tx, Withdrawal(number=one, agreement=SUPPORT))
        apply(tx, Grant(number=one, agreement=SUPPORT, categories=ALL))

    assert bus.standing(one, SUPPORT).granted


def test_a_change_that_is_rolled_back_leaves_nothing(bus: Bus) -> None:
    """Entry, feed and standing are one transaction."""
    one = bus.participant()
    with bus.engine.connect() as connection:
        seq = apply(bus.ledger.on(connection), Grant(number=one, agreement=SUPPORT, categories=ALL))
        connection.rollback()

    assert bus.standing(one, SUPPORT) == Standing()
    assert bus.grant(one, SUPPORT) == seq


def test_a_change_wakes_the_filter_once_it_is_committed(bus: Bus) -> None:
    """It sleeps until then: without the notice it would look a second later."""
    one = bus.participant()
    with Listener(bus.engine, LEDGER_CHANNEL) as bell:
        before = bell.wait(0)
        with bus.ledger.begin() as tx:
            apply(tx, Grant(number=one, agreement=SUPPORT, categories=ALL))
            is_early = bell.wait(0)
        is_heard = bell.wait(5)

    assert (before, is_early, is_heard) == (False, False, True)
