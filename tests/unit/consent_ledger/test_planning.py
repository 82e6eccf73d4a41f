from datetime import timedelta
from typing import Any

import pytest

from consent_ledger.agreements.agreement import Pseudonym
from consent_ledger.agreements.in_force import Mark
from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.people import ShownAs
from consent_ledger.filter.planning import Delivery
from consent_ledger.journal.disclosures import Disclosed, TrayPlace
from schemas.categories import NOTHING, Category, mask_of
from schemas.codec import decode, encode, walk
from schemas.identifiers import (
    AgreementId,
    LedgerIndex,
    ServiceId,
    TopicName,
    TrayPseudonym,
    new_passport_number,
)
from schemas.trays import out_key, partition_of, split_out_key
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_outcome
from tests.support.shared_fields import all_fields
from tests.support.trays_planned import (
    EVERYTHING,
    NOW,
    SERVICES,
    SHIPPED,
    disclosed,
    make_agreement,
    make_planner,
    plan,
    shared_on,
)

AGREEMENT = make_agreement()
SHARED = shared_on("consent", Category.PARTICIPATION, Category.AREA)
SOME = EVERYTHING._replace(granted=mask_of([Category.PARTICIPATION, Category.IDENTITY]))


def blocks(delivery: Delivery) -> set[str]:
    """Return the names of the blocks that a record carries."""
    assert delivery.record.value is not None
    fields = decode(delivery.record.value)
    return {one.value for one in Category if fields.get(one.value) is not None}


def test_a_record_goes_to_its_tray_under_its_key_in_the_person_s_partition() -> None:
    """And the row that is written before it says the same."""
    event = make_outcome()

    (delivery,) = plan(event, [AGREEMENT], SOME)

    record, row = delivery.record, delivery.disclosure
    assert record.topic == "out.college-c.outcomes"
    assert record.key == out_key(event.participant_id, event.event_id)
    assert record.partition == partition_of(event.participant_id, PARTITIONS)
    assert blocks(delivery) == {"participation", "identity"}
    assert (row.participant_id, row.event_id) == (event.participant_id, event.event_id)
    assert (row.agreement_id, row.issue, row.mask) == (AGREEMENT.id, 1, SOME.granted)
    assert (row.decided_by, row.by_sensitive_gate) == (EVERYTHING.seq, False)


def test_the_partition_of_a_pseudonymous_tray_is_the_pseudonym_s() -> None:
    """It tells nothing of the real number; the row knows the real names, the record does not."""
    event = make_outcome()
    (delivery,) = plan(event, [one for one in SHIPPED if one.pseudonym is Pseudonym.PERSON])

    pseudonym, _ = split_out_key(delivery.record.key)
    assert delivery.record.partition == partition_of(TrayPseudonym(pseudonym), PARTITIONS)
    assert delivery.disclosure.participant_id == event.participant_id
    assert event.participant_id.encode() not in delivery.record.key


def test_a_service_s_mark_that_was_entered_last_decided() -> None:
    """A recipient is told of it, but in a pseudonymous tray: there of the agreement's entry."""
    event = walk(encode(make_outcome()))
    marked = SERVICES | {
        event.service_id: Mark(is_sensitive=False, seq=LedgerIndex(EVERYTHING.seq + 1))
    }
    counted = make_agreement(
        AgreementId("hub.statistics"),
        pseudonym="person",
        fields=all_fields(SHARED),
        categories=SHARED,
    )
    planner = make_planner([AGREEMENT, counted], services=marked)
    standings = {one.id: EVERYTHING for one in (AGREEMENT, counted)}

    planned = planner.plan(event, ShownAs(event.participant_id), standings, {}, now=NOW).deliveries

    assert [one.disclosure.decided_by for one in planned] == [EVERYTHING.seq + 1] * 2
    assert [dict(one.record.headers)["ledgerseq"] for one in planned] == [b"51", b"11"]


def test_somebody_without_a_standing_is_considered_where_everyone_is_reached() -> None:
    """Absence denies everywhere else."""
    event = walk(encode(make_outcome()))
    plan = make_planner(SHIPPED).plan(event, ShownAs(event.participant_id), {}, {}, now=NOW)

    assert [one.disclosure.agreement_id for one in plan.deliveries] == ["hub.statistics"]
    assert plan.waiting == ["research.outcomes"]


def test_nothing_is_retracted_where_nothing_was_ever_sent() -> None:
    """A tombstone would tell of an event that the recipient never saw."""
    assert plan(make_outcome(), [AGREEMENT], Standing()) == []


def test_what_is_closed_now_is_retracted_once() -> None:
    """The tombstone has no digest, and is not repeated."""
    event = make_outcome()
    (sent,) = plan(event, [AGREEMENT])

    (retracted,) = plan(event, [AGREEMENT], Standing(seq=LedgerIndex(60)), disclosed(sent))

    assert retracted.record.value is None
    assert retracted.record.key == sent.record.key
    assert (retracted.disclosure.mask, retracted.disclosure.digest) == (NOTHING, None)
    assert retracted.disclosure.issue == 2
    assert plan(event, [AGREEMENT], Standing(seq=LedgerIndex(60)), disclosed(retracted)) == []


def test_what_stands_already_is_not_sent_again() -> None:
    """Neither when nothing changed, nor when only what is closed did."""
    event = make_outcome()
    (sent,) = plan(event, [AGREEMENT], SOME)
    corrected = event.model_copy(update={"revision": 2, "health": None, "notes": None})

    assert plan(event, [AGREEMENT], SOME, disclosed(sent)) == []
    assert plan(corrected, [AGREEMENT], SOME._replace(seq=LedgerIndex(99)), disclosed(sent)) == []


def test_a_change_of_an_open_block_is_sent_under_the_next_issue() -> None:
    """A recipient that upserts by key has the newest."""
    event = make_outcome()
    (sent,) = plan(event, [AGREEMENT], SOME)

    (again,) = plan(event.model_copy(update={"identity": None}), [AGREEMENT], SOME, disclosed(sent))

    assert again.disclosure.issue == 2
    assert blocks(again) == {"participation"}


def test_what_may_not_have_arrived_is_sent_again() -> None:
    """A turn cut short leaves it open whether its records stand in the tray, tombstones too."""
    event = make_outcome()
    (sent,) = plan(event, [AGREEMENT])
    (retracted,) = plan(event, [AGREEMENT], Standing(), disclosed(sent))

    assert plan(event, [AGREEMENT], last=disclosed(sent, is_confirmed=False))
    assert plan(event, [AGREEMENT], Standing(), disclosed(retracted, is_confirmed=False))


@pytest.mark.parametrize(
    "changes",
    [
        {"categories": AGREEMENT.categories | shared_on("public-task", Category.PARTICIPATION)},
        {"categories": shared_on("consent", Category.PARTICIPATION, Category.IDENTITY)},
    ],
    ids=["another basis", "fewer categories closed"],
)
def test_a_decision_that_reads_differently_is_told_though_the_value_is_the_same(
    changes: dict[str, Any],
) -> None:
    """A recipient must not go on with the basis, or the closed categories, of an older version."""
    event = make_outcome()
    (sent,) = plan(event, [AGREEMENT], SOME)
    newer = make_agreement(version=2, **changes)

    (again,) = plan(event, [newer], SOME, disclosed(sent))

    assert again.record.value == sent.record.value
    before, after = dict(sent.record.headers), dict(again.record.headers)
    assert (before["basis"], before["closed"]) != (after["basis"], after["closed"])


def test_two_trays_that_show_the_same_share_the_same_bytes() -> None:
    """The value is worked out once; trays that show it coarser or under a pseudonym have theirs."""
    same = [make_agreement(AgreementId("a.one")), make_agreement(AgreementId("b.two"))]
    coarse = make_agreement(AgreementId("c.three"), fields={"area.borough": "area"})
    one, two, three = plan(make_outcome(), [*same, coarse])

    assert one.record.value is two.record.value
    assert three.record.value != one.record.value


def test_an_agreement_with_another_mask_never_gets_what_was_worked_out_for_the_first() -> None:
    """Each tray has the blocks of its own decision, in whatever order they are planned."""
    wide, narrow = (
        make_agreement(AgreementId("a.wide")),
        make_agreement(AgreementId("b.narrow"), categories=SHARED),
    )
    for order in ([wide, narrow], [narrow, wide]):
        by_tray = {one.record.topic: blocks(one) for one in plan(make_outcome(), order)}

        assert by_tray[TopicName("out.b.narrow")] == {"participation", "area"}
        assert "health" in by_tray[TopicName("out.a.wide")]


def test_only_the_agreements_asked_for_are_looked_at() -> None:
    """A grant to one recipient costs nothing for the others."""
    event = walk(encode(make_outcome()))
    agreements = [make_agreement(AgreementId("a.one")), make_agreement(AgreementId("b.two"))]
    standings = {one.id: EVERYTHING for one in agreements}

    planned = make_planner(agreements).plan(
        event, ShownAs(event.participant_id), standings, {}, now=NOW, only=["b.two", "c.gone"]
    )

    assert [one.disclosure.agreement_id for one in planned.deliveries] == ["b.two"]


def test_a_tray_once_filled_is_looked_at_though_no_standing_is_left() -> None:
    """What was ever disclosed can always be retracted."""
    event = walk(encode(make_outcome()))
    name = ShownAs(event.participant_id)
    place = TrayPlace(AGREEMENT.id, name.shown_as)
    last = {place: Disclosed(EVERYTHING.granted, b"digest", 5, is_confirmed=True)}

    (retracted,) = make_planner([AGREEMENT]).plan(event, name, {}, last, now=NOW).deliveries

    assert retracted.record.value is None
    assert retracted.disclosure.issue == 6


def test_records_that_moved_with_a_merge_never_share_an_id() -> None:
    """Under each number but the first an event has the same id, so its issues go on."""
    event = walk(encode(make_outcome()))
    into, later = new_passport_number(), new_passport_number()
    planner = make_planner([AGREEMENT])
    standings = {AGREEMENT.id: EVERYTHING}
    (first,) = planner.plan(event, ShownAs(into), standings, {}, now=NOW).deliveries
    moved = planner.plan(event, ShownAs(later), standings, disclosed(first), now=NOW).deliveries

    ids = [dict(one.record.headers)["ce_id"] for one in [first, *moved]]
    assert len(moved) == 2
    assert len({one.rpartition(b".")[0] for one in ids}) == 1
    assert len(set(ids)) == 3


def test_a_service_that_nobody_entered_counts_as_sensitive() -> None:
    """Its records need the gate of sensitive services."""
    event = make_outcome(ServiceId("charity-b.brand-new"))
    gated = EVERYTHING._replace(granted=mask_of(set(Category) - {Category.SENSITIVE_PARTICIPATION}))

    assert plan(event, [AGREEMENT], gated) == []
    assert len(plan(event, [AGREEMENT], EVERYTHING)) == 1


def test_the_moment_of_the_turn_decides() -> None:
    """Planned a moment later, a grant that has run out is retracted."""
    event = make_outcome()
    until = EVERYTHING._replace(until=NOW + timedelta(seconds=1))
    (sent,) = plan(event, [AGREEMENT], until)

    (retracted,) = plan(event, [AGREEMENT], until, disclosed(sent), NOW + timedelta(seconds=1))

    assert retracted.record.value is None


def test_a_merge_that_was_entered_last_decided() -> None:
    """What stands under the other number is retracted by it, too."""
    event = walk(encode(make_outcome()))
    merged = ShownAs(new_passport_number(), LedgerIndex(EVERYTHING.seq + 1))
    place = TrayPlace(AGREEMENT.id, event.participant_id)
    last = {place: Disclosed(EVERYTHING.granted, b"digest", 5, is_confirmed=True)}

    planned = (
        make_planner([AGREEMENT])
        .plan(event, merged, {AGREEMENT.id: EVERYTHING}, last, now=NOW)
        .deliveries
    )

    assert [one.disclosure.shown_as for one in planned] == [merged.shown_as, event.participant_id]
    assert [one.disclosure.decided_by for one in planned] == [merged.seq, merged.seq]
    assert [one.record.value is None for one in planned] == [False, True]
