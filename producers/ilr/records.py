"""What a return says, as frozen records: only what rules and events need.

Printing one shows no personal value. `line` is the line of the file where the record begins,
`ordinal` its place among the learners, from 1.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from producers.hub import EarlierReference
from producers.ilr.checking import Element
from producers.ilr.years import AcademicYear

_ELEMENT: Final = "element"


def named(element: str) -> dict[str, str]:
    """Return the metadata of a field that holds the value of an XML element."""
    return {_ELEMENT: element}


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

    level: int = field(metadata=named("PriorLevel"))
    on: date = field(metadata=named("DateLevelApp"))


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
    status: int = field(metadata=named("EmpStat"))
    applies_on: date = field(metadata=named("DateEmpStatApp"))
    employer: int | None = field(metadata=named("EmpId"))
    agreement: str | None = field(metadata=named("AgreeId"))
    monitoring: tuple[Coded, ...]

    def code(self, type_: str) -> int | None:
        """Return the first monitoring code of a type, or None."""
        return next((pair.code for pair in self.monitoring if pair.type == type_), None)


@dataclass(frozen=True, slots=True)
class AimMonitoring:
    """A funding and monitoring code (FAM) of an aim."""

    type: str = field(metadata=named("LearnDelFAMType"))
    code: str = field(metadata=named("LearnDelFAMCode"))
    from_on: date | None = field(metadata=named("LearnDelFAMDateFrom"))
    line: int


@dataclass(frozen=True, slots=True, repr=False)
class LearningDelivery:
    """One aim: a course or programme that the learner takes."""

    line: int
    aim: str = field(metadata=named("LearnAimRef"))
    aim_type: int = field(metadata=named("AimType"))
    sequence: int = field(metadata=named("AimSeqNumber"))
    started_on: date = field(metadata=named("LearnStartDate"))
    planned_end_on: date = field(metadata=named("LearnPlanEndDate"))
    fund_model: int = field(metadata=named("FundModel"))
    planned_hours: int | None = field(metadata=named("PHours"))
    programme_type: int | None = field(metadata=named("ProgType"))
    completion: int = field(metadata=named("CompStatus"))
    ended_on: date | None = field(metadata=named("LearnActEndDate"))
    withdraw_reason: int | None = field(metadata=named("WithdrawReason"))
    outcome: int | None = field(metadata=named("Outcome"))
    achieved_on: date | None = field(metadata=named("AchDate"))
    grade: str | None = field(metadata=named("OutGrade"))
    software_id: str | None = field(metadata=named("SWSupAimId"))
    monitoring: tuple[AimMonitoring, ...]
    provider_monitoring: tuple[str, ...]

    @property
    def is_bootcamp(self) -> bool:
        """Whether it is part of a Skills Bootcamp."""
        return self.fund_model == 37 and self.programme_type == 32  # noqa: PLR2004 - ILR codes

    def codes(self, type_: str) -> tuple[str, ...]:
        """Return the monitoring codes of a type."""
        return tuple(pair.code for pair in self.monitoring if pair.type == type_)


@dataclass(frozen=True, slots=True, repr=False)
class Learner:
    """One learner with everything they take."""

    ordinal: int
    line: int
    reference: str
    earlier: EarlierReference | None
    uln: int = field(metadata=named("ULN"))
    family_name: str | None = field(metadata=named("FamilyName"))
    given_names: str | None = field(metadata=named("GivenNames"))
    born_on: date | None = field(metadata=named("DateOfBirth"))
    ethnicity: int = field(metadata=named("Ethnicity"))
    sex: str = field(metadata=named("Sex"))
    has_condition: int = field(metadata=named("LLDDHealthProb"))
    ni_number: str | None = field(metadata=named("NINumber"))
    prior_attain: int | None
    prior_levels: tuple[PriorLevel, ...]
    planned_hours: int | None = field(metadata=named("PlanLearnHours"))
    postcode_prior: str = field(metadata=named("PostcodePrior"))
    postcode: str = field(metadata=named("Postcode"))
    address: tuple[str, ...]
    phone: str | None = field(metadata=named("TelNo"))
    email: str | None = field(metadata=named("Email"))
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
    type: str = field(metadata=named("OutType"))
    code: int = field(metadata=named("OutCode"))
    started_on: date = field(metadata=named("OutStartDate"))
    ended_on: date | None = field(metadata=named("OutEndDate"))
    collected_on: date = field(metadata=named("OutCollDate"))


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


def learner(ordinal: int, read: Element, ukprn: int) -> Learner:
    """Return the learner whose element was read, in the return of the provider with that UKPRN."""
    prior = read.get("PriorAttain")
    return Learner(
        ordinal=ordinal,
        line=read.line,
        reference=reference_of(read.get("LearnRefNumber")),
        earlier=_earlier(read, ukprn),
        prior_attain=prior if isinstance(prior, int) else None,
        prior_levels=tuple(
            PriorLevel(**_values(PriorLevel, level))
            for level in (prior if isinstance(prior, list) else ())
        ),
        address=tuple(line for n in range(1, 5) if (line := read.get(f"AddLine{n}"))),
        contact_preferences=_coded(read, "ContactPreference", "ContPrefType", "ContPrefCode"),
        conditions=tuple(
            Condition(problem.get("LLDDCat"), problem.get("PrimaryLLDD") == 1, problem.line)
            for problem in read.all("LLDDandHealthProblem")
        ),
        provider_monitoring=tuple(
            monitoring.get("ProvSpecLearnMon")
            for monitoring in read.all("ProviderSpecLearnerMonitoring")
        ),
        employment=tuple(_employment(status) for status in read.all("LearnerEmploymentStatus")),
        aims=tuple(_aim(aim) for aim in read.all("LearningDelivery")),
        **_values(Learner, read),
    )


def _earlier(read: Element, ukprn: int) -> EarlierReference | None:
    """Return the learner's reference of before, where the return gives one that is another."""
    reference, at = read.get("PrevLearnRefNumber"), read.get("PrevUKPRN")
    if reference is None or not reference.strip():
        return None
    earlier = EarlierReference(reference_of(reference), None if at == ukprn else at)
    is_present = earlier == EarlierReference(reference_of(read.get("LearnRefNumber")))
    return None if is_present else earlier


def destination(read: Element) -> LearnerDestination:
    """Return the destinations whose element was read."""
    return LearnerDestination(
        line=read.line,
        reference=reference_of(read.get("LearnRefNumber")),
        uln=read.get("ULN"),
        outcomes=tuple(
            DestinationOutcome(line=outcome.line, **_values(DestinationOutcome, outcome))
            for outcome in read.all("DPOutcome")
        ),
    )


def _values(record: Any, read: Element) -> dict[str, Any]:
    return {name: read.get(element) for name, element in _elements(record)}


@cache
def _elements(record: Any) -> tuple[tuple[str, str], ...]:
    """Return the fields of a record that are named after an element, each with its element."""
    named_fields = (field for field in fields(record) if _ELEMENT in field.metadata)
    return tuple((field.name, field.metadata[_ELEMENT]) for field in named_fields)


def _coded(read: Element, element: str, type_: str, code: str) -> tuple[Coded, ...]:
    return tuple(Coded(pair.get(type_), pair.get(code)) for pair in read.all(element))


def _employment(read: Element) -> EmploymentStatus:
    return EmploymentStatus(
        line=read.line,
        monitoring=_coded(read, "EmploymentStatusMonitoring", "ESMType", "ESMCode"),
        **_values(EmploymentStatus, read),
    )


def _aim(read: Element) -> LearningDelivery:
    return LearningDelivery(
        line=read.line,
        monitoring=tuple(
            AimMonitoring(line=code.line, **_values(AimMonitoring, code))
            for code in read.all("LearningDeliveryFAM")
        ),
        provider_monitoring=tuple(
            monitoring.get("ProvSpecDelMon")
            for monitoring in read.all("ProviderSpecDeliveryMonitoring")
        ),
        **_values(LearningDelivery, read),
    )
