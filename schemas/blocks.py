"""The blocks that all three events share: one pydantic model for each data category.

They mirror the nullable records in `avro/*.avsc`; a test holds the two together. Codes are those
of the ILR (2020-21 edition unless said otherwise), so that colleges and careers services speak one
vocabulary. Every field may be unknown.
"""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from schemas.choices import AsWanted, Comparability, EmployerAccreditation
from schemas.priority_groups import (
    BackgroundGroup,
    EqualityGroup,
    HealthGroup,
    JusticeGroup,
    NeedsGroup,
)

Word = Annotated[str, Field(min_length=1, max_length=100)]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Code = Annotated[int, Field(ge=0, le=9_999)]
Lines = Annotated[tuple[Line, ...], Field(max_length=50)]
Words = Annotated[tuple[Word, ...], Field(max_length=50)]
Codes = Annotated[tuple[Code, ...], Field(max_length=50)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Paragraph = Annotated[str, Field(min_length=1, max_length=2_000)]
Sector = Annotated[str, Field(pattern=r"^[A-U]$")]
Occupation = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Block(
    BaseModel, frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True
):
    """What one data category holds. Its errors hide the input, which is personal."""


class Identity(Block):
    """Who the person is."""

    given_names: Word | None = Field(None, description="Given names")
    family_name: Word | None = Field(None, description="Family name")
    date_of_birth: date | None = Field(None, description="Date of birth")
    uln: str | None = Field(
        None,
        pattern=r"^[0-9]{10}$",
        description="Unique Learner Number, 10 digits; never the placeholder 9999999999",
    )
    ni_number: str | None = Field(
        None, pattern=r"^[A-Z]{2}[0-9]{6}[A-D ]$", description="National Insurance number"
    )
    preferred_name: Word | None = Field(None, description="The name the person goes by")
    name_said: Line | None = Field(None, description="How the name is said")
    title: Word | None = Field(None, description="Title, as the person wants it")
    pronouns: Word | None = Field(None, description="Pronouns, in the person's own words")


class Contact(Block):
    """How to reach the person, and when that is safe."""

    phone: Word | None = Field(None, description="Telephone number")
    email: Word | None = Field(None, description="E-mail address")
    address: Lines = Field((), description="Address lines, without the postcode")
    postcode: Word | None = Field(None, description="Postcode of the home")
    safe_contact: Line | None = Field(None, description="How and when it is safe to make contact")
    do_not_contact: bool | None = Field(
        None,
        description="Nobody may contact this person (ILR RUI 4 and 5); says nothing of consent",
    )
    language: Word | None = Field(None, description="Preferred language, BCP 47")
    interpreter: bool | None = Field(None, description="An interpreter is needed")


class Area(Block):
    """Where the person lives, as coarse as statistics need."""

    borough: Word | None = Field(None, description="London borough or other local authority")
    postcode_district: Word | None = Field(None, description="Outward part of the postcode")


class Qualification(Block):
    """A qualification held, from here or from another country."""

    title: Line = Field(description="What it is called where it was given")
    country: Country | None = Field(None, description="Country that gave it, ISO 3166 two letters")
    comparability: Comparability | None = Field(
        None, description="Whether a statement of comparability was asked for or given"
    )
    comparable_to: Line | None = Field(
        None, description="The level or qualification here that it equals, by that statement"
    )


class Background(Block):
    """Work and learning before this event."""

    employment_status: Code | None = Field(None, description="ILR EmpStat: 10, 11, 12 or 98")
    employment_status_on: date | None = Field(None, description="When that status applied")
    unemployed_for: Code | None = Field(None, description="ILR LOU, length of unemployment, 1 to 5")
    employed_for: Code | None = Field(None, description="ILR LOE, length of employment, 1 to 4")
    prior_attain: Code | None = Field(
        None, description="ILR PriorAttain, the list up to 2020-21; never merged with prior_level"
    )
    prior_level: Code | None = Field(None, description="ILR PriorLevel, the list from 2021-22")
    work_history: Lines = Field((), description="Jobs held, the newest first")
    skills: Words = Field((), description="Skills the person names")
    right_to_work_seen: bool | None = Field(None, description="Right to work evidence was seen")
    qualifications: Annotated[tuple[Qualification, ...], Field(max_length=30)] | None = Field(
        None, description="Qualifications held"
    )
    courses_tried: Lines | None = Field(None, description="Courses begun before, ended or not")
    priority_groups: Annotated[tuple[BackgroundGroup, ...], Field(max_length=20)] | None = Field(
        None, description="Priority groups by work, learning and age"
    )


class GoalScore(Block):
    """A goal, and how near the person felt to it at the start and at the end."""

    goal: Line = Field(description="The goal, in the person's words")
    score_at_start: Number | None = Field(None, description="Score when it was set")
    score_at_end: Number | None = Field(None, description="Score when support ended")
    lowest: Number = Field(description="Lowest score possible")
    highest: Number = Field(description="Highest score possible")


class Needs(Block):
    """What the person wants and what stands in the way."""

    goals: Lines = Field((), description="What the person wants to reach")
    barriers: Lines = Field((), description="What stands in the way")
    adjustments: Lines = Field((), description="Adjustments wanted")
    household: Codes = Field((), description="ILR HHS household codes")
    childcare: bool | None = Field(None, description="Childcare is needed")
    availability: Line | None = Field(None, description="Days and times the person can come")
    hours_wanted: Number | None = Field(None, description="Hours of work a week the person wants")
    preferred_work: Lines | None = Field(None, description="Kinds of work the person wants")
    excluded_work: Lines | None = Field(None, description="Kinds of work they do not want")
    preferred_organisations: Lines | None = Field(
        None, description="Kinds of organisation the person would rather go to"
    )
    excluded_organisations: Lines | None = Field(
        None, description="Kinds of organisation they do not want to be sent to"
    )
    choose_elsewhere: Lines | None = Field(
        None, description="Places instead of which another is chosen; why is never said"
    )
    goal_scores: Annotated[tuple[GoalScore, ...], Field(max_length=20)] | None = Field(
        None, description="Goals with a score at start and end"
    )
    adjustments_in_own_words: Paragraph | None = Field(
        None, description="What would make it easier, in the person's own words"
    )
    priority_groups: Annotated[tuple[NeedsGroup, ...], Field(max_length=20)] | None = Field(
        None, description="Priority groups by what stands in the way"
    )


class Health(Block):
    """Health and disability: UK GDPR Article 9."""

    has_condition: Code | None = Field(None, description="ILR LLDDHealthProb: 1, 2 or 9")
    conditions: Codes = Field((), description="ILR LLDDCat codes")
    primary_condition: Code | None = Field(None, description="The main one of them")
    work_capability: Line | None = Field(None, description="Capability for work, as assessed")
    withdrawal_reason: Code | None = Field(
        None, description="ILR WithdrawReason where it speaks of health or private life: 3 or 44"
    )
    priority_groups: Annotated[tuple[HealthGroup, ...], Field(max_length=20)] | None = Field(
        None, description="Priority groups by health or private life"
    )


class Equality(Block):
    """Equality characteristics: UK GDPR Article 9."""

    ethnicity: Code | None = Field(None, description="ILR Ethnicity, 31 to 47, 98 or 99")
    sex: Word | None = Field(None, description="Sex as recorded: F, M or the person's own word")
    religion: Word | None = Field(None, description="Religion or belief, the person's own word")
    sexual_orientation: Word | None = Field(None, description="The person's own word")
    priority_groups: Annotated[tuple[EqualityGroup, ...], Field(max_length=20)] | None = Field(
        None, description="Priority groups by origin"
    )


class Justice(Block):
    """Criminal justice experience: UK GDPR Article 10."""

    has_experience: bool | None = Field(None, description="The person has such experience")
    codes: Words = Field((), description="ILR LDM codes that say so, such as 034 (OLASS)")
    priority_groups: Annotated[tuple[JusticeGroup, ...], Field(max_length=20)] | None = Field(
        None, description="Priority groups by criminal justice experience"
    )


class Money(Block):
    """Benefits and pay."""

    benefit_status: Code | None = Field(None, description="ILR BSI, benefit status indicator")
    benefits: Words = Field((), description="Benefits received, by name")
    pay_pence: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = Field(
        None, description="Gross pay in pence for one pay_period"
    )
    pay_period: Word | None = Field(None, description="hour, week, month or year")


class Contributor(Block):
    """An organisation that helped bring an outcome about."""

    provider_id: Word = Field(description="The organisation's id on the bus")
    role: Word = Field(description="What it did, such as training or job brokerage")


class Progress(Block):
    """An outcome: what was reached, from when, and how well that is known."""

    category: Word | None = Field(
        None, description="EMP, NPE, VOL, EDU, GAP, SDE, OTH as the ILR; QUAL, INT or GWK"
    )
    code: Word | None = Field(None, description="Code within the category, such as EMP 1")
    effective_from: date | None = Field(None, description="First day of the outcome")
    effective_to: date | None = Field(None, description="Last day, once it has ended")
    collected_on: date | None = Field(None, description="When the provider learnt of it")
    hours_per_week: Number | None = Field(
        None, description="Hours a week as a number; codes that split at 16 hours derive from it"
    )
    contract_type: Word | None = Field(None, description="permanent, fixed term, zero hours, other")
    employer: Line | None = Field(None, description="Employer")
    qualification: Word | None = Field(None, description="LearnAimRef of a qualification achieved")
    grade: Word | None = Field(None, description="Grade achieved")
    evidence_level: Word | None = Field(
        None, description="self-declared, provider, employer or rti-verified"
    )
    contributors: Annotated[tuple[Contributor, ...], Field(max_length=20)] = Field(
        (), description="Everybody who helped, so that contribution is seen"
    )
    sector: Sector | None = Field(None, description="Section of SIC 2007, A to U")
    occupation: Occupation | None = Field(
        None, description="SOC 2020, its major group at least: 1 to 4 digits"
    )
    employer_accreditations: (
        Annotated[tuple[EmployerAccreditation, ...], Field(max_length=10)] | None
    ) = Field(None, description="What the employer is accredited for")
    wanted_sector: Sector | None = Field(None, description="The section that the person wanted")
    wanted_occupation: Occupation | None = Field(
        None, description="The occupation that the person wanted, SOC 2020"
    )
    as_wanted: AsWanted | None = Field(None, description="Whether this is what they wanted")


class Answer(Block):
    """One answer to one question of a questionnaire."""

    instrument: Word = Field(description="Questionnaire, such as ons-4 or good-work")
    item: Word = Field(description="The question's code in it")
    score: Number = Field(description="The answer as a number on the scale")
    scale_min: Number = Field(description="Lowest answer possible")
    scale_max: Number = Field(description="Highest answer possible")
    wave: Code | None = Field(None, description="Weeks since the start when it was asked")


class Wellbeing(Block):
    """Confidence, wellbeing and good-work answers."""

    answers: Annotated[tuple[Answer, ...], Field(max_length=100)] = Field(
        (), description="The answers given"
    )


class Notes(Block):
    """Free text, which may hold anything: closed unless an agreement opens it by name."""

    text: Text | None = Field(None, description="What was written")
