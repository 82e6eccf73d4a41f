"""A batch in Avro is a container of one of the bus's own schemas, and of nothing else."""

import io
import json
from typing import Any

import fastavro
import pytest

from producers.gateway.avro_container import ContainerError, entries_in_container
from producers.json_lines import event_of
from schemas.codec import decode
from schemas.events import EVENT_TYPES, Event
from schemas.identifiers import new_passport_number
from schemas.registry import latest_schema, locked_schemas
from tests.histories.writers import write
from tests.support.avro_container import container
from tests.support.factories import make_events, make_outcome

EVENTS = make_events(new_passport_number())


@pytest.mark.parametrize("event", EVENTS, ids=list(EVENT_TYPES))
def test_what_was_written_is_the_event_that_is_read(event: Event) -> None:
    """Every field of every block, days and moments too."""
    first, second = entries_in_container(container(event, event))

    assert (first.line, second.line) == (1, 2)
    assert event_of(first.content) == event


def test_a_container_of_the_older_version_is_read() -> None:
    """Whoever has not changed yet writes as before."""
    event = make_outcome()
    older = next(
        schema
        for schema in locked_schemas().values()
        if (schema.event, schema.version) == ("outcome", 1)
    )
    body = io.BytesIO()
    fastavro.writer(body, older.parsed, [decode(write(event, 1))])

    (entry,) = entries_in_container(body.getvalue())

    read = event_of(entry.content)
    assert read.event_id == event.event_id
    assert read.needs is not None
    assert read.needs.preferred_work is None


def changed(schema: Any) -> Any:
    """Return a schema with one field more."""
    copied = json.loads(json.dumps(dict(schema)))
    more = {"name": "more", "type": {"type": "array", "items": "null"}, "default": []}
    return fastavro.parse_schema({**copied, "fields": [*copied["fields"], more]})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is no Avro object container"),
        (b"Obj\x01", "header cannot be read"),
        (b"Obj\x01" + b"\xff" * 40, "header cannot be read"),
        (container(EVENTS[0])[:-40], "records cannot be read"),
        (container(EVENTS[0], codec="deflate"), "is compressed"),
        (container(EVENTS[0], schema=changed(latest_schema("referral").json)), "none of the bus's"),
    ],
    ids=["empty", "cut after its beginning", "noise", "cut short", "compressed", "another schema"],
)
def test_any_other_body_is_refused_with_the_reason(body: bytes, said: str) -> None:
    """A few bytes of a schema of somebody's own could become a list of millions."""
    with pytest.raises(ContainerError, match=said):
        entries_in_container(body)
