"""What is reached on the way and at the end: an interview, confidence, a job, how good it is."""

from datetime import date, timedelta
from typing import Final

from deploy.demo.people.dates import later
from deploy.demo.people.jobs import Job
from deploy.demo.people.journeys import (
    BOROUGH,
    CHARITY,
    COLLEGE,
    IN_WORK,
    JOBS,
    MENTORING,
    RECOVERY,
    VOLUNTEERING,
    Journey,
    Stay,
)
from deploy.demo.people.questionnaires import SECOND_WAVE, good_work, ons_4
from deploy.demo.people.recorder import Recorder
from deploy.demo.people.studies import COMPLETED
from schemas.blocks import Contributor, Money, Progress, Wellbeing
from schemas.events import Outcome, OutcomeParticipation, OutcomeStage
from schemas.identifiers import ProviderId, ServiceId

INTERIM: Final = "INT"
FIRST_INTERVIEW: Final = "first-interview"
CONFIDENCE: Final = "confidence"
MENTAL_HEALTH_SUPPORT: Final = "mental-health-support"
"""Codes of interim outcomes: INT has no list of the ILR's."""

_FIRST_INTERVIEW_SHARE: Final = 0.45
_ANSWERS_AGAIN_SHARE: Final = 0.7
_CHANGES: Final = (-1, 0, 0, 1, 2, 3)
"""How many points better the answers are after thirteen weeks."""
_VOLUNTEERS_SHARE: Final = 0.6
_SUPPORT_SHARE: Final = 0.45
_STILL_LOOKING_SHARE: Final = 0.3
_FOLLOW_UP_SHARE: Final = 0.6
_SUSTAINED_WEEKS: Final = (13, 26)


def tell_outcomes(recorder: Recorder, told: Journey) -> None:
    """Tell what somebody reached, in every service and in work."""
    for stay in told.stays:
        if stay.service_id == JOBS:
            _tell_first_interview(recorder, stay)
            if told.job is None:
                _tell_still_looking(recorder, stay)
        elif stay.service_id == VOLUNTEERING:
            _tell_volunteering(recorder, stay)
        else:
            _tell_answers(recorder, stay)
            if stay.service_id == RECOVERY:
                _tell_support(recorder, stay)
    if told.job is not None:
        _tell_job(recorder, told, told.job)
        _tell_good_work(recorder, told.job)


def _tell(
    recorder: Recorder,
    service_id: ServiceId,
    on: date,
    progress: Progress | None,
    wellbeing: Wellbeing | None = None,
) -> None:
    """Tell one outcome of a service that is recorded once and never changes."""
    recorder.record(
        Outcome,
        ProviderId(service_id.partition(".")[0]),
        on,
        participation=OutcomeParticipation(service_id=service_id, stage=OutcomeStage.RECORDED),
        progress=progress,
        wellbeing=wellbeing,
    )


def _interim(code: str, on: date) -> Progress:
    return Progress(category=INTERIM, code=code, effective_from=on, collected_on=on)


def _tell_first_interview(recorder: Recorder, stay: Stay) -> None:
    happens = recorder.chance.random() < _FIRST_INTERVIEW_SHARE
    on = later(recorder.chance, stay.started_on, 10, 58)
    if happens:
        _tell(recorder, JOBS, on, _interim(FIRST_INTERVIEW, on))


def _tell_still_looking(recorder: Recorder, stay: Stay) -> None:
    if recorder.chance.random() < _STILL_LOOKING_SHARE:
        on = stay.ended_on
        progress = Progress(category="NPE", code="1", effective_from=on, collected_on=on)
        _tell(recorder, JOBS, on, progress)


def _tell_volunteering(recorder: Recorder, stay: Stay) -> None:
    happens = recorder.chance.random() < _VOLUNTEERS_SHARE
    on = later(recorder.chance, stay.started_on, 7, 40)
    hours = float(recorder.chance.randint(2, 12))
    if happens:
        progress = Progress(
            category="VOL", code="1", effective_from=on, collected_on=on, hours_per_week=hours
        )
        _tell(recorder, VOLUNTEERING, on, progress)


def _tell_answers(recorder: Recorder, stay: Stay) -> None:
    """Tell the second round of answers, which is an outcome too where they are better."""
    happens = recorder.chance.random() < _ANSWERS_AGAIN_SHARE
    change = recorder.chance.choice(_CHANGES)
    answers = ons_4(recorder.chance, SECOND_WAVE, change)
    on = stay.started_on + timedelta(weeks=SECOND_WAVE)
    if happens and on <= stay.ended_on:
        progress = _interim(CONFIDENCE, on) if change > 0 else None
        _tell(recorder, stay.service_id, on, progress, answers)


def _tell_support(recorder: Recorder, stay: Stay) -> None:
    happens = recorder.chance.random() < _SUPPORT_SHARE
    on = later(recorder.chance, stay.started_on, 14, 56)
    if happens:
        _tell(recorder, RECOVERY, on, _interim(MENTAL_HEALTH_SUPPORT, on))


def _tell_job(recorder: Recorder, told: Journey, job: Job) -> None:
    """Tell a job: one event, whose revisions say that it lasts, or has ended."""
    event_id = recorder.new_id()
    collected_on = later(recorder.chance, job.started_on, 0, 14)
    stages: list[tuple[OutcomeStage, date, int | None]] = [
        (OutcomeStage.RECORDED, collected_on, None)
    ]
    stages += [
        (OutcomeStage.SUSTAINED, job.started_on + timedelta(weeks=weeks), weeks)
        for weeks in _SUSTAINED_WEEKS
        if job.lasts(weeks)
    ]
    if job.ended_on is not None:
        stages.append((OutcomeStage.ENDED, job.ended_on, None))
    for revision, (stage, on, weeks) in enumerate(stages, start=1):
        recorder.record(
            Outcome,
            BOROUGH,
            on,
            event_id,
            revision=revision,
            participation=OutcomeParticipation(service_id=JOBS, stage=stage, sustained_weeks=weeks),
            money=Money(pay_pence=job.pence_an_hour, pay_period="hour"),
            progress=Progress(
                category="EMP",
                code=job.code,
                effective_from=job.started_on,
                effective_to=job.ended_on if stage is OutcomeStage.ENDED else None,
                collected_on=collected_on,
                hours_per_week=job.hours_per_week,
                contract_type=job.contract,
                employer=job.employer,
                evidence_level=job.evidence,
                contributors=_contributors(told, job),
            ),
        )


def _contributors(told: Journey, job: Job) -> tuple[Contributor, ...]:
    """Return who helped. Somebody's use of the recovery service is never told in this way."""
    helped = [Contributor(provider_id=BOROUGH, role="job brokerage")]
    if any(one.completion == COMPLETED and one.ended_on <= job.started_on for one in told.study):
        helped.append(Contributor(provider_id=COLLEGE, role="training"))
    if any(one.service_id in {MENTORING, VOLUNTEERING} for one in told.stays):
        helped.append(Contributor(provider_id=CHARITY, role="mentoring"))
    return tuple(helped)


def _tell_good_work(recorder: Recorder, job: Job) -> None:
    happens = recorder.chance.random() < _FOLLOW_UP_SHARE
    answers = good_work(recorder.chance, SECOND_WAVE)
    on = job.started_on + timedelta(weeks=SECOND_WAVE)
    if happens and job.lasts(SECOND_WAVE):
        progress = Progress(category="GWK", effective_from=job.started_on, collected_on=on)
        _tell(recorder, IN_WORK, on, progress, answers)
