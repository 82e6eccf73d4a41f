"""The second pass: registers learners, batch by batch, and publishes what is due."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from producers.changed_events import ChangedEvents
from producers.hub import (
    Applicant,
    EarlierReference,
    GivenAnswer,
    PossibleMatch,
    Registered,
    Registrar,
    Registration,
)
from producers.ilr import mapping, people
from producers.ilr.carried import carried_number
from producers.ilr.codes import DESTINATION
from producers.ilr.keys import Key, achievement_key, destination_key
from producers.ilr.mapping import Origin
from producers.ilr.reader import Record
from producers.ilr.records import DestinationOutcome, Learner, LearnerDestination
from producers.ilr.result import FilePlace, ReturnAccount, SetAside
from producers.ilr.rules.table import broken_rules
from producers.ilr.services import service_id
from producers.ilr.survey import Survey
from producers.questions import question_about
from producers.repeats import fingerprint
from producers.snapshots.snapshot import ItemKind, SnapshotSession
from schemas.blocks import Contact
from schemas.events import Event
from schemas.identifiers import PassportNumber, ServiceId

_BATCH: Final = 500
"""Learners registered and compared at a time: enough to make round trips cheap, little memory."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a destination needs of its learner: only the ULN of a learner who is set aside.

    `before` is a reference of before under which the same participant may have been told of.
    """

    uln: int
    participant_id: PassportNumber | None = None
    service: ServiceId = ServiceId("")
    before: str | None = None


@dataclass(slots=True)
class Intake:
    """One import under way."""

    origin: Origin
    survey: Survey
    registrar: Registrar
    snapshot: SnapshotSession
    changed: ChangedEvents
    account: ReturnAccount
    answers: Mapping[str, GivenAnswer]
    _known: dict[int, _Known] = field(default_factory=dict)
    _events: list[Event] = field(default_factory=list)
    _held: list[str] = field(default_factory=list)

    def take(self, records: Iterable[Record], on_learners: Callable[[int], None]) -> None:
        """Take in learners, then destinations. `on_learners` gets the number of learners done."""
        waiting: list[Learner] = []
        done = 0
        for record in records:
            if isinstance(record, Learner):
                waiting.append(record)
                done += 1
                if len(waiting) == _BATCH:
                    self._take_learners(waiting)
                    waiting.clear()
                    on_learners(done)
            elif isinstance(record, LearnerDestination):
                # the destination may be of a learner who is still waiting
                self._take_learners(waiting)
                waiting.clear()
                self._take_destination(record)
        self._take_learners(waiting)
        self._publish()
        on_learners(done)

    def _take_learners(self, learners: Sequence[Learner]) -> None:
        fit = [learner for learner in learners if self._keeps_the_rules(learner)]
        applicants = [self._applicant(learner) for learner in fit]
        answers: Sequence[Registration] = ()
        if applicants:
            answers = self.registrar.register(self.origin.provider_id, applicants)
        for learner, person in zip(fit, answers, strict=True):
            if not isinstance(person, Registered):
                self._set_unregistered_aside(learner, person)
                continue
            for doubt in person.doubts:
                place = _place_of(learner)
                field = doubt.partition(":")[0].replace("_", "-")
                self.account.warn(f"{field}-doubtful", doubt, place)
            self._note_answer_unused(learner, person)
            self.account.accept_learner(is_new=person.is_new)
            latest = max(learner.aims, key=lambda aim: (aim.started_on, -aim.sequence))
            service = service_id(self.origin.provider_id, latest.fund_model)
            number = person.participant_id
            before = self._reference_before(learner, person)
            self._remember(learner, _Known(learner.uln, number, service, before))
            self._take_aims(learner, number, before)
        self._publish()

    def _keeps_the_rules(self, learner: Learner) -> bool:
        faults = list(broken_rules(learner, self.survey))
        errors = [fault for fault in faults if fault.sets_aside]
        for fault in faults:
            if not fault.sets_aside:
                place = FilePlace(learner=learner.ordinal, line=fault.line)
                self.account.warn(fault.rule_id, fault.text, place)
        if errors:
            reasons = tuple(dict.fromkeys(fault.rule_id for fault in errors))
            why = dict.fromkeys(f"{fault.rule_id}: {fault.text}" for fault in errors)
            self._set_aside(
                learner,
                reasons,
                problems=tuple(map(str, errors)),
                why=(*why, "correct the record and export the return again: no answer helps"),
            )
        return not errors

    def _set_unregistered_aside(self, learner: Learner, answer: Registration) -> None:
        asked = question_about(answer, self.answers.get(learner.reference))
        why = answer.reasons if isinstance(answer, PossibleMatch) else ()
        problem = f"{asked.reason}: learner {learner.ordinal}, line {learner.line}: {asked.text}"
        self._set_aside(
            learner, (asked.reason,), problems=(problem,), why=(asked.text, *why, asked.advice)
        )

    def _set_aside(
        self,
        learner: Learner,
        reasons: tuple[str, ...],
        *,
        problems: tuple[str, ...],
        why: tuple[str, ...],
    ) -> None:
        """Note a refused learner, whose earlier events are in the return and have not gone."""
        aside = SetAside(
            learner=learner.ordinal,
            line=learner.line,
            reasons=reasons,
            problems=problems,
            reference=learner.reference,
            why=why,
        )
        before = self._own_before(learner)
        self._remember(learner, _Known(learner.uln, before=before))
        count: Counter[ItemKind] = Counter()
        for aim in learner.aims:
            for reference in filter(None, (learner.reference, before)):
                key = mapping.key_of(self.origin, self.survey, reference, aim).key
                self._held += map(self.origin.event_id, (key, achievement_key(key)))
            count[ItemKind.ENROLMENT] += 1
            count[ItemKind.OUTCOME] += mapping.has_achievement(aim)
        self.account.set_aside(aside, count)

    def _applicant(self, learner: Learner) -> Applicant:
        fields = learner.provider_monitoring + tuple(
            value for aim in learner.aims for value in aim.provider_monitoring
        )
        carried = carried_number(fields)
        if carried.is_unclear:
            self.account.warn(
                "carried-number",
                "a passport number is mistyped, or there are two: it was not used",
                _place_of(learner),
            )
        return Applicant(
            learner.reference,
            people.identity(learner),
            carried.number,
            people.contact(learner) or Contact(),
            earlier=self._earlier(learner),
            answer=self.answers.get(learner.reference),
        )

    def _earlier(self, learner: Learner) -> EarlierReference | None:
        """Return the learner's reference of before, unless the file gives it to others, too."""
        if learner.earlier is None or self.survey.is_clear(learner.earlier):
            return learner.earlier
        self.account.warn(
            "earlier-reference-unclear",
            "the reference of before is that of another learner, too: it was not used",
            _place_of(learner),
        )
        return None

    def _own_before(self, learner: Learner) -> str | None:
        """Return the reference under which this college knew the learner before, as it says."""
        earlier = learner.earlier
        if earlier is None or earlier.ukprn is not None or not self.survey.is_clear(earlier):
            return None
        return earlier.reference

    def _reference_before(self, learner: Learner, person: Registered) -> str | None:
        """Return the reference under which the same participant may have been told of before."""
        if person.number_before in {None, person.participant_id}:
            return None if person.number_before is None else self._own_before(learner)
        self.account.warn(
            "earlier-reference-of-another",
            "the reference of before has another passport number: if it is one person, ask them"
            " and join the two numbers (nwd participant merge)",
            _place_of(learner),
        )
        return None

    def _note_answer_unused(self, learner: Learner, person: Registered) -> None:
        """Tell that an answer named another number than the one that the reference has already."""
        given = self.answers.get(learner.reference)
        if given is not None and given.number not in {None, person.participant_id}:
            self.account.warn(
                "answer-unused",
                "the reference has another passport number already: if it is one person, ask them"
                " and join the two numbers (nwd participant merge)",
                _place_of(learner),
            )

    def _is_stored(self, key: Key) -> bool:
        return bool(self.snapshot.stored([self.origin.event_id(key)]))

    def _take_aims(
        self, learner: Learner, participant_id: PassportNumber, before: str | None
    ) -> None:
        for aim in learner.aims:
            key = mapping.key_of(self.origin, self.survey, learner.reference, aim)
            if before is not None and key.software_id is None:
                earlier = mapping.key_of(self.origin, self.survey, before, aim)
                key = earlier if self._is_stored(earlier.key) else key
            if key.is_repeated:
                self.account.warn(
                    "software-id-repeated",
                    "the software's aim identifier is on several aims: it was not used",
                    FilePlace(learner=learner.ordinal, line=aim.line),
                )
            self._events.append(mapping.enrolment(self.origin, learner, aim, key, participant_id))
            if mapping.has_achievement(aim):
                self._events.append(mapping.achievement(self.origin, aim, key, participant_id))

    def _remember(self, learner: Learner, known: _Known) -> None:
        mark = fingerprint(learner.reference)
        if mark in self.survey.with_destinations:
            self._known[mark] = known

    def _take_destination(self, record: LearnerDestination) -> None:
        learner = self._known.get(fingerprint(record.reference))
        if learner is None or learner.uln != record.uln:
            self.account.warn(
                "destination-unmatched",
                "no learner of the file has both the reference and the ULN",
                FilePlace(learner=None, line=record.line),
            )
            return
        for outcome in record.outcomes:
            if (wrong := _wrong(outcome)) is not None:
                self.account.warn(*wrong, FilePlace(learner=None, line=outcome.line))
                continue
            key = destination_key(self.origin.header.ukprn, record.reference, outcome)
            if learner.before is not None:
                earlier = destination_key(self.origin.header.ukprn, learner.before, outcome)
                if learner.participant_id is None:
                    self._held.append(self.origin.event_id(earlier))
                key = earlier if self._is_stored(earlier) else key
            if learner.participant_id is None:
                self._held.append(self.origin.event_id(key))
                self.account.verdicts.set_aside(ItemKind.OUTCOME)
            else:
                event = mapping.destination(
                    self.origin, key, outcome, learner.participant_id, learner.service
                )
                self._events.append(event)
        if len(self._events) + len(self._held) >= _BATCH:
            self._publish()

    def _publish(self) -> None:
        """Compare the gathered events with the snapshot, and publish the new and changed ones."""
        self.snapshot.hold(self._held)
        self._held.clear()
        for kind, finding in self.changed.send(self._events):
            self.account.verdicts.judged(kind, finding)
        self._events.clear()


def _place_of(learner: Learner) -> FilePlace:
    return FilePlace(learner=learner.ordinal, line=learner.line)


def _wrong(outcome: DestinationOutcome) -> tuple[str, str] | None:
    """Return why a destination makes no event: a code, and in words. None: it makes one."""
    if outcome.code not in DESTINATION.get(outcome.type, {}):
        return "destination-unknown", "there is no destination of that type and code: left out"
    if outcome.ended_on is not None and outcome.ended_on < outcome.started_on:
        return "destination-dates", "the destination ended before it started: left out"
    return None
