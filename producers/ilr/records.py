"""What a return says, as frozen records: only what rules and events need.

Printing one shows no personal value. `line` is the line of the file where the record begins,
`ordinal` its place among the learners, from 1.
"""

from dataclasses import dataclass
from datetime import date, datetime

from producers.ilr.checking import Element
from producers.ilr.years import AcademicYear


@dataclass(frozen=True, slots=True)
class Header:
    """Who sent the return, and when. `prepared_at` is the time that the software gives, in UTC."""

    year: AcademicYear
    ukprn: int
    provider_ukprn: int
    prepared_on: date
    prepared_at: datetime


@dataclass(frozen=True, slots=True)
class Coded:
    """A pair of type and code, such as EII 5, as several entities have it."""

    type: str
    code: int


@dataclass(frozen=True, slots=True)
class PriorLevel:
    """A level of attainment and when it applied, from 2021-22."""

    level: int
    on: date


@dataclass(frozen=True, slots=True, repr=False)
class Condition:
    """A learning difficulty, disability or health problem."""

    category: int
    is_primary: bool
    line: int


@dataclass(frozen=True, slots=True, repr=False)
class EmploymentStatus:
    """An employment status from a date on."""

    line: int
    status: int
    applies_on: date
    employer: int | None
    agreement: str | None
    monitoring: tuple[Coded, ...]

    def code(self, type_: str) -> int | None:
        """Return the first monitoring code of a type, or None."""
        return next((one.code for one in self.monitoring if one.type == type_), None)


@dataclass(frozen=True, slots=True)
class AimMonitoring:
    """A funding and monitoring code (FAM) of an aim."""

    type: str
    code: str
    from_on: date | None
    line: int


@dataclass(frozen=True, slots=True, repr=False)
class LearningDelivery:
    """One aim: a course or programme that the learner takes."""

    line: int
    aim: str
    aim_type: int
    sequence: int
    started_on: date
    planned_end_on: date
    fund_model: int
    planned_hours: int | None
    programme_type: int | None
    completion: int
    ended_on: date | None
    withdraw_reason: int | None
    outcome: int | None
    achieved_on: date | None
    grade: str | None
    software_id: str | None
    monitoring: tuple[AimMonitoring, ...]
    provider_monitoring: tuple[str, ...]

    @property
    def is_bootcamp(self) -> bool:
        """Whether it is part of a Skills Bootcamp."""
        return self.fund_model == 37 and self.programme_type == 32  # noqa: PLR2004 - ILR codes

    def codes(self, type_: str) -> tuple[str, ...]:
        """Return the monitoring codes of a type."""
        return tuple(one.code for one in self.monitoring if one.type == type_)


@dataclass(frozen=True, slots=True, repr=False)
class Learner:
    """One learner with everything they take."""

    ordinal: int
    line: int
    reference: str
    uln: int
    family_name: str | None
    given_names: str | None
    born_on: date | None
    ethnicity: int
    sex: str
    has_condition: int
    ni_number: str | None
    prior_attain: int | None
    prior_levels: tuple[PriorLevel, ...]
    planned_hours: int | None
    postcode_prior: str
    postcode: str
    address: tuple[str, ...]
    phone: str | None
    email: str | None
    contact_preferences: tuple[Coded, ...]
    conditions: tuple[Condition, ...]
    provider_monitoring: tuple[str, ...]
    employment: tuple[EmploymentStatus, ...]
    aims: tuple[LearningDelivery, ...]

    @property
    def first_start_on(self) -> date:
        """The earliest start of any aim: the DfE's derived value DD06."""
        return min(aim.started_on for aim in self.aims)


@dataclass(frozen=True, slots=True, repr=False)
class DestinationOutcome:
    """A destination of a learner after learning (DPOutcome)."""

    line: int
    type: str
    code: int
    started_on: date
    ended_on: date | None
    collected_on: date


@dataclass(frozen=True, slots=True, repr=False)
class LearnerDestination:
    """The destinations of one learner, in returns up to 2023-24."""

    line: int
    reference: str
    uln: int
    outcomes: tuple[DestinationOutcome, ...]


def header(year: AcademicYear, head: Element, provider: Element) -> Header:
    """Return the header of a return from its two elements."""
    source = head.all("Source")[0]
    return Header(
        year=year,
        ukprn=source.get("UKPRN"),
        provider_ukprn=provider.get("UKPRN"),
        prepared_on=head.all("CollectionDetails")[0].get("FilePreparationDate"),
        prepared_at=source.get("DateTime"),
    )


def reference_of(written: str) -> str:
    """Return a learner reference in the one form in which references are compared."""
    return written.strip().upper()


def learner(ordinal: int, read: Element) -> Learner:
    """Return the learner whose element was read."""
    prior = read.get("PriorAttain")
    return Learner(
        ordinal=ordinal,
        line=read.line,
        reference=reference_of(read.get("LearnRefNumber")),
        uln=read.get("ULN"),
        family_name=read.get("FamilyName"),
        given_names=read.get("GivenNames"),
        born_on=read.get("DateOfBirth"),
        ethnicity=read.get("Ethnicity"),
        sex=read.get("Sex"),
        has_condition=read.get("LLDDHealthProb"),
        ni_number=read.get("NINumber"),
        prior_attain=prior if isinstance(prior, int) else None,
        prior_levels=tuple(
            PriorLevel(level.get("PriorLevel"), level.get("DateLevelApp"))
            for level in (prior if isinstance(prior, list) else ())
        ),
        planned_hours=read.get("PlanLearnHours"),
        postcode_prior=read.get("PostcodePrior"),
        postcode=read.get("Postcode"),
        address=tuple(line for n in range(1, 5) if (line := read.get(f"AddLine{n}"))),
        phone=read.get("TelNo"),
        email=read.get("Email"),
        contact_preferences=_coded(read, "ContactPreference", "ContPrefType", "ContPrefCode"),
        conditions=tuple(
            Condition(problem.get("LLDDCat"), problem.get("PrimaryLLDD") == 1, problem.line)
            for problem in read.all("LLDDandHealthProblem")
        ),
        provider_monitoring=tuple(
            field.get("ProvSpecLearnMon") for field in read.all("ProviderSpecLearnerMonitoring")
        ),
        employment=tuple(_employment(one) for one in read.all("LearnerEmploymentStatus")),
        aims=tuple(_aim(one) for one in read.all("LearningDelivery")),
    )


def destination(read: Element) -> LearnerDestination:
    """Return the destinations whose element was read."""
    return LearnerDestination(
        line=read.line,
        reference=reference_of(read.get("LearnRefNumber")),
        uln=read.get("ULN"),
        outcomes=tuple(
            DestinationOutcome(
                line=outcome.line,
                type=outcome.get("OutType"),
                code=outcome.get("OutCode"),
                started_on=outcome.get("OutStartDate"),
                ended_on=outcome.get("OutEndDate"),
                collected_on=outcome.get("OutCollDate"),
            )
            for outcome in read.all("DPOutcome")
        ),
    )


def _coded(read: Element, element: str, type_: str, code: str) -> tuple[Coded, ...]:
    return tuple(Coded(one.get(type_), one.get(code)) for one in read.all(element))


def _employment(read: Element) -> EmploymentStatus:
    return EmploymentStatus(
        line=read.line,
        status=read.get("EmpStat"),
        applies_on=read.get("DateEmpStatApp"),
        employer=read.get("EmpId"),
        agreement=read.get("AgreeId"),
        monitoring=_coded(read, "EmploymentStatusMonitoring", "ESMType", "ESMCode"),
    )


def _aim(read: Element) -> LearningDelivery:
    return LearningDelivery(
        line=read.line,
        aim=read.get("LearnAimRef"),
        aim_type=read.get("AimType"),
        sequence=read.get("AimSeqNumber"),
        started_on=read.get("LearnStartDate"),
        planned_end_on=read.get("LearnPlanEndDate"),
        fund_model=read.get("FundModel"),
        planned_hours=read.get("PHours"),
        programme_type=read.get("ProgType"),
        completion=read.get("CompStatus"),
        ended_on=read.get("LearnActEndDate"),
        withdraw_reason=read.get("WithdrawReason"),
        outcome=read.get("Outcome"),
        achieved_on=read.get("AchDate"),
        grade=read.get("OutGrade"),
        software_id=read.get("SWSupAimId"),
        monitoring=tuple(
            AimMonitoring(
                code.get("LearnDelFAMType"),
                code.get("LearnDelFAMCode"),
                code.get("LearnDelFAMDateFrom"),
                code.line,
            )
            for code in read.all("LearningDeliveryFAM")
        ),
        provider_monitoring=tuple(
            field.get("ProvSpecDelMon") for field in read.all("ProviderSpecDeliveryMonitoring")
        ),
    )
