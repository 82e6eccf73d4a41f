"""The audit cuts and writes in its own way what a library decodes and encodes whole."""

import io
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.audit.coarse_blocks import CoarseBlock
from consent_ledger.audit.encoded_fields import CLOSED, OPEN, EncodedFields
from consent_ledger.verification.expected_fields import SharedPart
from schemas.categories import BLOCKS
from schemas.codec import decode, encode
from schemas.errors import MalformedError
from schemas.events import Event
from schemas.framing import HEADER_BYTES
from tests.support.agreement_strategies import agreements
from tests.support.event_strategies import events, values
from tests.support.trays_planned import SERVICES

KNOWN = {service: mark.is_sensitive for service, mark in SERVICES.items()}


def written(kind: dict[str, Any], fields: dict[str, Any] | None) -> bytes:
    """Return a block as a library writes it whole."""
    if fields is None:
        return CLOSED
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(kind), fields)
    return OPEN + body.getvalue()


def kinds_of(event: EncodedFields) -> dict[str, dict[str, Any]]:
    """Return the type of each block of an event when it is open."""
    return {one["name"]: one["type"][1] for one in event.schema.json["fields"][-len(BLOCKS) :]}


@given(values())
def test_each_block_is_cut_where_a_library_writes_it(value: bytes) -> None:
    """And all of them stand one behind the other, up to the end."""
    event = EncodedFields(value)

    assert event.fields == decode(value)
    assert event.blocks == {
        block: written(kind, event.fields[block]) for block, kind in kinds_of(event).items()
    }
    assert value.endswith(b"".join(event.blocks.values()))


@given(values(), st.integers(0), st.integers(1, 255), st.integers(0, 2))
def test_the_audit_takes_no_bytes_that_decoding_refuses(
    value: bytes, place: int, change: int, left_out: int
) -> None:
    """So a row of the journal that holds them is named."""
    at = HEADER_BYTES + place % (len(value) - HEADER_BYTES)
    changed = value[:at] + bytes([value[at] ^ change]) + value[at + 1 + left_out :]
    try:
        fields = decode(changed)
    except MalformedError:
        with pytest.raises(MalformedError):
            EncodedFields(changed)
    else:
        assert EncodedFields(changed).fields == fields


@given(st.lists(events(), min_size=1, max_size=3), agreements(are_in_any_form=True))
def test_a_coarse_block_is_what_a_library_writes_of_it(
    some: list[Event], agreement: Agreement
) -> None:
    """Of one event after another: what is remembered of a field changes nothing."""
    forms: dict[str, dict[str, str]] = {block: {} for block in BLOCKS}
    for path, form in agreement.fields.items():
        if "." in path:
            forms[path.partition(".")[0]][path] = form.value
    coarse: dict[tuple[int, str], CoarseBlock] = {}
    for one in map(EncodedFields, map(encode, some)):
        for block, kind in kinds_of(one).items():
            fields = one.fields[block]
            if fields is None:
                continue
            known = one.schema.id, block
            if known not in coarse:
                coarse[known] = CoarseBlock(one.schema, block, forms[block], KNOWN)
            shown = SharedPart(block, kind, forms[block], KNOWN).of(fields)
            assert coarse[known].encoded(fields) == written(kind, shown)
