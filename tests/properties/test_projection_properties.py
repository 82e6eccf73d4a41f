import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import fastavro
from hypothesis import assume, given
from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement, Pseudonym
from consent_ledger.consent.decisions import Standing
from consent_ledger.redaction.redactor import Redactor
from consent_ledger.verification.expected_fields import SharedPart, pseudonymise
from schemas.blocks import Block
from schemas.categories import BLOCKS, NOTHING, Category, Mask, categories_of, mask_of
from schemas.codec import WalkedEvent, decode, encode, encode_fields, walk
from schemas.derivation import Derivation, derived_event_id, derived_token
from schemas.events import Event, event_type
from schemas.field_forms import FIELD_KINDS, FieldForm
from schemas.framing import HEADER_BYTES
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber
from schemas.registry import latest_schema
from schemas.trays import split_out_key
from tests.bench.peers.plain_projection import projected
from tests.support.agreement_strategies import GATES, NOON, agreements, masks, standings
from tests.support.bus_settings import PEPPER
from tests.support.event_strategies import PROVIDERS, REFERENCES, events
from tests.support.shareable_words import CHOICES, CODES
from tests.support.shared_fields import all_fields
from tests.support.trays_planned import SERVICES, SHIPPED, make_agreement, plan, shared_on

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KNOWN = {service: mark.is_sensitive for service, mark in SERVICES.items()}


def cut_to_the_day(value: Any) -> Any:
    """Return the value with every moment in it at the start of its day in UTC."""
    if isinstance(value, datetime):
        return value.replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(value, dict):
        return {name: cut_to_the_day(one) for name, one in value.items()}
    return [cut_to_the_day(one) for one in value] if isinstance(value, list) else value


def naive(event: WalkedEvent, agreement: Agreement, mask: Mask, shown_as: PassportNumber) -> bytes:
    """Project the slow way: decode everything, blank what is closed, fill in what is shared."""
    whole = decode(event.value)
    fields = whole | {"revision": 0, "recorded_at": EPOCH}
    kinds = {one["name"]: one["type"] for one in event.schema.json["fields"]}
    forms = {path: form.value for path, form in agreement.fields.items()}
    named = {path.partition(".")[0] for path in forms}
    for block in BLOCKS:
        if not mask & block.bit:
            fields[block] = None
        elif fields[block] is not None and (agreement.pseudonym or block in named):
            fields[block] = SharedPart(block, kinds[block][1], forms, KNOWN).of(fields[block])
    if shown_as != event.participant_id:
        merged = derived_token(PEPPER, "merged")
        fields["event_id"] = derived_event_id(merged, event.participant_id, event.event_id)
        fields["participant_id"] = shown_as
    if agreement.pseudonym is not None:
        secret = Derivation(derived_token(PEPPER, "pseudonyms", agreement.id))
        pseudonymise(fields, whole, secret, agreement.pseudonym, forms)
    return encode_fields(event.schema, fields)


@given(
    events(), agreements(are_in_any_form=True), masks, st.sampled_from([None, "NWD-SAMP-1E00-9"])
)
def test_projecting_is_decoding_blanking_and_encoding(
    event: Event, agreement: Agreement, mask: Mask, other: PassportNumber | None
) -> None:
    """For every mask, every form of an agreement and whatever number it is shown as."""
    walked = walk(encode(event))
    projection = Redactor(agreement, PEPPER, KNOWN)
    shown_as = other or event.participant_id

    value = projection.value(walked, mask, shown_as)

    assert value == naive(walked, agreement, mask, shown_as)


@given(events(), masks)
def test_a_projection_has_no_block_but_those_of_the_mask(event: Event, mask: Mask) -> None:
    """And those it has are the event's own."""
    whole = decode(encode(event))

    projection = Redactor(make_agreement(), PEPPER)
    shown = decode(projection.value(walk(encode(event)), mask, event.participant_id))

    for block in BLOCKS:
        assert shown[block] == (whole[block] if mask & block.bit else None)


@given(events(), masks)
def test_what_is_cut_from_the_bytes_is_what_decoding_and_encoding_gives(
    event: Event, mask: Mask
) -> None:
    """The program that the benchmark has beside the filter does the same, the long way round."""
    value = encode(event)

    shown = Redactor(make_agreement(), PEPPER).value(walk(value), mask, event.participant_id)

    assert projected(value, [one for one in BLOCKS if mask & one.bit]) == shown


def with_both_gates(mask: Mask) -> Standing:
    """Return the standing of somebody who was informed and consents to any record at all."""
    return Standing(Mask(mask | mask_of(GATES)), is_informed=True, seq=LedgerIndex(60))


def alike(one: Event, other: Event, agreement: Agreement, category: Category) -> Block | None:
    """Return a block that differs from one event's where the agreement shares nothing of it.

    Fields in a form come from the one, whole; what is left out comes from the other.
    """
    ours: Block | None = getattr(one, category)
    theirs: Block | None = getattr(other, category)
    if ours is None or theirs is None:
        return ours
    path = f"{category}."
    named = {
        name.removeprefix(path).partition(".")[0]
        for name, form in agreement.fields.items()
        if name.startswith(path) and form is not FieldForm.LEFT_OUT
    }
    changes = {name: getattr(theirs, name) for name in type(ours).model_fields if name not in named}
    return ours.model_copy(update=changes)


@st.composite
def events_that_differ_where_it_is_closed(
    draw: st.DrawFn,
) -> tuple[Agreement, Standing, Event, Event]:
    """Give an agreement, a standing, and two events that its recipient may not tell apart."""
    agreement = draw(st.sampled_from(SHIPPED) | agreements(are_in_force=True, are_in_any_form=True))
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
    for category in agreement.coarse & set(BLOCKS) & set(opened):
        # the service decides which gate is asked, the provider who is left out
        if category is not Category.PARTICIPATION or agreement.pseudonymous:
            changes[category] = alike(one, other, agreement, category)
    if "participation" in changes:
        service = {"service_id": one.participation.service_id}
        changes["participation"] = changes["participation"].model_copy(update=service)
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
        pseudonym=stands_for,
        categories=shared_on("public-task", *Category),
        applies_to="everyone",
        fields=all_fields(),
    )
    for recipient, stands_for in (
        ("hub", Pseudonym.PERSON),
        ("borough-d", Pseudonym.PERSON),
        ("ministry", Pseudonym.JOURNEY),
        ("university", Pseudonym.EVENT),
    )
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


def pseudonym(agreement: Agreement, event: Event) -> str:
    """Return what a record's value calls the one it is about."""
    value = Redactor(agreement, PEPPER).value(
        walk(encode(event)), mask_of(Category), event.participant_id
    )
    return str(decode(value)["participant_id"])


@given(events(), events())
def test_a_pseudonym_ties_together_what_the_agreement_says(one: Event, other: Event) -> None:
    """A person, a journey or one event: never two people, and never more than that."""
    assume(one.event_id != other.event_id)
    of_one = other.model_copy(update={"participant_id": one.participant_id})
    of_journey = of_one.model_copy(update={"referral_ref": REFERENCES[0]})
    elsewhere = of_one.model_copy(update={"referral_ref": REFERENCES[1]})
    begun = one.model_copy(update={"referral_ref": REFERENCES[0]})
    somebody = of_journey.model_copy(update={"participant_id": "NWD-SAMP-1E00-9"})
    for agreement in PSEUDONYMOUS:
        names = [pseudonym(agreement, e) for e in (begun, of_journey, elsewhere, somebody)]
        keys = [
            Redactor(agreement, PEPPER).names(walk(encode(e)), e.participant_id)
            for e in (begun, of_journey, somebody)
        ]

        assert (names[0] == names[1]) is (agreement.pseudonym is not Pseudonym.EVENT)
        assert (names[0] == names[2]) is (agreement.pseudonym is Pseudonym.PERSON)
        assert names[3] not in names[:3]
        assert (keys[0][0] == keys[1][0]) is (agreement.pseudonym is Pseudonym.PERSON)
        assert len({event_id for _, event_id in keys}) == 3


@given(events(), st.integers(2, 9))
def test_a_correction_stands_under_the_same_key(event: Event, revision: int) -> None:
    """Also of what an event's journey is, which its pseudonym then follows."""
    corrected = event.model_copy(
        update={"revision": revision, "referral_ref": REFERENCES[revision], "source": None}
    )
    for agreement in (REAL, *PSEUDONYMOUS):
        keys = {plan(e, [agreement], now=NOON)[0].record.key for e in (event, corrected)}

        assert len(keys) == 1


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a decoded value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


@given(events(), agreements(are_in_force=True, are_in_any_form=True))
def test_no_free_text_arrives_under_a_pseudonym(event: Event, agreement: Agreement) -> None:
    """Whatever a provider wrote, into whatever field: codes, ids and words of the schemas alone."""
    assume(agreement.pseudonymous)
    value = Redactor(agreement, PEPPER, KNOWN).value(
        walk(encode(event)), mask_of(Category), event.participant_id
    )
    fields = decode(value)
    of_the_bus = {fields.pop("participant_id"), fields.pop("event_id"), *PROVIDERS, *KNOWN}

    assert set(texts(fields)) <= CODES | CHOICES | of_the_bus | {"", "present"}


@given(events(), agreements(are_in_force=True, are_in_any_form=True))
def test_a_field_that_is_not_named_is_empty(event: Event, agreement: Agreement) -> None:
    """In every block, whatever is open: also where a field of the same block is shared."""
    assume(agreement.pseudonymous)
    fields = decode(
        Redactor(agreement, PEPPER, KNOWN).value(
            walk(encode(event)), mask_of(Category), event.participant_id
        )
    )

    for path, kind in FIELD_KINDS.items():
        if agreement.fields.get(path, FieldForm.LEFT_OUT) is FieldForm.LEFT_OUT:
            block, *names = path.split(".")
            held = fields[block]
            if names and held is not None:
                held = held.get(names[0])
            items = held if names[1:] and held else [{names[-1]: held}] if names else [held]
            found = {str(item[names[-1]] if names else item) for item in items}
            assert found <= EMPTY, (path, kind.kind)


EMPTY = {"None", "", "[]", "0", "0.0", "unspecified", str(EPOCH)}


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
    has_one_name = agreement.pseudonym in {None, Pseudonym.PERSON}
    assert (projection.names(walked, PassportNumber(other))[0] == theirs[0]) is has_one_name
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
