"""Writers and readers of both versions, side by side: nobody has to change on one day."""

import io
from typing import Any

import fastavro
import pytest

from consent_ledger.redaction.redactor import Redactor
from schemas.categories import BLOCKS, Category, mask_of
from schemas.codec import decode, walk
from schemas.events import EVENT_TYPES, Event, ReferralStage, event_type
from schemas.framing import HEADER_BYTES, schema_id_of
from schemas.identifiers import new_passport_number
from schemas.registry import LockedSchema, locked_schemas, schema_by_id
from tests.histories.writers import write
from tests.support.bus_settings import PEPPER
from tests.support.factories import make_events
from tests.support.trays_planned import SERVICES, make_agreement

VERSIONS = sorted({schema.version for schema in locked_schemas().values()})
BOTH = [(writer, reader) for writer in VERSIONS for reader in VERSIONS]


def schema_of(event: Event, version: int) -> LockedSchema:
    """Return a version of an event's schema."""
    return next(
        schema
        for schema in locked_schemas().values()
        if (schema.event, schema.version) == (event_type(event), version)
    )


def read(value: bytes, reader: LockedSchema) -> dict[str, Any]:
    """Return a record as a client reads it that was built for one version."""
    body = io.BytesIO(value[HEADER_BYTES:])
    fields = fastavro.schemaless_reader(
        body, schema_by_id(schema_id_of(value)).parsed, reader.parsed
    )
    assert isinstance(fields, dict)
    return fields


@pytest.mark.parametrize("event", make_events(new_passport_number()), ids=list(EVENT_TYPES))
@pytest.mark.parametrize(("writer", "reader"), BOTH)
def test_records_of_both_versions_in_one_tray_are_read_by_clients_of_both(
    event: Event, writer: int, reader: int
) -> None:
    """Each reads what its own version has: what the other lacks is null, or passed over."""
    redactor = Redactor(make_agreement(), PEPPER, SERVICES)
    value = redactor.value(walk(write(event, writer)), mask_of(Category), event.participant_id)

    shown = read(value, schema_of(event, reader))

    both = decode(write(event, min(writer, reader)))
    for block in BLOCKS:
        known = both[block.value]
        assert {name: shown[block.value][name] for name in known} == known
        if writer < reader:
            added = shown[block.value].keys() - known.keys()
            assert [name for name in added if shown[block.value][name] is not None] == []


def test_a_stage_of_the_newer_version_is_unspecified_to_an_older_reader() -> None:
    """And no other field of the record is lost by it."""
    (referral, *_) = make_events(new_passport_number())
    waiting = referral.participation.model_copy(update={"stage": ReferralStage.WAITING})
    value = write(referral.model_copy(update={"participation": waiting}), 2)

    fields = read(value, schema_of(referral, 1))

    assert fields["participation"]["stage"] == "unspecified"
    assert fields["participation"]["programme"] == "Skills for work"
