"""A row as what it says: who it is about, and the events that it gives. Nothing of it is sent."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError

from producers.tables.cells import CellError, Convert, Habits, is_filled, text
from producers.tables.fields import NUMBER, OCCURRED, REFERRAL, blocks_of
from producers.tables.headings import Headings
from producers.tables.mapping import DAYS
from producers.tables.placing import CellCondition, EventPlaces, Places, Step
from producers.tables.table import Cell, TableRow
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
_NOBODY: Final = Identity()
_NO_CONTACT: Final = Contact()
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


@dataclass(slots=True, repr=False)
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


@dataclass(frozen=True, slots=True)
class _BlockSteps:
    """How a block is made of a row; `fixed` values are those of no column."""

    name: str
    model: type[BaseModel]
    steps: tuple[tuple[int, str, Convert, bool], ...]
    """Of each column its place, its field, how it is read, and whether it adds to a list."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class _EventSteps:
    """How an event is made of a row: its own blocks, and those that it has of the person."""

    event: EventPlaces
    blocks: tuple[_BlockSteps, ...]
    of_person: tuple[str, ...]
    envelope: _BlockSteps
    dated: frozenset[str]


class RowReader:
    """Reads the rows of a table by the places that a mapping gave its columns."""

    def __init__(self, places: Places, services: Container[str], habits: Habits) -> None:
        self._places = places
        self._services = services
        self._habits = habits
        self._needed = tuple(dict.fromkeys((*places.reference, *places.row, *places.required)))
        self._identity = _BlockSteps("identity", Identity, _of_block(places.person, "identity"))
        self._contact = _BlockSteps("contact", Contact, _of_block(places.person, "contact"))
        self._number = _BlockSteps("", Identity, _of_block(places.number, None))
        self._events = tuple(map(_event_steps, places.events))
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
        return _all_hold(self._places.only, cells)

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

    def read(self, row: TableRow) -> ReadRow:
        """Return what a row says, or everything that is wrong with it."""
        cells = _RowCells(row.cells, self._places.headings, self._habits)
        cells.demand_filled(self._needed)
        identity, contact = cells.block(self._identity), cells.block(self._contact)
        carried = cells.values(self._number)
        person = {"identity": identity, "contact": contact}
        events = [
            self._event(steps, person, cells)
            for steps in self._events
            if _all_hold(steps.event.conditions, row.cells)
        ]
        key = self.key(row.cells)
        if not key or (self.tells_rows_apart and not self.reference(row.cells)):
            cells.demand_text((*self._places.reference, *self._places.row))
        return ReadRow(
            row.line,
            self.reference(row.cells) if self.tells_rows_apart else _BETWEEN.join(key),
            key,
            identity or _NOBODY,
            contact or _NO_CONTACT,
            PassportNumber(carried[NUMBER]) if carried else None,
            tuple(event for event in events if event is not None),
            tuple(dict.fromkeys(cells.problems)) if cells.problems else (),
        )

    def _event(
        self, steps: _EventSteps, person: Mapping[str, BaseModel | None], cells: "_RowCells"
    ) -> RowEvent | None:
        """Return an event of a row, or None where something is wrong with it."""
        before = len(cells.problems)
        made = {block.name: cells.block(block) for block in steps.blocks}
        made |= {name: person[name] for name in steps.of_person}
        blocks = {name: block for name, block in made.items() if block is not None}
        envelope = cells.values(steps.envelope)
        occurred_at = envelope.get(OCCURRED) or _happened(blocks)
        if len(cells.problems) == before:
            cells.problems += self._problems(steps, blocks)
            if occurred_at is None:
                words = f"no day says when the {steps.event.name} was"
                cells.problems.append(RowProblem(MISSING, None, words))
        if len(cells.problems) > before or occurred_at is None:
            return None
        return RowEvent(
            steps.event.name, steps.event.type, occurred_at, envelope.get(REFERRAL), blocks
        )

    def _problems(
        self, steps: _EventSteps, blocks: Mapping[str, BaseModel]
    ) -> Iterator[RowProblem]:
        """Yield what is wrong with an event of which each value is right."""
        if getattr(blocks[_GATE], "service_id", None) not in self._services:
            yield RowProblem(INVALID, None, "the bus has no service of that name")
        told = {name: vars(blocks[name]) for name in steps.dated if name in blocks}
        for words in misordered(told):
            yield RowProblem("date-order", None, words)

    def _key(self, cells: Sequence[Cell], places: Sequence[int]) -> tuple[str, ...]:
        try:
            key = tuple([text(cells[place], self._habits) for place in places])
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
        for place in places:
            if not is_filled(self.cells[place]):
                self.problems.append(RowProblem(MISSING, self.headings.column(place), MISSING))

    def demand_text(self, places: Iterable[int]) -> None:
        """Note each cell that cannot be read as it was written."""
        for place in places:
            try:
                text(self.cells[place], self.habits)
            except CellError as error:
                self.problems.append(RowProblem(INVALID, self.headings.column(place), str(error)))

    def block(self, block: _BlockSteps) -> Any:
        """Return a block of a row; None where nothing is told, or something is wrong."""
        before = len(self.problems)
        values = self.values(block)
        if len(self.problems) > before or not (values or block.is_needed):
            return None
        try:
            return block.model.model_validate(values)
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False)
            self.problems += (self._problem(block, details) for details in faults)
        return None

    def values(self, block: _BlockSteps) -> dict[str, Any]:
        """Return values by field: the first that is filled, or all of a list, or what is fixed."""
        values: dict[str, Any] = {}
        for place, name, read, takes_many in block.steps:
            cell = self.cells[place]
            if cell == "" or (name in values and not takes_many) or not is_filled(cell):
                continue
            try:
                value = read(cell, self.habits)
            except CellError as error:
                column = self.headings.column(place)
                self.problems.append(RowProblem(INVALID, column, str(error)))
                continue
            if value is not None:
                values[name] = values.get(name, ()) + value if takes_many else value
        return {**block.fixed, **values} if block.fixed else values

    def _problem(self, block: _BlockSteps, details: Any) -> RowProblem:
        """Return what the contract has against a value, and of which column it is."""
        name = details["loc"][0]
        place = next((place for place, field, *_ in block.steps if field == name), None)
        column = None if place is None else self.headings.column(place)
        if details["type"] == _REQUIRED:
            return RowProblem(MISSING, column, MISSING)
        return RowProblem(INVALID, column, fault(details))


def _all_hold(conditions: Sequence[CellCondition], cells: Sequence[Cell]) -> bool:
    return not conditions or all(condition.holds(cells) for condition in conditions)


def _of_block(
    steps: Iterable[Step], block: str | None
) -> tuple[tuple[int, str, Convert, bool], ...]:
    return tuple(
        (step.place, step.field.name, step.read, step.field.takes_many)
        for step in steps
        if step.field.block == block
    )


def _event_steps(event: EventPlaces) -> _EventSteps:
    told = {step.field.block for step in event.steps} | {*event.fixed}
    models = blocks_of(event.type)
    return _EventSteps(
        event,
        tuple(
            _BlockSteps(
                name,
                model,
                _of_block(event.steps, name),
                event.fixed.get(name, {}),
                is_needed=name == _GATE,
            )
            for name, model in models.items()
            if name in told or name == _GATE
        ),
        tuple(name for name in ("identity", "contact") if name not in told),
        _BlockSteps("", Identity, _of_block(event.steps, None), event.fixed.get(None, {})),
        DATED_BLOCKS.get(event.type.__name__.lower(), frozenset()),
    )


def _happened(blocks: Mapping[str, BaseModel]) -> datetime | None:
    """Return when an event happened, by the first day that says so."""
    for block, name in _DAYS:
        found = getattr(blocks.get(block), name, None)
        if isinstance(found, datetime):
            return found
        if isinstance(found, date):
            return datetime.combine(found, time(), UTC)
    return None
