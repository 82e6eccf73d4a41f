"""Events as JSON lines: one object a line, `type` and the fields of that event."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, NoReturn
from uuid import uuid4

from pydantic import ValidationError

from producers.account import Account, Refused
from schemas.date_order import DateOrderError, demand_date_order
from schemas.errors import MalformedError
from schemas.events import EVENT_TYPES, Event, event_type
from schemas.validation import problems

_TYPES: Final = ", ".join(EVENT_TYPES)


class LineError(MalformedError):
    """A line that is no event; `problems` names fields and what is wrong with them."""

    def __init__(self, *problems: str) -> None:
        super().__init__("The line is no event.", "\n".join(problems))
        self.problems = problems


class ReadEvent(NamedTuple):
    """The event in a line; `has_new_id` if the line had no event id."""

    event: Event
    has_new_id: bool


def read_event(line: bytes, now: datetime) -> ReadEvent:
    """Return the event in a line. By default `event_id` is new, and `recorded_at` is now.

    Raises LineError where the line is no JSON object, or the object is no event, such as one whose
    end is before its start.
    """
    fields = read_object(line)
    has_new_id = "event_id" not in fields
    fields.setdefault("event_id", str(uuid4()))
    fields.setdefault("recorded_at", now.astimezone(UTC).isoformat())
    return ReadEvent(event_of(fields), has_new_id)


def read_object(line: bytes) -> dict[str, Any]:
    """Return the JSON object that is a line. Raises LineError."""
    try:
        value = json.loads(line.decode(), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise LineError("it is not UTF-8") from None
    except RecursionError:
        raise LineError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise LineError(f"it is not JSON: {error.msg} at column {error.colno}") from None
    except ValueError:
        raise LineError("it holds a number that is none, or too long") from None
    if not isinstance(value, dict):
        raise LineError("it is not a JSON object")
    return value


def event_of(fields: dict[str, Any]) -> Event:
    """Return the event that an object's `type` and other fields describe. Raises LineError."""
    kind = fields.pop("type", None)
    model = EVENT_TYPES.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise LineError(f"type: must be one of {_TYPES}")
    try:
        event = model.model_validate_json(json.dumps(fields))
        demand_date_order(event)
    except ValidationError as error:
        raise LineError(*problems(error)) from None
    except DateOrderError as error:
        raise LineError(*error.problems) from None
    return event


@dataclass
class LineAccount(Account[Refused]):
    """Accepted and refused lines. `assigned` has by line the new ids of events without one."""

    assigned: dict[int, str] = field(default_factory=dict)


def take_lines(
    lines: Iterable[bytes],
    send: Callable[[int, Event], object],
    account: LineAccount,
    clock: Callable[[], datetime],
) -> None:
    """Send the event in each line, by `send(line, event)`; blank lines are skipped.

    A line that is no event is refused, and so is one for which `send` raises MalformedError. The
    others go through. Any other error ends it; `account.assigned` has the new ids until then.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            event, has_new_id = read_event(line, clock())
            send(number, event)
        except MalformedError as error:
            faults = error.problems if isinstance(error, LineError) else (error.message,)
            account.refuse(Refused(line=number, problems=faults))
        else:
            account.accepted += 1
            if has_new_id:
                account.assigned[number] = event.event_id


def line_of(event: Event) -> str:
    """Return an event as the line that `read_event` reads, without fields that are unknown."""
    fields = event.model_dump(mode="json", exclude_defaults=True)
    return json.dumps({"type": event_type(event), **fields}, ensure_ascii=False)


def _refuse(_: str) -> NoReturn:
    raise ValueError
