"""A mapping laid on the headings of a table: which place of a row goes where.

What is worst is told first, and alone: columns that say whose row it is, then columns that are
missing or that nobody placed.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from producers.tables.cells import CellError, Convert, Habits, is_filled, text, texts
from producers.tables.errors import MappingError
from producers.tables.fields import NUMBER, SERVICE, EventField, carried_number, fields_of
from producers.tables.headings import Headings, folded
from producers.tables.mapping import EMPTY, FILLED, EventPlan
from producers.tables.mapping import Mapping as TableMapping
from producers.tables.table import Cell
from schemas.events import EVENT_TYPES, Event
from schemas.identifiers import ServiceId

_AS_WRITTEN: Final = Habits()
_NUMBER: Final = EventField(None, NUMBER, carried_number)
_OF_A_PERSON: Final = ("identity.", "contact.")
"""Blocks that say who a person is: every event of theirs has the same."""


@dataclass(frozen=True, slots=True)
class Step:
    """A column on its way to a field, and how its cells are read for it."""

    place: int
    field: EventField
    read: Convert


def _step(place: int, field: EventField, words: Mapping[str, str] | None) -> Step:
    """Return the step of a column; `words` are translations, by the word as it is compared."""
    if words is None:
        return Step(place, field, field.convert)

    def translated(cell: Cell, habits: Habits) -> Any:
        word = words.get(folded(text(cell, habits)))
        if word is None:
            raise CellError("the mapping has no such word: add it to `words`")
        return field.convert(word, habits) if word else None

    def all_translated(cell: Cell, habits: Habits) -> Any:
        found = (translated(part, habits) for part in texts(cell, habits))
        return tuple(value for values in found if values is not None for value in values)

    return Step(place, field, all_translated if field.takes_many else translated)


@dataclass(frozen=True, slots=True)
class CellCondition:
    """What a cell must say."""

    place: int
    words: frozenset[str]

    def holds(self, cells: Sequence[Cell]) -> bool:
        """Return whether a row's cell says one of the words."""
        cell = cells[self.place]
        filled = is_filled(cell)
        if filled and FILLED in self.words:
            return True
        word = cell if isinstance(cell, str) else text(cell, _AS_WRITTEN)
        return folded(word) in self.words if filled else EMPTY in self.words


@dataclass(frozen=True, slots=True)
class EventPlaces:
    """An event that rows give: when, and from which places; `fixed` values are read already."""

    name: str
    type: type[Event]
    conditions: tuple[CellCondition, ...]
    steps: tuple[Step, ...]
    fixed: Mapping[str | None, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Places:
    """Everything that is taken from a row, by its place."""

    headings: Headings
    reference: tuple[int, ...]
    row: tuple[int, ...]
    required: tuple[int, ...]
    only: tuple[CellCondition, ...]
    number: tuple[Step, ...]
    person: tuple[Step, ...]
    events: tuple[EventPlaces, ...]


def place(
    mapping: TableMapping, headings: Headings, services: Container[str], habits: Habits
) -> Places:
    """Lay a mapping on headings. `services` are those that the bus knows.

    Raises MappingError where a column is missing, nobody placed one, or a fixed value is none.
    """
    _demand_present(headings, mapping.reference, "No column says who a row is about:")
    used = _used(mapping)
    _demand_present(headings, used, "The table is not as the mapping says:")
    _demand_placed(headings, used)
    number: list[Step] = []
    person: list[Step] = []
    own: dict[str, list[Step]] = {name: [] for name in mapping.events}
    for heading, placements in mapping.columns.items():
        for placement in placements:
            target = mapping.target(placement.to)
            words = _folded(placement.words)
            at = headings.places[folded(heading)]
            if target is None:
                continue
            if target.path == NUMBER:
                number.append(_step(at, _NUMBER, words))
            elif target.event is None and target.path.startswith(_OF_A_PERSON):
                person.append(_step(at, fields_of("referral")[target.path], words))
            else:
                for name in own if target.event is None else (target.event,):
                    found = fields_of(mapping.type_of(name)).get(target.path)
                    if found is not None:
                        own[name].append(_step(at, found, words))
    return Places(
        headings,
        reference=_places(headings, mapping.reference),
        row=_places(headings, mapping.row or mapping.reference),
        required=_places(headings, mapping.required),
        only=_conditions(headings, mapping.only),
        number=tuple(number),
        person=tuple(person),
        events=tuple(
            EventPlaces(
                name,
                EVENT_TYPES[mapping.type_of(name)],
                _conditions(headings, plan.when),
                tuple(own[name]),
                _fixed(mapping, name, plan, services, habits),
            )
            for name, plan in mapping.events.items()
        ),
    )


def _used(mapping: TableMapping) -> list[str]:
    """Return every heading that a mapping names."""
    return [
        *mapping.reference,
        *mapping.row,
        *mapping.required,
        *mapping.only,
        *mapping.columns,
        *(heading for plan in mapping.events.values() for heading in plan.when),
    ]


def _demand_present(headings: Headings, names: Iterable[str], what: str) -> None:
    missing: dict[str, None] = {}
    for name in names:
        if folded(name) not in headings.places:
            like = headings.alike(name)
            is_it = f": is it {like}?" if like else ""
            missing[f"there is no column {name}{is_it}"] = None
    if missing:
        raise MappingError(what, faults=missing)


def _demand_placed(headings: Headings, used: Iterable[str]) -> None:
    known = set(map(folded, used))
    unplaced = [
        f"{headings.column(at)}: say where it goes, or that it is ignored"
        for name, at in headings.places.items()
        if name not in known and at not in headings.ours
    ]
    if unplaced:
        raise MappingError("The mapping leaves columns out:", faults=unplaced)


def _fixed(
    mapping: TableMapping,
    name: str,
    plan: EventPlan,
    services: Container[str],
    habits: Habits,
) -> dict[str | None, dict[str, Any]]:
    fields = fields_of(mapping.type_of(name))
    values: dict[str | None, dict[str, Any]] = {}
    faults = []
    for path, written in plan.fixed.items():
        found = fields[path]
        try:
            value = found.convert(written, habits)
        except CellError as error:
            faults.append(f"events.{name}.fixed: {path}: {error}")
            continue
        if path == SERVICE and ServiceId(value) not in services:
            faults.append(f"events.{name}.fixed: the bus has no service {value}")
        values.setdefault(found.block, {})[found.name] = value
    if faults:
        raise MappingError("The mapping was not taken:", faults=faults)
    return values


def _folded(words: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if words is None else {folded(theirs): ours for theirs, ours in words.items()}


def _places(headings: Headings, names: Iterable[str]) -> tuple[int, ...]:
    return tuple(headings.places[folded(name)] for name in names)


def _conditions(
    headings: Headings, conditions: Mapping[str, tuple[str, ...]]
) -> tuple[CellCondition, ...]:
    return tuple(
        CellCondition(headings.places[folded(name)], frozenset(map(folded, words)))
        for name, words in conditions.items()
    )
