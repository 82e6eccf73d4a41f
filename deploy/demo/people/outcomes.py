"""What a person reaches, on the way and at the end: an interview, confidence, a good job."""

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
from deploy.demo.people.referrals import provider_of
from deploy.demo.people.studies import COMPLETED
from schemas.blocks import Contributor, Money, Progress, Wellbeing
from schemas.events import Outcome, OutcomeParticipation, OutcomeStage
from schemas.identifiers import ServiceId

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


def record_outcomes(recorder: Recorder, journey: Journey) -> None:
    """Record what a person reached, in every service and in work."""
    for stay in journey.stays:
        if stay.service_id == JOBS:
            _record_interim(recorder, stay, FIRST_INTERVIEW, _FIRST_INTERVIEW_SHARE, (10, 58))
            if journey.job is None:
                _record_still_looking(recorder, stay)
        elif stay.service_id == VOLUNTEERING:
            _record_volunteering(recorder, stay)
        else:
            _record_answers(recorder, stay)
            if stay.service_id == RECOVERY:
                _record_interim(recorder, stay, MENTAL_HEALTH_SUPPORT, _SUPPORT_SHARE, (14, 56))
    if journey.job is not None:
        _record_job(recorder, journey, journey.job)
        _record_good_work(recorder, journey.job)


def _record(
    recorder: Recorder,
    service_id: ServiceId,
    on: date,
    progress: Progress | None,
    wellbeing: Wellbeing | None = None,
) -> None:
    """Record an outcome that has one stage and never changes."""
    recorder.record(
        Outcome,
        provider_of(service_id),
        on,
        participation=OutcomeParticipation(service_id=service_id, stage=OutcomeStage.RECORDED),
        progress=progress,
        wellbeing=wellbeing,
    )


def _interim(code: str, on: date) -> Progress:
    return Progress(category=INTERIM, code=code, effective_from=on, collected_on=on)


def _record_interim(
    recorder: Recorder, stay: Stay, code: str, share: float, days: tuple[int, int]
) -> None:
    """Record an interim outcome for a share of people, some days after they started."""
    happens = recorder.chance.random() < share
    on = later(recorder.chance, stay.started_on, *days)
    if happens:
        _record(recorder, stay.service_id, on, _interim(code, on))


def _record_still_looking(recorder: Recorder, stay: Stay) -> None:
    if recorder.chance.random() < _STILL_LOOKING_SHARE:
        on = stay.ended_on
        progress = Progress(category="NPE", code="1", effective_from=on, collected_on=on)
        _record(recorder, JOBS, on, progress)


def _record_volunteering(recorder: Recorder, stay: Stay) -> None:
    happens = recorder.chance.random() < _VOLUNTEERS_SHARE
    on = later(recorder.chance, stay.started_on, 7, 40)
    hours = float(recorder.chance.randint(2, 12))
    if happens:
        progress = Progress(
            category="VOL", code="1", effective_from=on, collected_on=on, hours_per_week=hours
        )
        _record(recorder, VOLUNTEERING, on, progress)


def _record_answers(recorder: Recorder, stay: Stay) -> None:
    """Record the second round of answers, which is an outcome too where they are better."""
    happens = recorder.chance.random() < _ANSWERS_AGAIN_SHARE
    change = recorder.chance.choice(_CHANGES)
    answers = ons_4(recorder.chance, SECOND_WAVE, change)
    on = stay.started_on + timedelta(weeks=SECOND_WAVE)
    if happens and on <= stay.ended_on:
        progress = _interim(CONFIDENCE, on) if change > 0 else None
        _record(recorder, stay.service_id, on, progress, answers)


def _record_job(recorder: Recorder, journey: Journey, job: Job) -> None:
    """Record a job: one event, whose revisions say that it lasts, or has ended."""
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
                contributors=_contributors(journey, job),
            ),
        )


def _contributors(journey: Journey, job: Job) -> tuple[Contributor, ...]:
    """Return who helped, but never the recovery service, whose use is sensitive."""
    helped = [Contributor(provider_id=BOROUGH, role="job brokerage")]
    studied = (study for study in journey.study if study.ended_on <= job.started_on)
    if any(study.completion == COMPLETED for study in studied):
        helped.append(Contributor(provider_id=COLLEGE, role="training"))
    if any(stay.service_id in {MENTORING, VOLUNTEERING} for stay in journey.stays):
        helped.append(Contributor(provider_id=CHARITY, role="mentoring"))
    return tuple(helped)


def _record_good_work(recorder: Recorder, job: Job) -> None:
    happens = recorder.chance.random() < _FOLLOW_UP_SHARE
    answers = good_work(recorder.chance, SECOND_WAVE)
    on = job.started_on + timedelta(weeks=SECOND_WAVE)
    if happens and job.lasts(SECOND_WAVE):
        progress = Progress(category="GWK", effective_from=job.started_on, collected_on=on)
        _record(recorder, IN_WORK, on, progress, answers)
