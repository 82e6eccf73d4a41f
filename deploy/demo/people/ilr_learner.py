"""One learner of the return, element by element in the order of the 2025-26 schema.

Elements are made without the namespace: they are written inside one that declares it for all.
"""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Final, NamedTuple

from lxml import etree

from deploy.demo.people.circumstances import LOOKING, NOT_LOOKING, PAID
from deploy.demo.people.dice import dice
from deploy.demo.people.journeys import Journey
from deploy.demo.people.person import Person
from deploy.demo.people.places import UNKNOWN_POSTCODE
from deploy.demo.people.studies import BOOTCAMP, COMPLETED, Study

_TEMPORARY_ULN: Final = "9999999999"
_COLLEGE_POSTCODE: Final = "SE1 0ZZ"
_GREATER_LONDON_AUTHORITY: Final = 116
_NATIONAL: Final = 105
"""Sources of funding (SOF)."""
_CONTINUING: Final = 1
_ACHIEVED: Final = 1
_NOT_YET_KNOWN: Final = 8
_PROGRAMME_AIM, _COMPONENT_AIM, _OTHER_AIM = 1, 3, 4
_BOOTCAMP_PROGRAMME: Final = "ZPROG001"
_BOOTCAMP_TYPE: Final = 32
_SCHOOL_ENDS_AT: Final = 16
_LONGEST_STATUS_DAYS: Final = 14


class _Aim(NamedTuple):
    """One aim to be written: a Skills Bootcamp is two of them for one study."""

    study: Study
    reference: str
    aim_type: int
    sequence: int


def learner_reference(person: Person) -> str:
    """Return the reference under which the college keeps the person."""
    return f"LC{person.number:07}"


def learner_element(
    person: Person, journey: Journey, passport: str | None, *, seed: int, as_of: date
) -> etree._Element:
    """Return the element of one learner, as things stand on a day."""
    has, place = person.circumstances, person.place
    learner = etree.Element("Learner")
    text(
        learner,
        LearnRefNumber=learner_reference(person),
        ULN=person.uln or _TEMPORARY_ULN,
        FamilyName=person.family_name,
        GivenNames=person.given_names,
        DateOfBirth=person.date_of_birth,
        Ethnicity=has.ethnicity,
        Sex=person.sex,
        LLDDHealthProb=has.has_condition,
        NINumber=person.ni_number,
        PlanLearnHours=sum(study.course.hours for study in journey.study),
        PostcodePrior=place.postcode,
        Postcode=place.postcode,
        AddLine1=place.address[0] if place.address else "No fixed address",
        AddLine2=place.address[1] if place.address else None,
        TelNo=person.phone and person.phone.replace(" ", ""),
        Email=person.email,
    )
    left_school_on = date(person.date_of_birth.year + _SCHOOL_ENDS_AT, 8, 31)
    group(learner, "PriorAttain", PriorLevel=has.prior_level, DateLevelApp=left_school_on)
    if has.condition is not None:
        group(learner, "LLDDandHealthProblem", LLDDCat=has.condition, PrimaryLLDD=1)
    for occurrence, carried in (("A", passport), ("B", journey.study_ref)):
        if carried is not None:
            group(
                learner,
                "ProviderSpecLearnerMonitoring",
                ProvSpecLearnMonOccur=occurrence,
                ProvSpecLearnMon=carried,
            )
    chance = dice(seed, "ilr", person.number)
    _employment(
        learner, person, journey.study[0].started_on, chance.randint(1, _LONGEST_STATUS_DAYS)
    )
    for aim in _aims(journey):
        aim_id = uuid.UUID(int=chance.getrandbits(128), version=4)
        _delivery(learner, person, aim, aim_id, as_of)
    return learner


def text(parent: etree._Element, **values: object) -> None:
    """Add an element with a value for each that is not None, in the order given."""
    for name, value in values.items():
        if value is not None:
            etree.SubElement(parent, name).text = str(value)


def group(parent: etree._Element, name: str, **values: object) -> etree._Element:
    """Add an element that holds elements."""
    added = etree.SubElement(parent, name)
    text(added, **values)
    return added


def _employment(learner: etree._Element, person: Person, started_on: date, days: int) -> None:
    """Add the one employment status, from some days before the course: rule EmpStat_21."""
    has = person.circumstances
    status = group(
        learner,
        "LearnerEmploymentStatus",
        EmpStat=has.employment_status,
        DateEmpStatApp=started_on - timedelta(days=days),
    )
    is_unemployed = has.employment_status in {LOOKING, NOT_LOOKING}
    for type_, code, belongs in (
        ("EII", has.hours_code, has.employment_status == PAID),
        ("LOE", has.employed_for, has.employment_status == PAID),
        ("LOU", has.unemployed_for, is_unemployed),
        ("BSI", has.benefit, is_unemployed),
    ):
        if belongs and code is not None:
            group(status, "EmploymentStatusMonitoring", ESMType=type_, ESMCode=code)


def _aims(journey: Journey) -> Iterator[_Aim]:
    sequence = count(1)
    for study in journey.study:
        if study.course.funding == BOOTCAMP:
            yield _Aim(study, _BOOTCAMP_PROGRAMME, _PROGRAMME_AIM, next(sequence))
            yield _Aim(study, study.course.aim, _COMPONENT_AIM, next(sequence))
        else:
            yield _Aim(study, study.course.aim, _OTHER_AIM, next(sequence))


def _delivery(
    learner: etree._Element, person: Person, aim: _Aim, aim_id: uuid.UUID, as_of: date
) -> None:
    study, household = aim.study, person.circumstances.household
    is_bootcamp = study.course.funding == BOOTCAMP
    has_ended = study.ended_on <= as_of
    offered_on = study.offered_on if study.offered_on and study.offered_on <= as_of else None
    is_programme = aim.aim_type == _PROGRAMME_AIM
    delivery = group(
        learner,
        "LearningDelivery",
        LearnAimRef=aim.reference,
        AimType=aim.aim_type,
        AimSeqNumber=aim.sequence,
        LearnStartDate=study.started_on,
        LearnPlanEndDate=study.planned_end_on,
        FundModel=study.course.funding,
        PHours=None if is_programme else study.course.hours,
        ProgType=_BOOTCAMP_TYPE if is_bootcamp else None,
        DelLocPostCode=_COLLEGE_POSTCODE,
        LSDPostcode=person.place.postcode if person.place.borough else UNKNOWN_POSTCODE,
        CompStatus=study.completion if has_ended else _CONTINUING,
        LearnActEndDate=study.ended_on if has_ended else None,
        WithdrawReason=study.withdraw_reason if has_ended else None,
        Outcome=_outcome(study, offered_on, is_programme=is_programme) if has_ended else None,
        AchDate=offered_on if is_programme else None,
        OutGrade=study.grade if has_ended else None,
        SWSupAimId=aim_id,
    )
    funder = _NATIONAL if is_bootcamp else _GREATER_LONDON_AUTHORITY
    for type_, code in (("SOF", funder), ("FFI", 1), ("HHS", household)):
        if code is not None:
            group(delivery, "LearningDeliveryFAM", LearnDelFAMType=type_, LearnDelFAMCode=code)


def _outcome(study: Study, offered_on: date | None, *, is_programme: bool) -> int:
    """Return the aim's outcome. A bootcamp as a whole is achieved by a job offer, or still open."""
    if not is_programme or study.completion != COMPLETED:
        return study.outcome
    return _ACHIEVED if offered_on else _NOT_YET_KNOWN
