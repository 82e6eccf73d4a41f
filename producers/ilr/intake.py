"""The second pass: takes learners in, batch by batch, and publishes what is due."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from producers.hub import (
    Answer,
    Applicant,
    Erased,
    PossibleMatch,
    Publisher,
    Registered,
    Registrar,
    UnknownNumber,
)
from producers.ilr import mapping, people
from producers.ilr.carried import carried_number
from producers.ilr.codes import DESTINATION
from producers.ilr.keys import achievement_key, destination_key
from producers.ilr.mapping import Origin
from producers.ilr.reader import Record
from producers.ilr.records import Learner, LearnerDestination
from producers.ilr.result import Account, Place, SetAside, aside_by_rules
from producers.ilr.rules.table import Severity, broken_rules
from producers.ilr.services import service_id
from producers.ilr.survey import Survey, fingerprint
from producers.snapshots.snapshot import Item, ItemKind, SnapshotSession
from schemas.events import Enrolment, Event
from schemas.identifiers import new_passport_number

_BATCH: Final = 200
"""Learners registered and compared at a time: enough to make round trips cheap, little memory."""

_ASIDE_REASONS: Final[dict[type[Answer], tuple[str, str]]] = {
    PossibleMatch: ("possible-match", "may have a passport number already: an adviser decides"),
    UnknownNumber: ("unknown-number", "the passport number carried was never issued"),
    Erased: ("erased", "this person was erased: leave them out of what you send"),
}


@dataclass(frozen=True, slots=True)
class _Known:
    """What a destination needs of its learner, of whom nothing more is known if set aside."""

    uln: int
    participant_id: str | None = None
    service: str = ""


@dataclass(slots=True)
class Intake:
    """One import under way."""

    origin: Origin
    survey: Survey
    registrar: Registrar
    snapshot: SnapshotSession
    publisher: Publisher
    account: Account
    is_dry_run: bool
    _known: dict[bytes, _Known] = field(default_factory=dict)
    _events: list[Event] = field(default_factory=list)
    _held: list[str] = field(default_factory=list)
    _announced: bool = False

    def take(self, records: Iterable[Record], tell: Callable[[int], None]) -> None:
        """Take in all records of a return, learners before destinations as they stand in it."""
        waiting: list[Learner] = []
        done = 0
        for record in records:
            if isinstance(record, Learner):
                waiting.append(record)
                done += 1
                if len(waiting) == _BATCH:
                    self._take_learners(waiting)
                    waiting.clear()
                    tell(done)
            elif isinstance(record, LearnerDestination):
                # a destination may speak of a learner who is still waiting
                self._take_learners(waiting)
                waiting.clear()
                self._take_destination(record)
        self._take_learners(waiting)
        self._publish()
        tell(done)

    def _take_learners(self, learners: Sequence[Learner]) -> None:
        fit = [learner for learner in learners if self._keeps_the_rules(learner)]
        applicants = [self._applicant(learner) for learner in fit]
        answers: Sequence[Answer | None] = ()
        if applicants:
            ask = self.registrar.look_up if self.is_dry_run else self.registrar.register
            answers = ask(self.origin.provider_id, applicants)
        for learner, answer in zip(fit, answers, strict=True):
            if answer is not None and not isinstance(answer, Registered):
                reason, text = _ASIDE_REASONS[type(answer)]
                details = (f"{reason}: learner {learner.ordinal}, line {learner.line}: {text}",)
                self._set_aside(
                    learner,
                    SetAside(
                        learner=learner.ordinal,
                        line=learner.line,
                        reasons=(reason,),
                        details=details,
                    ),
                )
                continue
            # only a rehearsal leaves somebody unregistered: the number is made up for it
            who = answer or Registered(new_passport_number(), is_new=True)
            self.account.take(is_new=who.is_new)
            latest = max(learner.aims, key=lambda aim: (aim.started_on, -aim.sequence))
            service = service_id(self.origin.provider_id, latest.fund_model)
            self._remember(learner, _Known(learner.uln, who.participant_id, service))
            self._take_aims(learner, who.participant_id)
        self._publish()

    def _keeps_the_rules(self, learner: Learner) -> bool:
        faults = list(broken_rules(learner, self.survey))
        errors = [fault for fault in faults if fault.severity is Severity.ERROR]
        for fault in faults:
            if fault.severity is Severity.WARNING:
                place = Place(learner=learner.ordinal, line=fault.line)
                self.account.warn(fault.rule_id, fault.text, place)
        if errors:
            self._set_aside(learner, aside_by_rules(errors, learner.ordinal, learner.line))
        return not errors

    def _set_aside(self, learner: Learner, aside: SetAside) -> None:
        """Note a learner who is not taken; what was published of them earlier has not gone."""
        self._remember(learner, _Known(learner.uln))
        count: Counter[ItemKind] = Counter()
        for aim in learner.aims:
            key = mapping.key_of(self.origin, self.survey, learner, aim).key
            self._held += [self.origin.event_id(key), self.origin.event_id(achievement_key(key))]
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
                Place(learner=learner.ordinal, line=learner.line),
            )
        return Applicant(learner.reference, people.identity(learner), carried.number)

    def _take_aims(self, learner: Learner, participant_id: str) -> None:
        for aim in learner.aims:
            key = mapping.key_of(self.origin, self.survey, learner, aim)
            if key.is_repeated:
                self.account.warn(
                    "software-id-repeated",
                    "the software's aim identifier stands on several aims: it was not used",
                    Place(learner=learner.ordinal, line=aim.line),
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
                Place(learner=None, line=record.line),
            )
            return
        for said in record.outcomes:
            if said.code not in DESTINATION.get(said.type, {}):
                self.account.warn(
                    "destination-unknown",
                    "there is no destination of that type and code",
                    Place(learner=None, line=said.line),
                )
            elif learner.participant_id is None:
                key = destination_key(self.origin.header.ukprn, record.reference, said)
                self._held.append(self.origin.event_id(key))
                self.account.held(ItemKind.OUTCOME)
            else:
                self._events.append(
                    mapping.destination(
                        self.origin,
                        record.reference,
                        said,
                        learner.participant_id,
                        learner.service,
                    )
                )
        if len(self._events) + len(self._held) >= _BATCH:
            self._publish()

    def _publish(self) -> None:
        """Compare what has gathered, and publish what is new or has changed."""
        self.snapshot.hold(self._held)
        self._held.clear()
        items = [
            Item(
                event.event_id,
                ItemKind.ENROLMENT if isinstance(event, Enrolment) else ItemKind.OUTCOME,
                self.origin.digest(event),
            )
            for event in self._events
        ]
        findings = self.snapshot.compare(items)
        for event, item, finding in zip(self._events, items, findings, strict=True):
            self.account.judged(item.kind, finding)
            if finding.is_due:
                if not (self._announced or self.is_dry_run):
                    self.snapshot.publishing()
                    self._announced = True
                self.publisher.publish(event.model_copy(update={"revision": finding.revision}))
        self._events.clear()
