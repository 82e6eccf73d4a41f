"""The second pass: reads rows, registers whom they are about, batch by batch, and publishes."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from producers.changed_events import ChangedEvents
from producers.hub import (
    Applicant,
    DoorKey,
    GivenAnswer,
    PossibleMatch,
    Registered,
    Registrar,
    Registration,
)
from producers.questions import question_about
from producers.snapshots.snapshot import ItemKind
from producers.tables.block_reader import RowProblem
from producers.tables.fields import blocks_of
from producers.tables.mapping import Mapping as TableMapping
from producers.tables.result import TableAccount
from producers.tables.rows import ReadRow, RowEvent, RowReader
from producers.tables.survey import TableSurvey
from producers.tables.table import Table
from schemas.derivation import Derivation
from schemas.events import Event, Source
from schemas.identifiers import EventId, PassportNumber, ProviderId

_BATCH: Final = 500
"""Rows registered and compared at a time: enough to make round trips cheap, little memory."""
SYSTEM: Final = "table"
_REPEATED: Final = RowProblem(
    "repeated", None, "another row has the same key: it is not known which of them holds"
)
_SHARED: Final = RowProblem(
    "two-people", None, "rows with this reference have different names or days of birth"
)


class TableOrigin:
    """What all events of one table have in common."""

    def __init__(
        self,
        provider_id: ProviderId,
        mapping: TableMapping,
        door_key: DoorKey,
        recorded_at: datetime,
    ) -> None:
        self.provider_id = provider_id
        self.collection = f"{SYSTEM} {mapping.name}"
        self.event_names = tuple(mapping.events)
        self.numbering = f"{mapping.numbering}:" if mapping.numbering else ""
        self._derivation = Derivation(door_key)
        self._envelope = {
            "provider_id": provider_id,
            "recorded_at": recorded_at,
            "source": Source(system=SYSTEM, reference=mapping.name),
        }
        self._alike: dict[type[Event], Event] = {}

    def event_id(self, name: str, key: tuple[str, ...]) -> EventId:
        """Return the id of a row's event, the same each time."""
        return self._derivation.event_id(self.collection, name, *key)

    def event(self, told: RowEvent, key: tuple[str, ...], participant_id: PassportNumber) -> Event:
        """Return an event of a row about a participant.

        The first of its type is checked as a whole. Of the others each part has been, and they are
        made from it: to check them again would take as long as all else that is done with them.
        """
        own = {
            "event_id": self.event_id(told.name, key),
            "participant_id": participant_id,
            "occurred_at": told.occurred_at,
            "referral_ref": told.referral_ref,
            **told.blocks,
        }
        alike = self._alike.get(told.type)
        if alike is None:
            event = told.type.model_validate({**self._envelope, **own})
            no_blocks = dict.fromkeys(blocks_of(told.type))
            self._alike[told.type] = event.model_copy(update=no_blocks)
            return event
        event = copy(alike)
        vars(event).update(own)
        return event


@dataclass(slots=True)
class TableIntake:
    """One import under way. `lines` has the line of each event of the batch in hand."""

    origin: TableOrigin
    reader: RowReader
    survey: TableSurvey
    registrar: Registrar
    changed: ChangedEvents
    account: TableAccount
    answers: Mapping[str, GivenAnswer]
    lines: dict[EventId, int]
    _waiting: list[ReadRow] = field(default_factory=list, init=False)
    _held: list[EventId] = field(default_factory=list, init=False)

    def take(self, table: Table, on_rows: Callable[[int], None]) -> None:
        """Take in every row. `on_rows` gets the number of rows done."""
        is_wanted, read = self.reader.is_wanted, self.reader.read
        for done, row in enumerate(table.rows(), start=1):
            if row.fault is not None:
                self.account.set_aside(row.line, (RowProblem("ragged", None, row.fault),))
            elif not is_wanted(row.cells):
                self.account.leave_out(row.line)
            else:
                self._sort(read(row))
            if len(self._waiting) == _BATCH or len(self._held) >= _BATCH:
                self._take_batch()
                on_rows(done)
        self._take_batch()
        on_rows(self.survey.rows)

    def _sort(self, row: ReadRow) -> None:
        problems = row.problems
        if row.key and row.key in self.survey.keys:
            problems += (_REPEATED,)
        if self._is_of_two(row):
            problems += (_SHARED,)
        if problems:
            self._hold(row)
            self.account.set_aside(row.line, problems)
        elif row.events:
            self._waiting.append(row)
        else:
            self.account.leave_out(row.line)

    def _is_of_two(self, row: ReadRow) -> bool:
        return self.reader.tells_rows_apart and any(
            (row.reference, place) in self.survey.shared for place in self.reader.name_places
        )

    def _hold(self, row: ReadRow) -> None:
        """Remember that the events of a row have not gone, although it is not taken."""
        if row.key:
            self._held += (self.origin.event_id(name, row.key) for name in self.origin.event_names)

    def _take_batch(self) -> None:
        people: dict[str, ReadRow] = {}
        for row in self._waiting:
            people.setdefault(row.reference, row)
        answers: Sequence[Registration] = ()
        if people:
            answers = self.registrar.register(
                self.origin.provider_id, [self._applicant(row) for row in people.values()]
            )
        found = dict(zip(people, answers, strict=True))
        for reference, answer in found.items():
            if isinstance(answer, Registered):
                self._note(people[reference], answer)
        self._publish(found)
        self._waiting.clear()
        self.changed.snapshot.hold(self._held)
        self._held.clear()

    def _publish(self, found: Mapping[str, Registration]) -> None:
        """Send the events of rows whose person is registered, and set the others aside."""
        events: list[Event] = []
        taken: list[tuple[ReadRow, PassportNumber]] = []
        self.lines.clear()
        for row in self._waiting:
            answer = found[row.reference]
            if not isinstance(answer, Registered):
                self._ask(row, answer)
                continue
            taken.append((row, answer.participant_id))
            for told in row.events:
                event = self.origin.event(told, row.key, answer.participant_id)
                self.lines[event.event_id] = row.line
                events.append(event)
        findings = iter(self.changed.send(events))
        for row, participant_id in taken:
            verdicts = []
            for _ in row.events:
                kind, finding = next(findings)
                self.account.verdicts.judged(kind, finding)
                verdicts.append(finding.verdict)
            self.account.took(row.line, verdicts, participant_id)

    def _ask(self, row: ReadRow, answer: Registration) -> None:
        asked = question_about(answer, self.answers.get(row.reference))
        why = answer.reasons if isinstance(answer, PossibleMatch) else ()
        self._hold(row)
        for told in row.events:
            self.account.verdicts.set_aside(ItemKind(told.type.__name__.lower()))
        self.account.set_aside(
            row.line,
            (RowProblem(asked.reason, None, asked.text),),
            row.reference,
            (asked.text, *why, asked.advice),
        )

    def _note(self, row: ReadRow, person: Registered) -> None:
        self.account.people_new += person.is_new
        for doubt in person.doubts:
            name = doubt.partition(":")[0].replace("_", "-")
            self.account.warn(RowProblem(f"{name}-doubtful", None, doubt), row.line)
        given = self.answers.get(row.reference)
        if given is not None and given.number not in {None, person.participant_id}:
            self.account.warn(_ANSWER_UNUSED, row.line)

    def _applicant(self, row: ReadRow) -> Applicant:
        return Applicant(
            self.origin.numbering + row.reference,
            row.person,
            row.carried,
            row.contact,
            answer=self.answers.get(row.reference),
        )


_ANSWER_UNUSED: Final = RowProblem(
    "answer-unused",
    None,
    "the reference has another passport number already: if it is one person, ask them and join the"
    " two numbers (nwd participant merge)",
)
