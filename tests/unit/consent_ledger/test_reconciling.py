"""Two numbers are merged of which other things were said: the narrower holds. Also of mutants."""

import json
from datetime import timedelta
from typing import Any

import pytest

from consent_ledger.consent.changes import Notice, Objection, Refusal, Request, Withdrawal
from consent_ledger.consent.decisions import Standing
from schemas.categories import Category, categories_of
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from tests.histories import cast
from tests.properties.memory_bus import MemoryBus

WIDE, TASK = AgreementId("wide.purpose"), AgreementId("task.purpose")
ADA, OTHER, THIRD = (one.participant_id for one in cast.people())
GATE, NAMES, MONEY = Category.PARTICIPATION, Category.IDENTITY, Category.MONEY


def begun() -> MemoryBus:
    """Return a bus with the agreements of the histories."""
    return MemoryBus(list(cast.agreements(0).values()), (ADA, OTHER, THIRD))


def entered(bus: MemoryBus, since: int) -> list[dict[str, Any]]:
    """Return what entries say from one on."""
    return [json.loads(leaf) for leaf in bus.ground.leaves[since:]]


def open_now(bus: MemoryBus, number: PassportNumber) -> set[Category]:
    """Return what is granted under a number."""
    return set(categories_of(bus.standing(number, WIDE).granted))


def test_of_two_consents_that_differ_what_both_open_stays_and_the_ledger_says_so() -> None:
    """Under both numbers, until the earlier end, without the providers that either left out."""
    bus = begun()
    soon = bus.clock() + timedelta(days=1)
    bus.grant(ADA, WIDE, GATE, NAMES, until=soon)
    bus.grant(OTHER, WIDE, GATE, MONEY, excluded=[ProviderId(cast.PROVIDERS[0])])
    size = len(bus.ground.leaves)

    seq = bus.merge(OTHER, into=ADA)

    for number in (ADA, OTHER):
        held = bus.standing(number, WIDE)
        assert set(categories_of(held.granted)) == {GATE}
        assert held.until == soon
        assert held.excluded == frozenset(cast.PROVIDERS[:1])
    said = entered(bus, size)
    assert [fact["kind"] for fact in said] == ["merged", "reconciled", "reconciled"]
    assert [fact["granted"] for fact in said[1:]] == [["participation"]] * 2
    parts = [row.with_seq for row in bus.ground.database.changes if row.seq > seq]
    assert parts == [seq, seq]


@pytest.mark.parametrize("said_no", [Refusal, Withdrawal])
def test_a_no_under_one_number_is_a_no_under_the_other(said_no: Any) -> None:
    """Until the person is asked: then it holds for both again."""
    bus = begun()
    bus.grant(ADA, WIDE, GATE, NAMES)
    bus.grant(OTHER, WIDE, GATE)
    bus.enter(said_no(number=OTHER, agreement=WIDE))

    bus.merge(OTHER, into=ADA)

    assert open_now(bus, ADA) == open_now(bus, OTHER) == set()
    bus.enter(Request(number=ADA, agreement=WIDE, categories="all"))
    bus.grant(ADA, WIDE, GATE, NAMES)
    assert open_now(bus, ADA) == open_now(bus, OTHER) == {GATE, NAMES}


def test_who_was_never_asked_under_one_number_has_not_said_no() -> None:
    """Nor who was asked and has not answered, or was told; nothing is opened either."""
    bus = begun()
    bus.grant(ADA, WIDE, GATE, NAMES)
    bus.enter(Request(number=OTHER, agreement=WIDE, categories="all"))
    bus.enter(Notice(number=OTHER, agreement=WIDE))
    size = len(bus.ground.leaves)

    bus.merge(OTHER, into=ADA)

    assert [fact["kind"] for fact in entered(bus, size)] == ["merged"]
    assert open_now(bus, ADA) == {GATE, NAMES}
    assert open_now(bus, OTHER) == set()


def test_what_has_run_out_says_nothing_against_what_holds() -> None:
    """Whether or not the hub has noted it."""
    bus = begun()
    bus.grant(ADA, WIDE, GATE, NAMES)
    bus.grant(OTHER, WIDE, GATE, until=bus.clock() + timedelta(days=1))
    bus.clock.go_on(timedelta(days=2))

    bus.merge(OTHER, into=ADA)

    assert open_now(bus, ADA) == {GATE, NAMES}


def test_what_an_unmerging_closed_is_no_answer() -> None:
    """The two were merged, parted, and are one person after all."""
    bus = begun()
    bus.grant(ADA, WIDE, GATE, NAMES)
    bus.merge(OTHER, into=ADA)
    bus.grant(ADA, WIDE, GATE, NAMES, MONEY)
    bus.unmerge(OTHER)
    assert open_now(bus, OTHER) == set()

    bus.merge(OTHER, into=ADA)

    assert open_now(bus, ADA) == {GATE, NAMES, MONEY}


def test_an_objection_is_the_person_s_under_whichever_number() -> None:
    """Also under one of which nothing was ever said; a third number of theirs, too."""
    bus = begun()
    bus.enter(Objection(number=ADA, agreement=TASK))
    bus.merge(THIRD, into=OTHER)

    bus.merge(ADA, into=OTHER)

    assert all(bus.standing(number, TASK).has_objected for number in (ADA, OTHER, THIRD))


def test_a_merge_never_opens_anything() -> None:
    """Whatever was said of the two: each standing is at most what it was."""
    bus = begun()
    bus.grant(ADA, WIDE, GATE, NAMES)
    bus.grant(OTHER, WIDE, GATE, NAMES)
    before: dict[str, Standing] = {number: bus.standing(number, WIDE) for number in (ADA, OTHER)}

    bus.merge(OTHER, into=ADA)

    assert {number: bus.standing(number, WIDE) for number in (ADA, OTHER)} == before
