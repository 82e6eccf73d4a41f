"""The registry's read side, as a serializer of somebody who writes an in-tray meets it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import (
    SchemaRegistryClient,
    record_subject_name_strategy,
)
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext
from fastapi.testclient import TestClient

from schemas.codec import decode, encode, to_event
from schemas.registry import latest_schema
from tests.support.factories import make_outcome
from tests.support.web import lonely_app, serving

TO = SerializationContext("in.college-c", MessageField.VALUE)
ON = {"auto.register.schemas": False, "use.latest.version": True}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SchemaRegistryClient]:
    """Give a client of a real server."""
    with (
        serving(lonely_app(tmp_path_factory.mktemp("web"))) as port,
        SchemaRegistryClient({"url": f"http://localhost:{port}"}) as client,
    ):
        yield client


def test_what_a_serializer_writes_with_the_settings_of_the_docs_is_an_event(
    registry: SchemaRegistryClient,
) -> None:
    """The three settings of docs/writing-an-in-tray.md, and no more."""
    event = make_outcome()
    by_event = ON | {"subject.name.strategy": lambda *_: "outcome-value"}

    value = AvroSerializer(registry, conf=by_event)(decode(encode(event)), TO)

    assert to_event(value or b"") == event


def test_a_serializer_finds_its_schema_by_the_record_s_name(registry: SchemaRegistryClient) -> None:
    """RecordNameStrategy: what a client in Java or .NET is told, as this one does it."""
    event = make_outcome()
    by_record = ON | {"subject.name.strategy": record_subject_name_strategy}
    serialize = AvroSerializer(registry, latest_schema("outcome").text, conf=by_record)

    value = serialize(decode(encode(event)), TO)

    assert to_event(value or b"") == event
    subjects = registry.get_subjects()
    assert len(subjects) == 6
    assert {"outcome-value", "org.nowrongdoor.Outcome"} <= set(subjects)


def test_a_serializer_at_its_defaults_is_told_what_to_set(registry: SchemaRegistryClient) -> None:
    """It registers, under the name of the topic: neither can be, and both are said."""
    text = latest_schema("outcome").text
    with pytest.raises(SchemaRegistryError) as registering:
        AvroSerializer(registry, text)(decode(encode(make_outcome())), TO)
    with pytest.raises(SchemaRegistryError) as by_topic:
        AvroSerializer(registry, conf=ON)(decode(encode(make_outcome())), TO)

    assert registering.value.error_code == 405
    assert "auto.register.schemas to false" in str(registering.value)
    assert by_topic.value.error_code == 40401
    assert "subject.name.strategy" in str(by_topic.value)


def test_what_else_a_client_looks_at_is_answered(tmp_path: Path) -> None:
    """That it is read-only, what a version is held to, and a schema by itself."""
    client = TestClient(lonely_app(tmp_path), base_url="http://localhost")

    assert client.get("/mode").json() == {"mode": "READONLY"}
    assert client.get("/config").json() == {"compatibilityLevel": "FULL_TRANSITIVE"}
    schema = client.get("/subjects/outcome-value/versions/latest/schema")
    assert schema.json() == latest_schema("outcome").json
    assert client.get("/subjects/outcome-value/versions/99/schema").json()["error_code"] == 40402
