"""Two passports beside each other: what they say differently, and what both tell of one service.

Nothing is decided here, and nothing overwritten: each value comes with its source.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from consumers.passport.view import Passport, Sourced, is_same_value
from schemas.categories import Category
from schemas.identifiers import ServiceId


class PassportConflict(NamedTuple):
    """A field of which two passports say different things last, the first one's value first."""

    category: Category
    field: str
    values: tuple[Sourced, Sourced]


class SharedService(NamedTuple):
    """A service of which both stories tell, and how often each event is told in the first, second.

    One may have attended where the other did not: both stay, each under its own event.
    """

    service_id: ServiceId
    events: dict[str, tuple[int, int]]


def conflicts_between(first: Passport, second: Passport) -> list[PassportConflict]:
    """Return what two passports say differently, in the order of the first one's values."""
    found = []
    for value in first.values:
        other = second.value_of(value.category, value.field)
        if other is not None and not is_same_value(value.last.value, other.last.value):
            both = value.last, other.last
            found.append(PassportConflict(value.category, value.field, both))
    return found


def shared_services(first: Passport, second: Passport) -> list[SharedService]:
    """Return the services of which both stories tell, by their ids."""
    return list(_shared(*(_counted(passport) for passport in (first, second))))


def _shared(
    mine: dict[ServiceId, Counter[str]], others: dict[ServiceId, Counter[str]]
) -> Iterator[SharedService]:
    for service_id in sorted(mine.keys() & others.keys()):
        first, second = mine[service_id], others[service_id]
        events = {event: (first[event], second[event]) for event in sorted(first | second)}
        yield SharedService(service_id, events)


def _counted(passport: Passport) -> dict[ServiceId, Counter[str]]:
    found: dict[ServiceId, Counter[str]] = {}
    for step in passport.story:
        found.setdefault(step.service_id, Counter())[step.event] += 1
    return found
