"""A row as what it says: who it is about, and the events that it gives. Nothing of it is sent."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

from pydantic import BaseModel

from producers.tables.block_reader import INVALID, MISSING, BlockReader, RowProblem, steps_of
from producers.tables.cells import NOTHING, CellError, Habits, text
from producers.tables.fields import NUMBER, OCCURRED, REFERRAL, SERVICE, blocks_of
from producers.tables.mapping import DAYS
from producers.tables.placing import CellCondition, EventPlaces, Places, Step
from producers.tables.table import Cell, TableRow
from schemas.blocks import Contact, Identity
from schemas.date_order import DATED_BLOCKS, misordered
from schemas.events import Event
from schemas.identifiers import PassportNumber

_DAYS: Final = tuple((block, name) for block, _, name in (path.partition(".") for path in DAYS))
_BETWEEN: Final = "|"
_NOBODY: Final = Identity()
_NO_CONTACT: Final = Contact()
_MIDNIGHT: Final = time(tzinfo=UTC)
_GATE, _, _SERVICE = SERVICE.partition(".")
"""The block that every event has, and its first field."""


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
class _EventReader:
    """How an event is made of a row: its own blocks, and those that it has of the person.

    `days` are the places, among its own, that may say when it happened.
    """

    event: EventPlaces
    blocks: tuple[tuple[str, BlockReader], ...]
    of_person: tuple[str, ...]
    envelope: BlockReader
    days: tuple[tuple[str, str], ...]
    dated: frozenset[str]


class RowReader:
    """Reads the rows of a table by the places that a mapping gave its columns."""

    def __init__(self, places: Places, services: Container[str], habits: Habits) -> None:
        self._places = places
        self._services = services
        self._habits = habits
        self._needed = tuple(dict.fromkeys((*places.reference, *places.row, *places.required)))
        self._identity = self._block("identity", Identity, places.person)
        self._contact = self._block("contact", Contact, places.person)
        self._number = self._block(None, Identity, places.number)
        self._events = tuple(map(self._event_reader, places.events))
        self.name_places = tuple(
            step.place
            for step in places.person
            if step.field.name in {"given_names", "family_name", "date_of_birth"}
            and step.place not in places.reference
        )
        self.tells_rows_apart = places.row != places.reference
        """Whether one person can have several rows."""

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
            if (cell := cells[place]) not in NOTHING
        ]

    def read(self, row: TableRow) -> ReadRow:
        """Return what a row says, or everything that is wrong with it."""
        cells = row.cells
        problems: list[RowProblem] = []
        for place in self._needed:
            if cells[place] in NOTHING:
                column = self._places.headings.column(place)
                problems.append(RowProblem(MISSING, column, MISSING))
        identity = self._identity.block(cells, problems)
        contact = self._contact.block(cells, problems)
        carried = self._number.steps and self._number.values(cells, problems)
        person = {"identity": identity, "contact": contact}
        events = [
            self._event(reader, person, cells, problems)
            for reader in self._events
            if _all_hold(reader.event.conditions, cells)
        ]
        key = self.key(cells)
        reference = self.reference(cells) if self.tells_rows_apart else _BETWEEN.join(key)
        if not (key and reference):
            problems += self._unreadable(cells)
        return ReadRow(
            row.line,
            reference,
            key,
            identity or _NOBODY,
            contact or _NO_CONTACT,
            PassportNumber(carried[NUMBER]) if carried else None,
            tuple([event for event in events if event is not None]),
            tuple(dict.fromkeys(problems)) if problems else (),
        )

    def _unreadable(self, cells: Sequence[Cell]) -> list[RowProblem]:
        """Return each column of a reference or key that cannot be read as it was written."""
        found = []
        for place in (*self._places.reference, *self._places.row):
            try:
                text(cells[place], self._habits)
            except CellError as error:
                column = self._places.headings.column(place)
                found.append(RowProblem(INVALID, column, str(error)))
        return found

    def _event(
        self,
        reader: _EventReader,
        person: Mapping[str, BaseModel | None],
        cells: Sequence[Cell],
        problems: list[RowProblem],
    ) -> RowEvent | None:
        """Return an event of a row, or None where something is wrong with it."""
        before = len(problems)
        blocks: dict[str, BaseModel] = {}
        for name, block_reader in reader.blocks:
            if (block := block_reader.block(cells, problems)) is not None:
                blocks[name] = block
        for name in reader.of_person:
            if (block := person[name]) is not None:
                blocks[name] = block
        envelope = reader.envelope.values(cells, problems)
        occurred_at = envelope.get(OCCURRED) or _happened(reader.days, blocks)
        if len(problems) == before:
            self._note_together(reader, blocks, problems)
            if occurred_at is None:
                words = f"no day says when the {reader.event.name} was"
                problems.append(RowProblem(MISSING, None, words))
        if len(problems) > before or occurred_at is None:
            return None
        event = reader.event
        return RowEvent(event.name, event.type, occurred_at, envelope.get(REFERRAL), blocks)

    def _note_together(
        self,
        reader: _EventReader,
        blocks: Mapping[str, BaseModel],
        problems: list[RowProblem],
    ) -> None:
        """Note what is wrong with an event of which each value is right."""
        if getattr(blocks[_GATE], _SERVICE, None) not in self._services:
            problems.append(RowProblem(INVALID, None, "the bus has no service of that name"))
        if reader.dated:
            told = {name: vars(blocks[name]) for name in reader.dated if name in blocks}
            problems += [RowProblem("date-order", None, words) for words in misordered(told)]

    def _key(self, cells: Sequence[Cell], places: Sequence[int]) -> tuple[str, ...]:
        try:
            key = tuple([text(cells[place], self._habits) for place in places])
        except CellError:
            return ()
        return key if all(key) else ()

    def _event_reader(self, event: EventPlaces) -> _EventReader:
        told = {step.field.block for step in event.steps} | {*event.fixed}
        paths = {(step.field.block, step.field.name) for step in event.steps}
        paths |= {(block, name) for block, values in event.fixed.items() for name in values}
        return _EventReader(
            event,
            tuple(
                (name, self._block(name, model, event.steps, event.fixed))
                for name, model in blocks_of(event.type).items()
                if name in told or name == _GATE
            ),
            tuple(name for name in ("identity", "contact") if name not in told),
            self._block(None, Identity, event.steps, event.fixed),
            tuple(place for place in _DAYS if place in paths),
            DATED_BLOCKS.get(event.type.__name__.lower(), frozenset()),
        )

    def _block(
        self,
        name: str | None,
        model: type[BaseModel],
        steps: Iterable[Step],
        fixed: Mapping[str | None, Mapping[str, object]] = {},
    ) -> BlockReader:
        return BlockReader(
            model,
            self._places.headings,
            self._habits,
            steps_of(steps, name),
            fixed.get(name, {}),
            is_needed=name == _GATE,
        )


def _all_hold(conditions: Sequence[CellCondition], cells: Sequence[Cell]) -> bool:
    return not conditions or all(condition.holds(cells) for condition in conditions)


def _happened(days: Iterable[tuple[str, str]], blocks: Mapping[str, BaseModel]) -> datetime | None:
    """Return when an event happened, by the first of the days that is told."""
    for block, name in days:
        found = getattr(blocks.get(block), name, None)
        if isinstance(found, datetime):
            return found
        if isinstance(found, date):
            return datetime.combine(found, _MIDNIGHT)
    return None
