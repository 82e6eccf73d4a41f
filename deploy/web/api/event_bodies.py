"""What the gateway takes and gives of events, as its OpenAPI says."""

import json
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from deploy.web.guard.bounded_request import AVRO, JSON, JSON_LINES
from producers.examples import EXAMPLES
from producers.gateway.batch import EntryOutcome
from producers.json_lines import line_of

MOST_EVENTS: Final = 500

_REFERRAL: Final = line_of(EXAMPLES["referral"])
_EVENT: Final[dict[str, Any]] = {
    "description": "`type` and the fields of that event. What is wrong with one is answered by its"
    " line, and keeps no other from being published.",
}

EVENTS_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        JSON: {
            "schema": {
                "oneOf": [
                    {"type": "object"},
                    {"type": "array", "items": _EVENT, "minItems": 1, "maxItems": MOST_EVENTS},
                ]
            },
            "example": [json.loads(_REFERRAL)],
        },
        JSON_LINES: {"schema": _EVENT, "example": _REFERRAL},
        AVRO: {
            "schema": {
                "type": "string",
                "format": "avro-container",
                "description": "An object container file of one type of event, not compressed.",
            }
        },
    },
}


class EventAnswer(BaseModel):
    """What became of an event."""

    line: Annotated[int, Field(description="Its line, or its place in the list, from 1.")]
    outcome: EntryOutcome
    problems: Annotated[list[str], Field(description="Fields and rules, never a value.")]
    event_id: Annotated[str, Field(description="Of one that is not refused.")] = ""
    revision: Annotated[int, Field(description="Likewise.")] = 0


class BatchAnswer(BaseModel):
    """What became of a batch."""

    accepted: int
    refused: int
    unconfirmed: int
    events: list[EventAnswer]
    service_warnings: Annotated[
        list[dict[str, Any]],
        Field(description="Of services that are closed, full or stale, with what else there is."),
    ]
