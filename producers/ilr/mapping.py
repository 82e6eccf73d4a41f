"""Makes events of a learner: an enrolment for each aim, an outcome for what was reached.

Every value goes to the block of its category and nowhere else. Values about health, private life or
custody are kept out of participation, and raw identifiers are only in `identity`. The source is
named by the aim's own identifier or by a token, never by the learner reference.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from producers.hub import DoorKey
from producers.ilr import codes, people
from producers.ilr.carried import carried_referral
from producers.ilr.keys import Key, achievement_key, aim_key, uuid_of
from producers.ilr.people import BoroughOf
from producers.ilr.records import DestinationOutcome, Header, Learner, LearningDelivery
from producers.ilr.services import service_id
from producers.ilr.survey import Survey
from schemas.blocks import Contributor, Progress
from schemas.derivation import derived_event_id, derived_token
from schemas.events import (
    Enrolment,
    EnrolmentParticipation,
    EnrolmentStage,
    Outcome,
    OutcomeParticipation,
    OutcomeStage,
    Source,
)
from schemas.identifiers import EventId, PassportNumber, ProviderId, ServiceId

SYSTEM: Final = "ilr"
JOB_OFFER: Final = "job-offer"
"""Code of the EMP outcome that a Skills Bootcamp's achievement date means: hours unknown."""

_STAGES: Final = {
    codes.CONTINUING: EnrolmentStage.STARTED,
    codes.COMPLETED: EnrolmentStage.COMPLETED,
    codes.WITHDRAWN: EnrolmentStage.WITHDRAWN,
    codes.BREAK: EnrolmentStage.BREAK_STARTED,
}
_KEPT_FROM_PARTICIPATION: Final = codes.WITHDRAWAL_OF_HEALTH_OR_PRIVATE_LIFE | {
    codes.WITHDRAWAL_IN_CUSTODY
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What all events of a return have in common."""

    provider_id: ProviderId
    header: Header
    door_key: DoorKey
    borough_of: BoroughOf

    def event_id(self, key: Key) -> EventId:
        """Return the event id of a natural key."""
        return derived_event_id(self.door_key, *key)

    def source(self, key: Key, software_id: str | None = None) -> Source:
        """Return where the original is: the aim's own identifier, or else a token for its key."""
        token = derived_token(self.door_key, "source", *key).hex()[:32]
        return Source(system=SYSTEM, reference=software_id or token)


@dataclass(frozen=True, slots=True)
class AimKey:
    """An aim's natural key, and its software identifier where that is part of it.

    `is_repeated` where the identifier is on several aims of the file: then it is not part of it.
    """

    key: Key
    software_id: str | None
    is_repeated: bool


def key_of(origin: Origin, survey: Survey, reference: str, aim: LearningDelivery) -> AimKey:
    """Return the natural key of an aim: its software identifier, unless the file repeats it.

    `reference` is that of the learner, or the one under which the aim was told of before.
    """
    software_id = uuid_of(aim)
    is_repeated = software_id is not None and software_id in survey.software_ids
    if is_repeated:
        software_id = None
    key = aim_key(origin.header.ukprn, reference, aim, software_id=software_id)
    return AimKey(key, software_id, is_repeated)


def enrolment(
    origin: Origin,
    learner: Learner,
    aim: LearningDelivery,
    key: AimKey,
    participant_id: PassportNumber,
) -> Enrolment:
    """Return the event of an aim, at the stage that the aim has reached."""
    stage = _STAGES[aim.completion]
    if stage is EnrolmentStage.STARTED and aim.codes("RES"):
        stage = EnrolmentStage.RESUMED
    reason = None if aim.withdraw_reason in _KEPT_FROM_PARTICIPATION else aim.withdraw_reason
    funder = next(iter(aim.codes("SOF")), None)
    return Enrolment(
        event_id=origin.event_id(key.key),
        participant_id=participant_id,
        provider_id=origin.provider_id,
        occurred_at=_midnight(aim.ended_on or aim.started_on),
        recorded_at=origin.header.prepared_at,
        source=origin.source(key.key, key.software_id),
        referral_ref=carried_referral((*aim.provider_monitoring, *learner.provider_monitoring)),
        participation=EnrolmentParticipation(
            service_id=service_id(origin.provider_id, aim.fund_model),
            programme=codes.PROGRAMME_TYPE.get(aim.programme_type or 0),
            stage=stage,
            aim=aim.aim.strip() or None,
            funding=aim.fund_model,
            funder=funder,
            started_on=aim.started_on,
            planned_end_on=aim.planned_end_on,
            ended_on=aim.ended_on,
            planned_hours=_hours(learner, aim),
            reason_code=None if reason is None else str(reason),
        ),
        identity=people.identity(learner),
        contact=people.contact(learner),
        area=people.area(learner, origin.borough_of),
        background=people.background(learner, aim),
        needs=people.needs(aim),
        health=people.health(learner, aim),
        equality=people.equality(learner),
        justice=people.justice(aim),
        money=people.money(learner, aim),
    )


def has_achievement(aim: LearningDelivery) -> bool:
    """Return whether the aim led to an outcome.

    An achieved aim is a qualification or a programme completed. A Skills Bootcamp's programme aim
    is different: its achievement date is the day of a job offer, and without one there is none.
    """
    if aim.outcome != codes.ACHIEVED:
        return False
    return aim.achieved_on is not None or (aim.ended_on is not None and not _is_job_offer(aim))


def achievement(
    origin: Origin, aim: LearningDelivery, key: AimKey, participant_id: PassportNumber
) -> Outcome:
    """Return the outcome that an aim led to; only for an aim that `has_achievement`."""
    is_offer = _is_job_offer(aim)
    reached_on = aim.achieved_on or aim.ended_on
    is_programme = aim.aim_type == codes.PROGRAMME_AIM
    return _outcome(
        origin,
        achievement_key(key.key),
        participant_id,
        service=service_id(origin.provider_id, aim.fund_model),
        stage=OutcomeStage.RECORDED,
        progress=Progress(
            category="EMP" if is_offer else "QUAL",
            code=JOB_OFFER if is_offer else None,
            effective_from=reached_on,
            qualification=None if is_programme else aim.aim.strip() or None,
            grade=aim.grade.strip() or None if aim.grade else None,
            evidence_level="provider",
            contributors=(Contributor(provider_id=origin.provider_id, role="training"),),
        ),
    )


def destination(
    origin: Origin,
    key: Key,
    outcome: DestinationOutcome,
    participant_id: PassportNumber,
    service: ServiceId,
) -> Outcome:
    """Return the event of a learner's destination after learning, as the college recorded it."""
    return _outcome(
        origin,
        key,
        participant_id,
        service=service,
        stage=OutcomeStage.RECORDED if outcome.ended_on is None else OutcomeStage.ENDED,
        progress=Progress(
            category=outcome.type,
            code=str(outcome.code),
            effective_from=outcome.started_on,
            effective_to=outcome.ended_on,
            collected_on=outcome.collected_on,
            evidence_level="provider",
            contributors=(Contributor(provider_id=origin.provider_id, role="training"),),
        ),
    )


def _outcome(
    origin: Origin,
    key: Key,
    participant_id: PassportNumber,
    *,
    service: ServiceId,
    stage: OutcomeStage,
    progress: Progress,
) -> Outcome:
    happened_on = progress.effective_to or progress.effective_from
    return Outcome(
        event_id=origin.event_id(key),
        participant_id=participant_id,
        provider_id=origin.provider_id,
        occurred_at=_midnight(happened_on) if happened_on else origin.header.prepared_at,
        recorded_at=origin.header.prepared_at,
        source=origin.source(key),
        participation=OutcomeParticipation(service_id=service, stage=stage),
        progress=progress,
    )


def _is_job_offer(aim: LearningDelivery) -> bool:
    return aim.is_bootcamp and aim.aim_type == codes.PROGRAMME_AIM


def _hours(learner: Learner, aim: LearningDelivery) -> int | None:
    """Return an aim's planned hours: those of the year, where it is the learner's only aim."""
    if aim.planned_hours is not None:
        return aim.planned_hours
    return learner.planned_hours if len(learner.aims) == 1 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
