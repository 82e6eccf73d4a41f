"""The AsyncAPI document of a tray says what the tray holds."""

from collections.abc import Iterator
from typing import Any

import fastavro
import pytest

from deploy.operations.asyncapi import asyncapi_document
from schemas.identifiers import new_passport_number
from tests.support.bus import SHIPPED_AGREEMENTS
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_events
from tests.support.trays_planned import make_agreement, plan

DOCUMENTS = {
    agreement.id: asyncapi_document(agreement, PARTITIONS) for agreement in SHIPPED_AGREEMENTS
}


def references(part: Any) -> Iterator[str]:
    """Yield every reference within a document."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def found(document: dict[str, Any], reference: str) -> Any:
    """Return what a reference names; KeyError for nothing."""
    part: Any = document
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    return part


@pytest.mark.parametrize("agreement", SHIPPED_AGREEMENTS, ids=[a.id for a in SHIPPED_AGREEMENTS])
def test_the_document_of_every_shipped_agreement_holds_together(agreement: Any) -> None:
    """Every reference leads somewhere, every schema is Avro, and only its own events are there."""
    document = DOCUMENTS[agreement.id]
    messages = document["components"]["messages"]

    assert all(found(document, reference) for reference in references(document))
    for message in messages.values():
        if "schemaFormat" in message["payload"]:
            assert fastavro.parse_schema(dict(message["payload"]["schema"]))
    events = {message["name"] for message in messages.values()} - {"retracted", "tick"}
    assert events == agreement.events
    assert document["channels"]["tray"]["address"] == f"out.{agreement.id}"


def test_the_headers_in_the_document_are_those_of_the_records() -> None:
    """By name, and by value where the document states one."""
    agreement = make_agreement()
    document = asyncapi_document(agreement, PARTITIONS)
    event = make_events(new_passport_number())[0]
    (planned,) = plan(event, [agreement])

    headers = {name: value.decode() for name, value in planned.record.headers}
    said = document["components"]["messages"]["referral-2"]["headers"]
    assert set(said["required"]) <= headers.keys()
    stated = {name: of["const"] for name, of in said["properties"].items() if "const" in of}
    assert stated.items() <= headers.items()
    assert said["properties"].keys() <= headers.keys()
