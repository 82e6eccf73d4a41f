from typing import Any

import pytest

from schemas.categories import BLOCKS
from schemas.codec import FIELD_AT, decode, encode, encode_fields, to_event, walk
from schemas.errors import MalformedError
from schemas.framing import MAX_VALUE_BYTES, frame
from schemas.identifiers import ServiceId
from schemas.registry import latest_schema
from tests.support.factories import make_enrolment, make_outcome, make_referral


def value_of(**changes: Any) -> bytes:
    """Return the value of a referral with fields that its model might not allow."""
    return encode_fields(latest_schema("referral"), make_referral().model_dump() | changes)


def service(service_id: ServiceId) -> dict[str, Any]:
    """Return a participation block with this service."""
    return make_referral().participation.model_dump() | {"service_id": service_id}


@pytest.mark.parametrize("make", [make_referral, make_enrolment, make_outcome])
def test_an_event_comes_back_as_it_was(make: Any) -> None:
    """Every block of every event survives its bytes."""
    event = make()

    assert to_event(encode(event)) == event


def test_the_walk_reads_envelope_and_service_from_the_bytes() -> None:
    """What keys, headers and the journal need is there without decoding a block."""
    event = make_outcome(
        service_id=ServiceId("charity-b.recovery"), provider_id="charity-b", revision=7
    )

    walked = walk(encode(event))

    assert walked.schema.event == "outcome"
    assert walked.event_id == event.event_id
    assert walked.participant_id == event.participant_id
    assert walked.provider_id == "charity-b"
    assert walked.service_id == "charity-b.recovery"
    assert walked.revision == 7
    assert walked.occurred_at_ms == int(event.occurred_at.timestamp() * 1000)


def test_closed_blocks_are_read_as_none() -> None:
    """A redacted record satisfies the very same schema."""
    value = value_of(**dict.fromkeys(BLOCKS), revision=0)

    fields = decode(value)

    assert [fields[block] for block in BLOCKS] == [None] * len(BLOCKS)
    assert tuple(fields) == tuple(FIELD_AT)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"participation": None}, "no participation"),
        ({"event_id": "6F9619FF-8B86-4D01-B42D-00CF4FC964FF"}, "event id"),
        ({"event_id": "Ada Nwosu"}, "event id"),
        ({"participant_id": "NWD-0000-0000-1"}, "passport number"),
        ({"participant_id": "PAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "passport number"),
        ({"participant_id": "AB123456C"}, "passport number"),
        ({"revision": 0}, "revision"),
        ({"revision": -1}, "revision"),
        ({"referral_ref": "R000000000A"}, "referral reference"),
        ({"referral_ref": ""}, "referral reference"),
        ({"participation": service(ServiceId(""))}, "service id"),
        ({"participation": service(ServiceId("recovery"))}, "service id"),
        ({"participation": service(ServiceId("Charity-B.recovery"))}, "service id"),
        ({"participation": service(ServiceId("charity-b.recovery\x00"))}, "service id"),
        ({"participation": service(ServiceId("charity-b." + "x" * 3000))}, "service id"),
    ],
)
def test_an_envelope_that_breaks_its_forms_is_refused(changes: dict[str, Any], said: str) -> None:
    """Keys, headers and columns are made of these: nothing else may get into them."""
    with pytest.raises(MalformedError, match=said):
        walk(value_of(**changes))


def test_a_refusal_says_nothing_of_what_it_refused() -> None:
    """Dead letters carry the message in a header that anybody on the way may log."""
    with pytest.raises(MalformedError) as refused:
        walk(value_of(event_id="Ada Nwosu, AB123456C"))

    assert "Ada" not in str(refused.value)
    assert "AB123456C" not in str(refused.value)


@pytest.mark.parametrize("read", [walk, decode, to_event])
def test_bytes_that_are_wrong_are_refused_by_every_reader(read: Any) -> None:
    """Left-over bytes, an unknown schema and a value too long are refused before decoding."""
    value = value_of()

    for wrong in (value + b"\x00", value[:-1], frame(4_000_000_000, value[5:]), b""):
        with pytest.raises(MalformedError):
            read(wrong)
    with pytest.raises(MalformedError, match="is the most"):
        read(value + bytes(MAX_VALUE_BYTES))


def test_a_value_that_its_model_does_not_allow_is_told_from_wrong_bytes() -> None:
    """The bytes are right, the learner number in them has a letter."""
    identity = make_referral().model_dump()["identity"] | {"uln": "12345X7897"}

    with pytest.raises(MalformedError, match="A value of the event is wrong") as raised:
        to_event(value_of(identity=identity))

    assert "identity.uln" in raised.value.hint
    assert "12345X7897" not in str(raised.value)
