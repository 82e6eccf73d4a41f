"""The bare projection on Quix Streams: each event is decoded, emptied, and encoded, for each.

No journal, no consent, no retractions. It is told what to do as JSON on standard input, and runs
until it is terminated. Nothing but Quix Streams and fastavro is needed, of an environment of its
own.
"""

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import fastavro
from quixstreams import Application  # type: ignore[import-not-found]  # in another environment
from quixstreams.kafka import (  # type: ignore[import-not-found]  # in another environment
    ConnectionConfig,
)

HEADER_BYTES: Final = 5
ENVELOPE: Final = {
    *("event_id", "participant_id", "provider_id", "revision", "occurred_at", "recorded_at"),
    *("source", "referral_ref"),
}
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def projection(told: dict[str, Any]) -> Callable[[bytes], list[bytes]]:
    """Return what makes an event's value into one for each recipient."""
    kept = ENVELOPE | set(told["opened"])
    schemas: dict[int, Any] = {}
    closed: dict[int, dict[str, Any]] = {}
    for schema_id, schema in told["schemas"].items():
        names = [field["name"] for field in schema["fields"]]
        schemas[int(schema_id)] = fastavro.parse_schema(schema)
        closed[int(schema_id)] = {name: None for name in names if name not in kept}

    def project(value: bytes) -> list[bytes]:
        schema_id = int.from_bytes(value[1:HEADER_BYTES], "big")
        schema = schemas[schema_id]
        shown = []
        for _ in range(told["recipients"]):
            body = io.BytesIO(value[HEADER_BYTES:])
            event = fastavro.schemaless_reader(body, schema, schema)
            assert isinstance(event, dict)
            hidden = closed[schema_id] | {"revision": 0, "recorded_at": NEVER}
            written = io.BytesIO()
            fastavro.schemaless_writer(written, schema, event | hidden)
            shown.append(value[:HEADER_BYTES] + written.getvalue())
        return shown

    return project


def main() -> None:
    """Run until it is terminated."""
    told = json.load(sys.stdin)
    application = Application(
        ConnectionConfig.from_librdkafka_dict(told["kafka"]),
        consumer_group=told["group"],
        auto_offset_reset="earliest",
        auto_create_topics=False,
        producer_extra_config={"linger.ms": 5, "batch.size": 256 * 1024},
        loglevel="ERROR",
    )
    source = application.topic(told["source"], key_deserializer="bytes", value_deserializer="bytes")
    target = application.topic(told["target"], key_serializer="bytes", value_serializer="bytes")
    application.dataframe(source).apply(projection(told), expand=True).to_topic(target)
    application.run()


if __name__ == "__main__":
    main()
