"""What a sweep has still to come to."""

from typing import Any

import pytest

from consent_ledger.filter.sweep import Reached, Sweep
from schemas.identifiers import AgreementId, EventId, LedgerIndex, PassportNumber, ServiceId
from tests.support.trays_planned import NOW

ADA, BEN, CAT = (PassportNumber(f"NWD-SAMP-1E0{number}-X") for number in range(3))
FIRST, SECOND = EventId("1"), EventId("2")
COURSE, CLINIC = ServiceId("college.course"), ServiceId("charity.clinic")


def sweep(after: Reached | None, **about: Any) -> Sweep:
    """Return a sweep that has come so far, of everybody unless it is about somebody."""
    given = about or {"agreement_ids": frozenset({AgreementId("council.support")})}
    return Sweep(0, NOW, NOW, (LedgerIndex(1),), after=after, **given)


@pytest.mark.parametrize(
    ("one", "to_come"),
    [
        (sweep(Reached(BEN)), [(CAT, FIRST)]),
        (sweep(Reached(BEN, FIRST)), [(BEN, SECOND), (CAT, FIRST)]),
        (sweep(None), []),
        (sweep(Reached(BEN), participant_id=BEN), [(BEN, FIRST), (BEN, SECOND)]),
        (sweep(Reached(BEN, FIRST), participant_id=BEN), [(BEN, SECOND)]),
        (sweep(Reached(ADA), service_ids=frozenset({CLINIC})), []),
        (sweep(Reached(BEN), service_ids=frozenset({COURSE})), [(CAT, FIRST)]),
        (sweep(Reached(ADA), is_release=True), []),
    ],
    ids=[
        *("people behind the last one", "and the rest of one's events", "nothing at its end"),
        *("all of a person's", "the rest of a person's", "another service", "a service"),
        "a release",
    ],
)
def test_a_sweep_has_still_to_come_to_what_lies_behind_where_it_is(
    one: Sweep, to_come: list[tuple[PassportNumber, EventId]]
) -> None:
    """People come in the order of their numbers, and each one's events by their ids."""
    events = [(ADA, SECOND), (BEN, FIRST), (BEN, SECOND), (CAT, FIRST)]

    assert [event for event in events if one.is_to_come_to(*event, COURSE)] == to_come
