"""Events as JSON lines: one object a line, `type` and the fields of that event."""

import json
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, NoReturn
from uuid import uuid4

from pydantic import ValidationError

from schemas.events import EVENT_TYPES, Event, event_type
from schemas.validation import problems

_TYPES: Final = ", ".join(EVENT_TYPES)


class LineError(Exception):
    """A line that is no event; `problems` names fields and what is wrong with them."""

    def __init__(self, *found: str) -> None:
        super().__init__(*found)
        self.problems = found


class ReadEvent(NamedTuple):
    """The event in a line, and whether it came without an id and got a new one."""

    event: Event
    has_new_id: bool


def read_event(line: bytes, now: datetime) -> ReadEvent:
    """Return the event in a line; without an `event_id` it gets a new one, `recorded_at` is now.

    Raises:
        LineError: the line is no JSON object, or not one of an event.

    """
    fields = _object(line)
    kind = fields.pop("type", None)
    model = EVENT_TYPES.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise LineError(f"type: must be one of {_TYPES}")
    has_new_id = "event_id" not in fields
    fields.setdefault("event_id", str(uuid4()))
    fields.setdefault("recorded_at", now.astimezone(UTC).isoformat())
    try:
        return ReadEvent(model.model_validate_json(json.dumps(fields)), has_new_id)
    except ValidationError as error:
        raise LineError(*problems(error)) from None


def line_of(event: Event) -> str:
    """Return an event as the line that `read_event` reads, without what is unknown."""
    fields = event.model_dump(mode="json", exclude_defaults=True)
    return json.dumps({"type": event_type(event), **fields}, ensure_ascii=False)


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line.decode(), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise LineError("it is not UTF-8") from None
    except RecursionError:
        raise LineError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise LineError(f"it is not JSON: {error.msg} at column {error.colno}") from None
    except ValueError:
        raise LineError("it holds a number that is none, or too long") from None
    if not isinstance(found, dict):
        raise LineError("it is not a JSON object")
    return found


def _refuse(_: str) -> NoReturn:
    raise ValueError
