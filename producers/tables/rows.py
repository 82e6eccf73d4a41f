"""A row as what it says: who it is about, and the events that it gives. Nothing of it is sent."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError

from producers.tables.cells import CellError, Habits, is_filled, text
from producers.tables.fields import NUMBER, OCCURRED, REFERRAL, blocks_of
from producers.tables.headings import Headings
from producers.tables.mapping import DAYS
from producers.tables.placing import EventPlaces, Places, Step
from producers.tables.table import Cell, Row
from schemas.blocks import Contact, Identity
from schemas.date_order import DATED_BLOCKS, misordered
from schemas.events import Event
from schemas.identifiers import PassportNumber
from schemas.validation import fault

MISSING: Final = "missing"
INVALID: Final = "invalid"
_REQUIRED: Final = "missing"
"""What pydantic calls a field that is not there."""
_DAYS: Final = tuple((block, name) for block, _, name in (path.partition(".") for path in DAYS))
_UTC: Final = UTC
_BETWEEN: Final = "|"
_GATE: Final = "participation"
"""The block that every event has."""


class RowProblem(NamedTuple):
    """What is wrong with a row: a kind, the column if it is of one, and in words."""

    code: str
    column: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.column}: {self.text}" if self.column else self.text


class RowEvent(NamedTuple):
    """An event that a row gives, but for whose it is."""

    name: str
    type: type[Event]
    occurred_at: datetime
    referral_ref: str | None
    blocks: Mapping[str, BaseModel]


@dataclass(frozen=True, slots=True, repr=False)
class ReadRow:
    """A row that was read: its person and its events, or what is wrong with it."""

    line: int
    reference: str
    key: tuple[str, ...]
    person: Identity
    contact: Contact
    carried: PassportNumber | None
    events: tuple[RowEvent, ...]
    problems: tuple[RowProblem, ...]


class RowReader:
    """Reads the rows of a table by the places that a mapping gave its columns."""

    def __init__(self, places: Places, services: Container[str], habits: Habits) -> None:
        self._places = places
        self._services = services
        self._habits = habits
        self._person = _by_block(places.person)
        self._events = [(event, _by_block(event.steps)) for event in places.events]
        self.name_places = tuple(
            step.place
            for step in places.person
            if step.field.name in {"given_names", "family_name", "date_of_birth"}
            and step.place not in places.reference
        )

    @property
    def tells_rows_apart(self) -> bool:
        """Whether one person can have several rows."""
        return self._places.row != self._places.reference

    def is_wanted(self, cells: Sequence[Cell]) -> bool:
        """Return whether the mapping asks for rows like this."""
        return all(condition.holds(cells) for condition in self._places.only)

    def reference(self, cells: Sequence[Cell]) -> str:
        """Return whose row it is, as the organisation calls them; empty where it does not say."""
        return _BETWEEN.join(self._key(cells, self._places.reference))

    def key(self, cells: Sequence[Cell]) -> tuple[str, ...]:
        """Return what tells the row from others; empty where it does not say."""
        return self._key(cells, self._places.row)

    def names(self, cells: Sequence[Cell]) -> Iterable[tuple[int, str]]:
        """Return what a row says of name and birth, by column, to be compared with others."""
        return [
            (place, str(cell).strip().casefold())
            for place in self.name_places
            if is_filled(cell := cells[place])
        ]

    def read(self, row: Row) -> ReadRow:
        """Return what a row says, or everything that is wrong with it."""
        places = self._places
        cells = _RowCells(row.cells, places.headings, self._habits)
        cells.demand_filled((*places.reference, *places.row, *places.required))
        person = cells.block(Identity, self._person.get("identity", ()))
        contact = cells.block(Contact, self._person.get("contact", ()))
        carried = cells.values(places.number)
        of_person = {"identity": person, "contact": contact}
        events = [
            self._event(event, steps, of_person, cells)
            for event, steps in self._events
            if all(condition.holds(row.cells) for condition in event.conditions)
        ]
        return ReadRow(
            row.line,
            self.reference(row.cells),
            self.key(row.cells),
            person or Identity(),
            contact or Contact(),
            PassportNumber(carried[NUMBER]) if carried else None,
            tuple(event for event in events if event is not None),
            tuple(dict.fromkeys(cells.problems)),
        )

    def _event(
        self,
        event: EventPlaces,
        steps: Mapping[str | None, Sequence[Step]],
        of_person: Mapping[str, BaseModel | None],
        cells: "_RowCells",
    ) -> RowEvent | None:
        """Return an event of a row, or None where something is wrong with it."""
        before = len(cells.problems)
        blocks: dict[str, BaseModel] = {}
        for name, model in blocks_of(event.type).items():
            own, fixed = steps.get(name, ()), event.fixed.get(name)
            if own or fixed or name == _GATE:
                block = cells.block(model, own, fixed, is_needed=name == _GATE)
            else:
                block = of_person.get(name)
            if block is not None:
                blocks[name] = block
        envelope = {**event.fixed.get(None, {}), **cells.values(steps.get(None, ()))}
        occurred_at = envelope.get(OCCURRED) or _happened(blocks)
        if len(cells.problems) == before:
            cells.problems += self._problems(event, blocks)
            if occurred_at is None:
                cells.problems.append(
                    RowProblem(MISSING, None, f"no day says when the {event.name} was")
                )
        if len(cells.problems) > before or occurred_at is None:
            return None
        return RowEvent(event.name, event.type, occurred_at, envelope.get(REFERRAL), blocks)

    def _problems(
        self, event: EventPlaces, blocks: Mapping[str, BaseModel]
    ) -> Iterator[RowProblem]:
        """Yield what is wrong with an event of which each value is right."""
        if getattr(blocks[_GATE], "service_id", None) not in self._services:
            yield RowProblem(INVALID, None, "the bus has no service of that name")
        dated = DATED_BLOCKS.get(event.type.__name__.lower(), ())
        told = {name: vars(blocks[name]) for name in dated if name in blocks}
        for words in misordered(told):
            yield RowProblem("date-order", None, words)

    def _key(self, cells: Sequence[Cell], places: Sequence[int]) -> tuple[str, ...]:
        try:
            key = tuple(text(cells[place], self._habits) for place in places)
        except CellError:
            return ()
        return key if all(key) else ()


@dataclass(slots=True)
class _RowCells:
    """The cells of one row on their way to values, and what is wrong with them."""

    cells: Sequence[Cell]
    headings: Headings
    habits: Habits
    problems: list[RowProblem] = field(default_factory=list)

    def demand_filled(self, places: Iterable[int]) -> None:
        """Note each cell that must be filled, and is not."""
        self.problems += (
            RowProblem(MISSING, self.headings.column(place), MISSING)
            for place in places
            if not is_filled(self.cells[place])
        )

    def block(
        self,
        model: type[BaseModel],
        steps: Sequence[Step],
        fixed: Mapping[str, Any] | None = None,
        *,
        is_needed: bool = False,
    ) -> Any:
        """Return a block of these columns; None where nothing is told, or something is wrong."""
        before = len(self.problems)
        values = {**(fixed or {}), **self.values(steps)}
        if len(self.problems) > before or not (values or is_needed):
            return None
        try:
            return model.model_validate(values)
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False)
            self.problems += (self._problem(steps, details) for details in faults)
        return None

    def values(self, steps: Sequence[Step]) -> dict[str, Any]:
        """Return values by field: the first that is filled, or all of a list."""
        values: dict[str, Any] = {}
        for step in steps:
            cell = self.cells[step.place]
            name = step.field.name
            if cell == "" or (name in values and not step.field.takes_many) or not is_filled(cell):
                continue
            try:
                value = step.value(cell, self.habits)
            except CellError as error:
                column = self.headings.column(step.place)
                self.problems.append(RowProblem(INVALID, column, str(error)))
                continue
            if value is not None:
                values[name] = values.get(name, ()) + value if step.field.takes_many else value
        return values

    def _problem(self, steps: Sequence[Step], details: Any) -> RowProblem:
        """Return what the contract has against a value, and of which column it is."""
        name = details["loc"][0]
        place = next((step.place for step in steps if step.field.name == name), None)
        column = None if place is None else self.headings.column(place)
        if details["type"] == _REQUIRED:
            return RowProblem(MISSING, column, MISSING)
        return RowProblem(INVALID, column, fault(details))


def _by_block(steps: Iterable[Step]) -> dict[str | None, list[Step]]:
    found: dict[str | None, list[Step]] = {}
    for step in steps:
        found.setdefault(step.field.block, []).append(step)
    return found


def _happened(blocks: Mapping[str, BaseModel]) -> datetime | None:
    """Return when an event happened, by the first day that says so."""
    for block, name in _DAYS:
        found = getattr(blocks.get(block), name, None)
        if isinstance(found, datetime):
            return found
        if isinstance(found, date):
            return datetime.combine(found, time(), UTC)
    return None
