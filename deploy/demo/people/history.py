"""What the borough, the charity, the Jobcentre and the college publish of one participant.

The college's courses are in its ILR return; what it publishes here is its side of referrals. An
enrolment, and an outcome, is one event whose later stages are higher revisions; each step of a
referral is an event of its own, because two providers publish it.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from deploy.demo.people import blocks
from deploy.demo.people.dates import AS_OF
from deploy.demo.people.journeys import BOROUGH, CHARITY, JOBCENTRE, JOBS, Stay, journey_of
from deploy.demo.people.outcomes import record_outcomes
from deploy.demo.people.person import SEED, Person
from deploy.demo.people.questionnaires import FIRST_WAVE, ons_4
from deploy.demo.people.recorder import Recorder
from deploy.demo.people.referrals import Leg, ReferralStep
from schemas.blocks import Notes
from schemas.choices import MeetingMode, MeetingResult
from schemas.events import (
    Enrolment,
    EnrolmentParticipation,
    EnrolmentStage,
    Event,
    Referral,
    ReferralParticipation,
    ReferralStage,
)
from schemas.identifiers import PassportNumber

_ADVISERS: Final = ("Grace", "Imran", "Oksana", "Tom")
_MEETING_RESULTS: Final = {
    ReferralStage.CONTACT_ATTENDED: MeetingResult.ATTENDED,
    ReferralStage.CONTACT_MISSED: MeetingResult.MISSED_UNACCEPTABLE,
}
_SENDERS_STEPS: Final = frozenset({ReferralStage.REQUESTED, ReferralStage.WITHDRAWN})
"""The steps that the referring provider publishes; the receiving one publishes the rest."""

_PLANNED: Final = timedelta(weeks=26)
_OTHER_REASON: Final = "97"
"""WithdrawReason of the ILR: other."""
_TELLS_HEALTH_SHARE: Final = 0.6
_TELLS_EQUALITY_SHARE: Final = 0.75
_NOTES_SHARE: Final = 0.12
_NOTES: Final = (
    "Came with a friend, who helped with the form.",
    "Would like the same adviser each time.",
    "Wants to talk about travel costs next time.",
    "Asked for the letter in large print.",
)


def history(
    person: Person, participant_id: PassportNumber, *, seed: int = SEED, as_of: date = AS_OF
) -> list[Event]:
    """Return a person's events of all these providers up to a day, in the order of recording.

    A person who came to the college and only takes a course has none. The ids of the events depend
    on the passport number; the story does not.
    """
    journey = journey_of(person, seed=seed)
    recorder = Recorder(seed, person.number, participant_id)
    for leg in journey.legs:
        _record_referral(recorder, person, leg)
    for stay in journey.stays:
        _record_stay(recorder, person, stay)
    record_outcomes(recorder, journey)
    happened = [event for event in recorder.events if event.recorded_at.date() <= as_of]
    return sorted(happened, key=lambda event: event.recorded_at)


def _record_referral(recorder: Recorder, person: Person, leg: Leg) -> None:
    for step in leg.steps:
        is_asked = step.stage is ReferralStage.REQUESTED
        recorder.record(
            Referral,
            leg.sender if step.stage in _SENDERS_STEPS else leg.receiver,
            step.on,
            referral_ref=leg.ref,
            participation=ReferralParticipation(
                service_id=leg.service_id,
                stage=step.stage,
                reason_code=step.reason,
                decline_reason=step.decline_reason,
                is_mandatory=leg.is_mandatory,
                meeting_result=_MEETING_RESULTS.get(step.stage),
                **_handover(leg, step),
            ),
            **(_introduction(person, leg.sender) if is_asked else {}),
        )


def _introduction(person: Person, sender: str) -> dict[str, Any]:
    """Return what a referral carries, so that the receiver need not ask it again."""
    if sender == CHARITY:
        return {
            "identity": blocks.name(person),
            "contact": blocks.contact(person),
            "needs": blocks.needs(person),
        }
    return {
        "identity": blocks.identity(person),
        "contact": blocks.contact(person),
        "area": blocks.area(person),
        "needs": blocks.needs(person),
        "money": blocks.money(person) if sender == JOBCENTRE else None,
    }


def _handover(leg: Leg, step: ReferralStep) -> dict[str, Any]:
    """Return when, whom and how to meet, as an acceptance says: at nine on the next step's day."""
    if step.stage is not ReferralStage.ACCEPTED:
        return {}
    following = leg.steps[leg.steps.index(step) + 1]
    return {
        "appointment_at": datetime.combine(following.on, time(9), UTC),
        "meeting_with": _ADVISERS[following.on.toordinal() % len(_ADVISERS)],
        "meeting_with_role": "adviser",
        "meeting_mode": MeetingMode.IN_PERSON,
    }


def _record_stay(recorder: Recorder, person: Person, stay: Stay) -> None:
    event_id = recorder.new_id()
    form = _form(recorder, person, stay)
    ended = EnrolmentStage.WITHDRAWN if stay.leaves else EnrolmentStage.COMPLETED
    for revision, stage, on in (
        (1, EnrolmentStage.STARTED, stay.started_on),
        (2, ended, stay.ended_on),
    ):
        has_ended = stage is ended
        recorder.record(
            Enrolment,
            stay.provider_id,
            on,
            event_id,
            revision=revision,
            referral_ref=stay.referral_ref,
            participation=EnrolmentParticipation(
                service_id=stay.service_id,
                programme="Connect to Work" if stay.service_id == JOBS else None,
                stage=stage,
                started_on=stay.started_on,
                planned_end_on=stay.started_on + _PLANNED,
                ended_on=stay.ended_on if has_ended else None,
                reason_code=_OTHER_REASON if has_ended and stay.leaves else None,
            ),
            **form,
        )


def _form(recorder: Recorder, person: Person, stay: Stay) -> dict[str, Any]:
    """Return the answers to a service's form. A later revision repeats them: it replaces all."""
    chance = recorder.chance
    tells_health = chance.random() < _TELLS_HEALTH_SHARE
    tells_equality = chance.random() < _TELLS_EQUALITY_SHARE
    has_notes = chance.random() < _NOTES_SHARE
    note = Notes(text=chance.choice(_NOTES))
    asked_by_all = {
        "contact": blocks.contact(person),
        "area": blocks.area(person),
        "needs": blocks.needs(person),
        "notes": note if has_notes else None,
    }
    if stay.provider_id != BOROUGH:
        return asked_by_all | {
            "identity": blocks.name(person),
            "wellbeing": ons_4(chance, FIRST_WAVE, change=0),
        }
    return asked_by_all | {
        "identity": blocks.identity(person),
        "background": blocks.background(person, stay.started_on),
        "health": blocks.health(person) if tells_health else None,
        "equality": blocks.equality(person) if tells_equality else None,
        "justice": blocks.justice(person),
        "money": blocks.money(person),
    }
