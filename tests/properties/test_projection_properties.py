import io
from datetime import UTC, date, datetime
from typing import Any

import fastavro
from hypothesis import assume, given
from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement, Generalisation
from consent_ledger.consent.decisions import Standing
from consent_ledger.redaction.redactor import Redactor
from schemas.blocks import Block
from schemas.categories import BLOCKS, NOTHING, Category, Mask, categories_of, mask_of
from schemas.codec import WalkedEvent, decode, encode, encode_fields, walk
from schemas.events import Event, event_type
from schemas.framing import HEADER_BYTES
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber
from schemas.registry import latest_schema
from schemas.trays import split_out_key
from tests.support.agreement_strategies import GATES, NOON, agreements, masks, standings
from tests.support.bus_settings import PEPPER
from tests.support.event_strategies import events
from tests.support.trays_planned import SHIPPED, make_agreement, plan, shared_on

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cut_to_the_day(value: Any) -> Any:
    """Return the value with every moment in it at the start of its day in UTC."""
    if isinstance(value, datetime):
        return value.replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(value, dict):
        return {name: cut_to_the_day(one) for name, one in value.items()}
    return [cut_to_the_day(one) for one in value] if isinstance(value, list) else value


def naive(event: WalkedEvent, agreement: Agreement, mask: Mask, names: tuple[str, str]) -> bytes:
    """Project the slow way: decode everything, blank what is closed, encode it again."""
    fields = decode(event.value)
    fields |= {"revision": 0, "recorded_at": EPOCH}
    for block in BLOCKS:
        if not mask & block.bit:
            fields[block] = None
    form = agreement.generalise.get(Category.IDENTITY)
    if form is Generalisation.BIRTH_BAND and fields["identity"]:
        born = fields["identity"]["date_of_birth"]
        band = {"date_of_birth": date(born.year // 5 * 5 or 1, 1, 1)} if born else None
        fields["identity"] = band and dict.fromkeys(fields["identity"]) | band
    if agreement.generalise.get(Category.AREA) is Generalisation.BOROUGH and fields["area"]:
        fields["area"]["postcode_district"] = None
        fields["area"] = fields["area"] if fields["area"]["borough"] is not None else None
    fields["participant_id"], fields["event_id"] = names
    if agreement.pseudonymous:
        fields |= {"source": None, "referral_ref": None}
        fields = cut_to_the_day(fields)
    return encode_fields(event.schema, fields)


@given(events(), agreements(), masks, st.sampled_from([None, "NWD-SAMP-1E00-9"]))
def test_projecting_is_decoding_blanking_and_encoding(
    event: Event, agreement: Agreement, mask: Mask, other: PassportNumber | None
) -> None:
    """For every mask, every form of an agreement and whatever number it is shown as."""
    walked = walk(encode(event))
    projection = Redactor(agreement, PEPPER)
    shown_as = other or event.participant_id

    value = projection.value(walked, mask, shown_as)

    assert value == naive(walked, agreement, mask, projection.names(walked, shown_as))


@given(events(), masks)
def test_a_projection_has_no_block_but_those_of_the_mask(event: Event, mask: Mask) -> None:
    """And those it has are the event's own."""
    whole = decode(encode(event))

    projection = Redactor(make_agreement(), PEPPER)
    shown = decode(projection.value(walk(encode(event)), mask, event.participant_id))

    for block in BLOCKS:
        assert shown[block] == (whole[block] if mask & block.bit else None)


def with_both_gates(mask: Mask) -> Standing:
    """Return the standing of somebody who was informed and consents to any record at all."""
    return Standing(Mask(mask | mask_of(GATES)), is_informed=True, seq=LedgerIndex(60))


def behind(one: Block | None, other: Block | None, field: str) -> Block | None:
    """Return the other block, but with the one's field, which is all that is shown of it."""
    shown = getattr(one, field, None)
    if other is not None:
        return other.model_copy(update={field: shown})
    return other if shown is None else one


@st.composite
def events_that_differ_where_it_is_closed(
    draw: st.DrawFn,
) -> tuple[Agreement, Standing, Event, Event]:
    """Give an agreement, a standing, and two events that its recipient may not tell apart."""
    agreement = draw(st.sampled_from(SHIPPED) | agreements(are_in_force=True))
    standing = draw(standings() | masks.map(with_both_gates))
    one = draw(events())
    other = draw(events().filter(lambda event: type(event) is type(one)))
    opened: tuple[Category, ...] = (Category.PARTICIPATION,)  # it says whether a gate is open
    for delivery in plan(one, [agreement], standing, now=NOON):
        opened = categories_of(delivery.disclosure.mask)
    changes: dict[str, Any] = {
        block: getattr(other, block) for block in BLOCKS if block not in opened
    }
    changes |= {"revision": other.revision, "recorded_at": other.recorded_at}
    if Category.IDENTITY in agreement.generalise:
        changes["identity"] = behind(one.identity, other.identity, "date_of_birth")
    if Category.AREA in agreement.generalise:
        changes["area"] = behind(one.area, other.area, "borough")
    return agreement, standing, one, one.model_copy(update=changes)


@given(events_that_differ_where_it_is_closed())
def test_what_is_closed_changes_nothing_that_a_recipient_gets(
    drawn: tuple[Agreement, Standing, Event, Event],
) -> None:
    """Non-interference: topic, partition, key, value and headers are the same, byte for byte.

    Also the digest is, so that a correction of what is closed is not sent again.
    """
    agreement, standing, one, other = drawn

    assert plan(one, [agreement], standing, now=NOON) == plan(
        other, [agreement], standing, now=NOON
    )


@given(events(), standings())
def test_a_record_carries_no_revision_and_no_time_of_recording(
    event: Event, standing: Standing
) -> None:
    """They would tell that something closed has changed."""
    for delivery in plan(event, SHIPPED, standing):
        assert delivery.record.value is not None
        fields = decode(delivery.record.value)
        assert (fields["revision"], fields["recorded_at"]) == (0, EPOCH)


PSEUDONYMOUS = [
    make_agreement(
        AgreementId(f"{recipient}.statistics"),
        pseudonymous=True,
        categories=shared_on("public-task", *(set(Category) - {Category.CONTACT, Category.NOTES})),
        applies_to="everyone",
        generalise={"identity": "birth-band", "area": "borough"},
    )
    for recipient in ("hub", "borough-d", "ministry")
]
REAL = make_agreement(
    AgreementId("passport.coordination"),
    applies_to="everyone",
    categories=shared_on("public-task", *Category),
)


def identifying(event: Event, agreement: Agreement) -> set[str]:
    """Return every value of a record, its key and its headers that names a person or an event."""
    (delivery,) = plan(event, [agreement], now=NOON)
    assert delivery.record.value is not None
    fields = decode(delivery.record.value)
    source = fields["source"] or {}
    headers = dict(delivery.record.headers)
    found = {fields["participant_id"], fields["event_id"], fields["referral_ref"]}
    found |= {source.get("reference"), headers["ce_id"].decode()}
    found |= {delivery.record.key.decode(), *split_out_key(delivery.record.key)}
    return {one for one in found if one is not None}


@given(events())
def test_no_two_trays_share_a_value_that_names_a_person_or_an_event(event: Event) -> None:
    """Neither two pseudonymous ones, nor one of them and a tray with the real names."""
    trays = [identifying(event, one) for one in (REAL, *PSEUDONYMOUS)]
    assert event.participant_id in trays[0]

    for place, one in enumerate(trays):
        for other in trays[place + 1 :]:
            assert not one & other


@given(events())
def test_nothing_real_stands_anywhere_in_a_pseudonymous_record(event: Event) -> None:
    """Not as text in the value's bytes either, nor a time finer than a day."""
    real = [event.participant_id, event.event_id, event.referral_ref or event.event_id]
    for agreement in PSEUDONYMOUS:
        (delivery,) = plan(event, [agreement], now=NOON)
        record = delivery.record
        assert record.value is not None
        everything = b" ".join([record.key, record.value, *(value for _, value in record.headers)])
        fields = decode(record.value)

        assert not any(one.encode() in everything for one in real)
        assert fields["source"] is fields["referral_ref"] is None
        assert cut_to_the_day(fields) == fields
        assert dict(record.headers)["ce_time"].endswith(b"T00:00:00.000Z")


@given(events(), events())
def test_a_person_has_one_pseudonym_in_a_tray_and_an_event_has_one(
    one: Event, other: Event
) -> None:
    """A recipient follows one person through its own tray, and takes no two people for one."""
    same = other.model_copy(update={"participant_id": one.participant_id})
    somebody = other.model_copy(update={"participant_id": "NWD-SAMP-1E00-9"})
    assume(one.event_id != other.event_id)
    for agreement in PSEUDONYMOUS:
        names = [
            Redactor(agreement, PEPPER).names(walk(encode(e)), e.participant_id)
            for e in (one, same, somebody)
        ]

        assert names[0][0] == names[1][0]
        assert names[0][0] != names[2][0]
        assert len({event_id for _, event_id in names}) == 3


@given(events())
def test_a_pseudonym_needs_the_pepper(event: Event) -> None:
    """Another pepper gives other names: nobody without it can confirm a guess."""
    walked = walk(encode(event))
    for agreement in PSEUDONYMOUS:
        ours = Redactor(agreement, PEPPER).names(walked, walked.participant_id)
        theirs = Redactor(agreement, b"another pepper").names(walked, walked.participant_id)

        assert not set(ours) & set(theirs)


@given(events(), st.sampled_from([REAL, *PSEUDONYMOUS]))
def test_an_event_shown_under_another_number_names_that_one_alone(
    event: Event, agreement: Agreement
) -> None:
    """Its id is another one, too: both numbers may have an event of the same id."""
    walked, other = walk(encode(event)), "NWD-SAMP-1E00-9"
    projection = Redactor(agreement, PEPPER)
    assume(other != event.participant_id)

    value = projection.value(walked, mask_of(Category), PassportNumber(other))

    assert event.participant_id.encode() not in value
    assert event.event_id.encode() not in value
    theirs = Redactor(agreement, PEPPER).names(
        walk(encode(event.model_copy(update={"participant_id": other}))), PassportNumber(other)
    )
    assert projection.names(walked, PassportNumber(other))[0] == theirs[0]
    assert projection.names(walked, PassportNumber(other))[1] != theirs[1]


@given(events())
def test_a_projected_value_is_a_value_of_the_same_schema(event: Event) -> None:
    """A recipient's decoder in any language needs no second schema."""
    schema = latest_schema(event_type(event))
    for delivery in plan(event, [*SHIPPED, REAL, *PSEUDONYMOUS], now=NOON):
        value = delivery.record.value
        assert value is not None
        body = io.BytesIO(value[HEADER_BYTES:])

        assert fastavro.schemaless_reader(body, schema.parsed, schema.parsed)
        assert body.read() == b""
        assert value[:HEADER_BYTES] == encode(event)[:HEADER_BYTES]


@given(events(), st.sampled_from([REAL, *PSEUDONYMOUS]))
def test_an_empty_mask_is_no_record(event: Event, agreement: Agreement) -> None:
    """Where nothing is open there is no value without blocks either: nothing is written."""
    ended = agreement.model_copy(update={"ended": True})

    assert plan(event, [ended], Standing(Mask(NOTHING)), now=NOON) == []
