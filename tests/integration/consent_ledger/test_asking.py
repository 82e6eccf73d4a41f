"""Consent asked for, refused, and run out: what is entered, and what of it opens or closes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from consent_ledger.consent.changes import ALL, ConsentChange, Grant, Refusal, Request
from consent_ledger.consent.consent import apply
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.consent.standings import last_consent_entries
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.register.passport_numbers import numbers_of
from consent_ledger.rights.erasure import record_erasure
from consent_ledger.tables.consent import change
from deploy.programs.expiries import enter_expiries
from schemas.categories import NOTHING, Category, mask_of
from schemas.identifiers import AgreementId, ProviderId
from tests.support.bus import Bus

SUPPORT = AgreementId("borough-d.support")
STATISTICS = AgreementId("hub.statistics")
GATE = Category.PARTICIPATION


def expire(bus: Bus) -> int:
    """Do what the program that enters expiries does."""
    return enter_expiries(bus.ledger)


def count(bus: Bus, kind: EntryKind) -> int:
    """Return how many entries of a kind there are."""
    with bus.engine.connect() as connection:
        wanted = select(func.count()).select_from(change).where(change.c.kind == kind.value)
        return int(connection.scalar(wanted) or 0)


def test_a_request_says_what_was_asked_and_opens_nothing(bus: Bus) -> None:
    """What was said before stays as it was."""
    one = bus.participant()
    bus.grant(one, SUPPORT, GATE)
    before = bus.standing(one, SUPPORT)

    seq = bus.enter(
        Request(
            number=one, agreement=SUPPORT, categories=frozenset({Category.NEEDS, Category.HEALTH})
        )
    )

    entry = bus.leaf(seq)
    assert (entry["kind"], entry["requested"]) == ("requested", ["needs", "health"])
    assert entry["granted"] == ["participation"]
    assert bus.standing(one, SUPPORT) == before._replace(seq=seq)


def test_nobody_is_asked_twice_by_mistake(bus: Bus) -> None:
    """Neither before there is an answer, nor after a no: only where it is said to be meant."""
    one = bus.participant()
    bus.enter(Request(number=one, agreement=SUPPORT, categories=ALL))
    with pytest.raises(ConsentError, match="asked already"):
        bus.enter(Request(number=one, agreement=SUPPORT, categories=ALL))
    bus.enter(Refusal(number=one, agreement=SUPPORT))
    with pytest.raises(ConsentError, match="said no"):
        bus.enter(Request(number=one, agreement=SUPPORT, categories=ALL))

    bus.enter(Request(number=one, agreement=SUPPORT, categories=ALL, again=True))

    assert count(bus, EntryKind.REQUESTED) == 2


def test_after_an_answer_more_can_be_asked_for(bus: Bus) -> None:
    """But not what was granted."""
    one = bus.participant()
    bus.grant(one, SUPPORT, GATE)

    with pytest.raises(ConsentError, match="said yes to all of that"):
        bus.enter(Request(number=one, agreement=SUPPORT, categories=frozenset({GATE})))
    bus.enter(Request(number=one, agreement=SUPPORT, categories=frozenset({GATE, Category.NEEDS})))

    assert count(bus, EntryKind.REQUESTED) == 1


@pytest.mark.parametrize(
    "change",
    [
        partial(Request, categories=ALL),
        Refusal,
    ],
)
def test_an_agreement_without_consent_has_nothing_to_ask_or_refuse(
    bus: Bus, change: Callable[..., ConsentChange]
) -> None:
    """What it shares can be objected to."""
    one = bus.participant()

    with pytest.raises(ConsentError, match="nothing to consent to"):
        bus.enter(change(number=one, agreement=STATISTICS))


def test_what_an_agreement_does_not_share_cannot_be_asked_for(bus: Bus) -> None:
    """An adviser's slip is not entered."""
    with pytest.raises(ConsentError, match="does not ask consent for: money"):
        bus.enter(
            Request(
                number=bus.participant(), agreement=SUPPORT, categories=frozenset({Category.MONEY})
            )
        )


def test_a_refusal_is_entered_once_and_leaves_nothing(bus: Bus) -> None:
    """With or without a request before it; a second no says nothing new."""
    one = bus.participant()

    seq = bus.enter(Refusal(number=one, agreement=SUPPORT))

    assert bus.leaf(seq)["kind"] == "refused"
    assert bus.standing(one, SUPPORT) == Standing(seq=seq)
    with pytest.raises(ConsentError, match="said no to this already"):
        bus.enter(Refusal(number=one, agreement=SUPPORT))


def test_a_refusal_after_a_grant_takes_all_of_it_away(bus: Bus) -> None:
    """Its end and whom it left out, too: the next grant begins anew."""
    one = bus.participant()
    until = bus.clock() + timedelta(days=1)
    bus.grant(one, SUPPORT, until=until, excluded=[ProviderId("charity-b")])

    seq = bus.enter(Refusal(number=one, agreement=SUPPORT))

    assert bus.standing(one, SUPPORT) == Standing(seq=seq)


def test_what_is_asked_and_refused_is_so_for_every_number_of_a_person(bus: Bus) -> None:
    """Whichever of them is named."""
    one, other = bus.participant(), bus.participant(ProviderId("college-c"))
    bus.grant(other, SUPPORT)
    bus.merge(other, one)

    bus.enter(Refusal(number=one, agreement=SUPPORT))

    assert bus.standing(other, SUPPORT).granted == NOTHING
    with pytest.raises(ConsentError, match="said no"):
        bus.enter(Request(number=other, agreement=SUPPORT, categories=ALL))


def test_a_grant_that_ran_out_is_entered_once(bus: Bus) -> None:
    """Also after the program was away for long; until then nothing is."""
    one = bus.participant()
    until = bus.clock() + timedelta(days=1)
    bus.grant(one, SUPPORT, GATE, until=until)
    assert expire(bus) == 0

    bus.clock.go_on(timedelta(days=30))

    assert (expire(bus), expire(bus)) == (1, 0)
    entry = bus.leaf()
    assert (entry["kind"], entry["granted"], entry["until"]) == ("expired", [], None)
    assert bus.standing(one, SUPPORT).granted == NOTHING
    with bus.engine.connect() as connection:
        assert last_consent_entries(connection, one) == {SUPPORT: EntryKind.EXPIRED}


def test_each_grant_that_runs_out_has_its_own_entry(bus: Bus) -> None:
    """One for each number, agreement and time."""
    one = bus.participant()
    for _ in range(2):
        until = bus.clock() + timedelta(days=1)
        bus.grant(one, SUPPORT, GATE, until=until)
        bus.grant(one, AgreementId("college-c.outcomes"), GATE, until=until)
        bus.clock.go_on(timedelta(days=1))
        expire(bus)

    assert count(bus, EntryKind.EXPIRED) == 4


def test_of_a_renewal_in_the_meantime_nothing_is_taken(bus: Bus) -> None:
    """The person is locked and looked at again: whoever came first counts."""
    one = bus.participant()
    bus.grant(one, SUPPORT, GATE, until=bus.clock() + timedelta(days=1))
    bus.clock.go_on(timedelta(days=1))

    with ThreadPoolExecutor(1) as pool:
        with bus.engine.begin() as connection:
            numbers_of(connection, one, lock=True)
            waiting = pool.submit(expire, bus)
            apply(
                bus.ledger.on(connection),
                Grant(number=one, agreement=SUPPORT, categories=frozenset({GATE})),
            )
        entered = waiting.result(30)

    assert entered == 0
    assert bus.standing(one, SUPPORT).granted == mask_of([GATE])


def test_somebody_being_erased_is_left_alone(bus: Bus) -> None:
    """Nothing is entered about them any more."""
    one = bus.participant()
    bus.grant(one, SUPPORT, GATE, until=bus.clock() + timedelta(days=1))
    bus.clock.go_on(timedelta(days=1))
    with ThreadPoolExecutor(1) as pool:
        with bus.engine.begin() as connection:
            numbers_of(connection, one, lock=True)
            waiting = pool.submit(expire, bus)
            record_erasure(bus.ledger.on(connection), one, bus.vault)
        entered = waiting.result(30)

    assert entered == 0
    assert count(bus, EntryKind.EXPIRED) == 0
