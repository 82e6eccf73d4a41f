"""Consent asked for, refused, and run out: what is entered, and what of it opens or closes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from consent_ledger.consent.consent import ConsentError
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.standings import last_words
from consent_ledger.ledger.entries import Kind
from consent_ledger.register.passport_numbers import numbers_of
from consent_ledger.rights.erasure import Erasure
from consent_ledger.tables.consent import change
from deploy.programs.expiries import enter_expiries
from schemas.categories import NOTHING, Category, mask_of
from tests.support.bus import Bus

SUPPORT = "borough-d.support"
STATISTICS = "hub.statistics"
GATE = Category.PARTICIPATION


def say(bus: Bus, method: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """Call one of the methods in a transaction of its own."""
    with bus.engine.begin() as connection:
        return method(connection, *arguments, **more)


def expire(bus: Bus) -> int:
    """Do what the program that enters expiries does."""
    return enter_expiries(bus.engine, bus.consent, bus.clock())


def count(bus: Bus, kind: Kind) -> int:
    """Return how many entries of a kind there are."""
    with bus.engine.connect() as connection:
        wanted = select(func.count()).select_from(change).where(change.c.kind == kind.value)
        return int(connection.scalar(wanted) or 0)


def test_a_request_says_what_was_asked_and_opens_nothing(bus: Bus) -> None:
    """What was said before stays as it was."""
    one = bus.participant()
    bus.grant(one, SUPPORT, GATE)
    before = bus.standing(one, SUPPORT)

    seq = say(bus, bus.consent.request, one, SUPPORT, [Category.NEEDS, Category.HEALTH])

    entry = bus.leaf(seq)
    assert (entry["kind"], entry["requested"]) == ("requested", ["needs", "health"])
    assert entry["granted"] == ["participation"]
    assert bus.standing(one, SUPPORT) == before._replace(seq=seq)


def test_nobody_is_asked_twice_by_mistake(bus: Bus) -> None:
    """Neither before there is an answer, nor after a no: only where it is said to be meant."""
    one = bus.participant()
    say(bus, bus.consent.request, one, SUPPORT)
    with pytest.raises(ConsentError, match="asked already"):
        say(bus, bus.consent.request, one, SUPPORT)
    say(bus, bus.consent.refuse, one, SUPPORT)
    with pytest.raises(ConsentError, match="said no"):
        say(bus, bus.consent.request, one, SUPPORT)

    say(bus, bus.consent.request, one, SUPPORT, is_again=True)

    assert count(bus, Kind.REQUESTED) == 2


def test_after_an_answer_more_can_be_asked_for(bus: Bus) -> None:
    """But not what was granted."""
    one = bus.participant()
    bus.grant(one, SUPPORT, GATE)

    with pytest.raises(ConsentError, match="said yes to all of that"):
        say(bus, bus.consent.request, one, SUPPORT, [GATE])
    say(bus, bus.consent.request, one, SUPPORT, [GATE, Category.NEEDS])

    assert count(bus, Kind.REQUESTED) == 1


@pytest.mark.parametrize("act", ["request", "refuse"])
def test_an_agreement_without_consent_has_nothing_to_ask_or_refuse(bus: Bus, act: str) -> None:
    """What it shares can be objected to."""
    one = bus.participant()

    with pytest.raises(ConsentError, match="nothing to consent to"):
        say(bus, getattr(bus.consent, act), one, STATISTICS)


def test_what_an_agreement_does_not_share_cannot_be_asked_for(bus: Bus) -> None:
    """An adviser's slip is not entered."""
    with pytest.raises(ConsentError, match="does not ask consent for: money"):
        say(bus, bus.consent.request, bus.participant(), SUPPORT, [Category.MONEY])


def test_a_refusal_is_entered_once_and_leaves_nothing(bus: Bus) -> None:
    """With or without a request before it; a second no says nothing new."""
    one = bus.participant()

    seq = say(bus, bus.consent.refuse, one, SUPPORT)

    assert bus.leaf(seq)["kind"] == "refused"
    assert bus.standing(one, SUPPORT) == Standing(seq=seq)
    with pytest.raises(ConsentError, match="said no to this already"):
        say(bus, bus.consent.refuse, one, SUPPORT)


def test_a_refusal_after_a_grant_takes_all_of_it_away(bus: Bus) -> None:
    """Its end and whom it left out, too: the next grant begins anew."""
    one = bus.participant()
    until = bus.clock() + timedelta(days=1)
    say(bus, bus.consent.grant, one, SUPPORT, until=until, excluded=["charity-b"])

    seq = say(bus, bus.consent.refuse, one, SUPPORT)

    assert bus.standing(one, SUPPORT) == Standing(seq=seq)


def test_what_is_asked_and_refused_is_so_for_every_number_of_a_person(bus: Bus) -> None:
    """Whichever of them is named."""
    one, other = bus.participant(), bus.participant("college-c")
    bus.grant(other, SUPPORT)
    say(bus, bus.merging.merge, other, one)

    say(bus, bus.consent.refuse, one, SUPPORT)

    assert bus.standing(other, SUPPORT).granted == NOTHING
    with pytest.raises(ConsentError, match="said no"):
        say(bus, bus.consent.request, other, SUPPORT)


def test_a_grant_that_ran_out_is_entered_once(bus: Bus) -> None:
    """Also after the program was away for long; until then nothing is."""
    one = bus.participant()
    until = bus.clock() + timedelta(days=1)
    say(bus, bus.consent.grant, one, SUPPORT, [GATE], until=until)
    assert expire(bus) == 0

    bus.clock.go_on(timedelta(days=30))

    assert (expire(bus), expire(bus)) == (1, 0)
    entry = bus.leaf()
    assert (entry["kind"], entry["granted"], entry["until"]) == ("expired", [], None)
    assert bus.standing(one, SUPPORT).granted == NOTHING
    with bus.engine.connect() as connection:
        assert last_words(connection, one) == {SUPPORT: Kind.EXPIRED}


def test_each_grant_that_runs_out_has_its_own_entry(bus: Bus) -> None:
    """One for each number, agreement and time."""
    one = bus.participant()
    for _ in range(2):
        until = bus.clock() + timedelta(days=1)
        say(bus, bus.consent.grant, one, SUPPORT, [GATE], until=until)
        say(bus, bus.consent.grant, one, "college-c.outcomes", [GATE], until=until)
        bus.clock.go_on(timedelta(days=1))
        expire(bus)

    assert count(bus, Kind.EXPIRED) == 4


def test_of_a_renewal_in_the_meantime_nothing_is_taken(bus: Bus) -> None:
    """The person is locked and looked at again: whoever came first counts."""
    one = bus.participant()
    say(bus, bus.consent.grant, one, SUPPORT, [GATE], until=bus.clock() + timedelta(days=1))
    bus.clock.go_on(timedelta(days=1))

    with ThreadPoolExecutor(1) as pool:
        with bus.engine.begin() as connection:
            numbers_of(connection, one, lock=True)
            waiting = pool.submit(expire, bus)
            bus.consent.grant(connection, one, SUPPORT, [GATE])
        entered = waiting.result(30)

    assert entered == 0
    assert bus.standing(one, SUPPORT).granted == mask_of([GATE])


def test_somebody_being_erased_is_left_alone(bus: Bus) -> None:
    """Nothing is entered about them any more."""
    one = bus.participant()
    say(bus, bus.consent.grant, one, SUPPORT, [GATE], until=bus.clock() + timedelta(days=1))
    bus.clock.go_on(timedelta(days=1))
    with ThreadPoolExecutor(1) as pool:
        with bus.engine.begin() as connection:
            numbers_of(connection, one, lock=True)
            waiting = pool.submit(expire, bus)
            Erasure(bus.ledger).record(connection, one)
        entered = waiting.result(30)

    assert entered == 0
    assert count(bus, Kind.EXPIRED) == 0
