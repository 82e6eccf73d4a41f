from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from consent_ledger.agreements.agreement import Basis, Pseudonym
from consent_ledger.consent.decisions import Decision, Standing
from consent_ledger.filter.headers import record_headers, tombstone_headers
from schemas.categories import BLOCKS, Category, mask_of
from schemas.codec import decode
from schemas.events import Event
from schemas.identifiers import AgreementId, EventId, LedgerIndex
from tests.support.factories import make_enrolment, make_outcome, make_referral
from tests.support.trays_planned import SHIPPED, disclosed, make_agreement, plan

DECISION = Decision(
    mask=Category.PARTICIPATION.bit,
    closed=mask_of([Category.HEALTH, Category.JUSTICE]),
    basis=Basis.CONSENT,
    by_sensitive_gate=False,
    seq=LedgerIndex(42),
)


def personal_values(value: Any) -> Iterator[str]:
    """Yield what stands in a block, as it would look if it had leaked.

    Short values are left out: three digits stand in many a random key.
    """
    if isinstance(value, dict):
        for one in value.values():
            yield from personal_values(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from personal_values(one)
    elif value is not None and not isinstance(value, bool) and len(str(value)) > 4:
        yield str(value)


def headers_of(event: Event, standing: Standing, **changes: Any) -> dict[str, bytes]:
    """Return the headers of the one record planned for an event."""
    (delivery,) = plan(event, [make_agreement(**changes)], standing)
    return dict(delivery.record.headers)


def test_a_record_is_a_cloudevent_in_binary_mode() -> None:
    """Names as the Kafka protocol binding writes them, and what the bus adds."""
    headers = record_headers(
        AgreementId("college-c.outcomes"),
        EventId("event-1"),
        3,
        DECISION,
        visible_entry=DECISION.seq,
        event="outcome",
        occurred_at_ms=1_777_887_000_123,
    )

    assert dict(headers) == {
        "ce_specversion": b"1.0",
        "content-type": b"application/avro",
        "ce_type": b"org.nowrongdoor.outcome",
        "ce_source": b"/trays/college-c.outcomes",
        "ce_id": b"event-1.3",
        "ce_time": b"2026-05-04T09:30:00.123Z",
        "agreement": b"college-c.outcomes",
        "basis": b"consent",
        "closed": b"health,justice",
        "ledgerseq": b"42",
    }
    assert len(headers) == len(dict(headers))


def test_a_tombstone_is_a_cloudevent_without_data() -> None:
    """It says no more than that something was retracted, and which entry decided it."""
    assert dict(
        tombstone_headers(AgreementId("college-c.outcomes"), EventId("event-1"), 4, LedgerIndex(43))
    ) == {
        "ce_specversion": b"1.0",
        "ce_type": b"org.nowrongdoor.retracted",
        "ce_source": b"/trays/college-c.outcomes",
        "ce_id": b"event-1.4",
        "agreement": b"college-c.outcomes",
        "ledgerseq": b"43",
    }


@pytest.mark.parametrize(
    ("occurred_at_ms", "written"),
    [
        (-62_135_596_800_000, b"0001-01-01T00:00:00.000Z"),
        (-1, b"1969-12-31T23:59:59.999Z"),
        (0, b"1970-01-01T00:00:00.000Z"),
        (253_402_300_799_999, b"9999-12-31T23:59:59.999Z"),
        (253_402_300_799_001, b"9999-12-31T23:59:59.001Z"),
    ],
)
def test_every_moment_an_event_may_have_can_be_written(occurred_at_ms: int, written: bytes) -> None:
    """To the millisecond, from the first year to the last: none stops the filter."""
    headers = record_headers(
        AgreementId("a.b"),
        EventId("e"),
        1,
        DECISION,
        visible_entry=0,
        event="outcome",
        occurred_at_ms=occurred_at_ms,
    )

    assert dict(headers)["ce_time"] == written


@pytest.mark.parametrize("make", [make_referral, make_enrolment, make_outcome])
def test_no_header_key_or_topic_holds_a_personal_value(make: Callable[[], Event]) -> None:
    """Whatever stands in a block, open or closed, none of it is outside the value."""
    event = make()
    blocks = {name: value for name, value in event.model_dump().items() if name in list(BLOCKS)}
    values = set(personal_values(blocks)) - {"borough-d"}  # a contributor, and a recipient too
    assert {"Nwosu", "1991-03-14", "AB123456C", "SE1 1AA", "Prefers the ground floor."} <= values
    for delivery in plan(event, [*SHIPPED, make_agreement(AgreementId("any.purpose"))]):
        outside = [delivery.record.topic.encode(), delivery.record.key]
        outside += [value for _, value in delivery.record.headers]

        for value in values:
            assert not any(value.encode() in one for one in outside), delivery.record.topic


def test_closed_lists_what_is_closed_whether_or_not_there_is_data() -> None:
    """To say that a justice record was withheld would tell that there is one."""
    standing = Standing(granted=mask_of([Category.PARTICIPATION, Category.IDENTITY]))
    full = make_outcome()
    empty = full.model_copy(update={block.value: None for block in BLOCKS[1:]})

    with_data, without = headers_of(full, standing), headers_of(empty, standing)

    assert with_data == without
    assert with_data["closed"].decode().split(",") == [
        block.value for block in BLOCKS if block not in (Category.PARTICIPATION, Category.IDENTITY)
    ]


def test_closed_leaves_out_what_the_agreement_never_shares() -> None:
    """A recipient learns nothing of categories that are none of its business."""
    shared = {c: {"basis": "consent"} for c in (Category.PARTICIPATION, Category.AREA)}
    standing = Standing(granted=Category.PARTICIPATION.bit)

    assert headers_of(make_outcome(), standing, categories=shared)["closed"] == b"area"


def test_a_pseudonymous_tray_names_neither_person_nor_event_nor_hour() -> None:
    """Key and headers hold the tray's own names and the day alone."""
    event = make_outcome()
    statistics = [one for one in SHIPPED if one.pseudonym is Pseudonym.PERSON]
    (delivery,) = plan(event, statistics)
    (retraction,) = plan(event, statistics, Standing(has_objected=True), disclosed(delivery))
    assert retraction.record.value is None

    for record in (delivery.record, retraction.record):
        outside = b" ".join([record.key, *(value for _, value in record.headers)])
        assert event.participant_id.encode() not in outside
        assert event.event_id.encode() not in outside
        assert event.referral_ref is not None
        assert event.referral_ref.encode() not in outside
    assert dict(delivery.record.headers)["ce_time"] == b"2026-05-04T00:00:00.000Z"
    value = delivery.record.value
    assert value is not None
    assert decode(value)["occurred_at"] == datetime(2026, 5, 4, tzinfo=UTC)
