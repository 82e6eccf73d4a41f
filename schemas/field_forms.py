"""What each field of an event is, and in which forms a pseudonymous agreement may share it.

One table for the whole contract. A field that is not in it cannot be named by an agreement: a new
one is closed until somebody says here what it is, and a guard asks for that. **Free text has no
form but that there is some**: somebody's employer, an appointment's place or a grade may name them,
whatever it was meant for.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from schemas import code_lists


class FieldForm(StrEnum):
    """How a field is shared. What an agreement does not name is left out."""

    AS_IS = "as-is"
    DAY = "day"
    MONTH = "month"
    """The first day of it."""
    QUARTER = "quarter"
    """The first day of the calendar's quarter."""
    BAND = "band"
    """The beginning of a band: five years of birth; a few hours, weeks or pounds of a number."""
    AREA = "area"
    """A London borough, of the closed list; any other is left out."""
    CODE = "code"
    """A code of the field's closed list; any other value is left out."""
    PROVIDER = "provider"
    """Of a service, the provider alone."""
    PRESENT = "present"
    """Of a text, that there is one: the word `present`."""
    LEFT_OUT = "left-out"


class Shape(StrEnum):
    """What a field is."""

    FLAG = "yes or no"
    CHOICE = "a word of a list in the schema"
    ORGANISATION = "a provider on the bus"
    SERVICE = "a service on the bus"
    MOMENT = "a date or time"
    BIRTH = "a date of birth"
    NUMBER = "a number"
    CODE = "a code"
    BOROUGH = "a borough"
    TEXT = "free text"


FORMS: Final[Mapping[Shape, frozenset[FieldForm]]] = {
    Shape.FLAG: frozenset({FieldForm.AS_IS}),
    Shape.CHOICE: frozenset({FieldForm.AS_IS}),
    Shape.ORGANISATION: frozenset({FieldForm.AS_IS}),
    Shape.SERVICE: frozenset({FieldForm.AS_IS, FieldForm.PROVIDER}),
    Shape.MOMENT: frozenset({FieldForm.DAY, FieldForm.MONTH, FieldForm.QUARTER}),
    Shape.BIRTH: frozenset({FieldForm.BAND}),
    Shape.NUMBER: frozenset({FieldForm.AS_IS, FieldForm.BAND}),
    Shape.CODE: frozenset({FieldForm.CODE}),
    Shape.BOROUGH: frozenset({FieldForm.AREA}),
    Shape.TEXT: frozenset({FieldForm.PRESENT}),
}
"""The forms of each kind, beside being left out; a number without bands between has no band."""


class FieldKind(NamedTuple):
    """What a field is; `words` say what it holds, for a participant.

    `codes` is the closed list of a code or a borough. `bands` are the lower ends of a number's
    bands and, last, its highest value: what lies outside of them is no such number and left out.
    """

    kind: Shape
    words: str
    codes: frozenset[str] | frozenset[int] = frozenset()
    bands: tuple[float, ...] = ()

    @property
    def forms(self) -> frozenset[FieldForm]:
        """The forms in which the field may be shared."""
        forms = FORMS[self.kind] | {FieldForm.LEFT_OUT}
        return (
            forms - {FieldForm.BAND} if self.kind is Shape.NUMBER and not self.bands[2:] else forms
        )


def _flag(words: str) -> FieldKind:
    return FieldKind(Shape.FLAG, words)


def _moment(words: str) -> FieldKind:
    return FieldKind(Shape.MOMENT, words)


def _choice(words: str) -> FieldKind:
    return FieldKind(Shape.CHOICE, words)


def _text(words: str) -> FieldKind:
    return FieldKind(Shape.TEXT, words)


def _number(words: str, *bands: float) -> FieldKind:
    return FieldKind(Shape.NUMBER, words, bands=bands)


def _code(words: str, codes: frozenset[str] | frozenset[int]) -> FieldKind:
    return FieldKind(Shape.CODE, words, codes=codes)


_SCORE: Final = (-1_000.0, 1_000.0)
_HOURS: Final = (0.0, 8.0, 16.0, 24.0, 35.0, 168.0)

FIELD_KINDS: Final[Mapping[str, FieldKind]] = {
    "provider_id": FieldKind(Shape.ORGANISATION, "who tells it"),
    "occurred_at": _moment("when it happened"),
    "participation.service_id": FieldKind(Shape.SERVICE, "which service you use"),
    "participation.programme": _code("the programme", code_lists.PROGRAMMES),
    "participation.funder": _code("who pays for it", code_lists.FUNDERS),
    "participation.on_behalf_of": _text("for whom they act"),
    "participation.lead_contact_role": _text("the role of whoever leads your support"),
    "participation.lead_contact_organisation": _text("where they work"),
    "participation.route": _choice("how you came to the service"),
    "participation.decline_reason": _choice("why it was declined"),
    "participation.cancelled_by": _choice("who cancelled it"),
    "participation.outside_criteria_because": _text("why the service's rules did not fit"),
    "participation.place_expected_on": _moment("when you may expect a place"),
    "participation.stage": _choice("how far it is"),
    "participation.reason_code": _code("why it ended", code_lists.REASONS),
    "participation.is_mandatory": _flag("if a benefit depends on it"),
    "participation.appointment_at": _moment("when your appointment is"),
    "participation.appointment_place": _text("where your appointment is"),
    "participation.meeting_with": _text("whom you will meet"),
    "participation.meeting_with_role": _text("what they do"),
    "participation.meeting_mode": _choice("how you will meet"),
    "participation.accompanied_by": _choice("who comes with you"),
    "participation.meeting_result": _choice("how the meeting ended"),
    "participation.aim": _text("what you study"),
    "participation.funding": _code("how it is paid for", code_lists.FUND_MODELS),
    "participation.started_on": _moment("when you started"),
    "participation.planned_end_on": _moment("when it should end"),
    "participation.ended_on": _moment("when it ended"),
    "participation.planned_hours": _number("hours of the course", 0, 50, 150, 500, 9_999),
    "participation.sustained_weeks": _number("weeks it has lasted", 0, 4, 13, 26, 52, 9_999),
    "identity.given_names": _text("your first names"),
    "identity.family_name": _text("your family name"),
    "identity.date_of_birth": FieldKind(Shape.BIRTH, "the five years in which you were born"),
    "identity.uln": _text("your learner number"),
    "identity.ni_number": _text("your National Insurance number"),
    "identity.preferred_name": _text("the name you go by"),
    "identity.name_said": _text("how your name is said"),
    "identity.title": _text("your title"),
    "identity.pronouns": _text("your pronouns"),
    "contact.phone": _text("your phone number"),
    "contact.email": _text("your e-mail address"),
    "contact.address": _text("your address"),
    "contact.postcode": _text("your postcode"),
    "contact.safe_contact": _text("how to reach you safely"),
    "contact.do_not_contact": _flag("if nobody may contact you"),
    "contact.language": _text("your language"),
    "contact.interpreter": _flag("if you need an interpreter"),
    "area.borough": FieldKind(Shape.BOROUGH, "your borough", codes=code_lists.BOROUGHS),
    "area.postcode_district": _text("the first half of your postcode"),
    "background.employment_status": _code("if you work", code_lists.EMPLOYMENT_STATUSES),
    "background.employment_status_on": _moment("since when"),
    "background.unemployed_for": _code(
        "how long you have been out of work", code_lists.LENGTHS_OF_UNEMPLOYMENT
    ),
    "background.employed_for": _code("how long you have worked", code_lists.LENGTHS_OF_EMPLOYMENT),
    "background.prior_attain": _code("your qualifications", code_lists.PRIOR_ATTAINMENTS),
    "background.prior_level": _code("the level you have reached", code_lists.PRIOR_LEVELS),
    "background.work_history": _text("the jobs you held"),
    "background.skills": _text("your skills"),
    "background.right_to_work_seen": _flag("if your right to work was seen"),
    "background.qualifications.title": _text("your certificates"),
    "background.qualifications.country": _text("which country gave them"),
    "background.qualifications.comparability": _choice("if their level here was looked up"),
    "background.qualifications.comparable_to": _text("their level here"),
    "background.courses_tried": _text("courses you tried"),
    "background.priority_groups": _choice("groups you belong to by work, learning or age"),
    "needs.goals": _text("your goals"),
    "needs.barriers": _text("what stands in your way"),
    "needs.adjustments": _text("the changes you need"),
    "needs.household": _code("who you live with", code_lists.HOUSEHOLDS),
    "needs.childcare": _flag("if you need childcare"),
    "needs.availability": _text("when you can come"),
    "needs.hours_wanted": _number("the hours you want to work", *_HOURS),
    "needs.preferred_work": _text("the work you want"),
    "needs.excluded_work": _text("the work you do not want"),
    "needs.preferred_organisations": _text("where you would rather go"),
    "needs.excluded_organisations": _text("where you do not want to go"),
    "needs.choose_elsewhere": _text("places to choose others for"),
    "needs.goal_scores.goal": _text("your goals"),
    "needs.goal_scores.score_at_start": _number("how near you felt at the start", *_SCORE),
    "needs.goal_scores.score_at_end": _number("how near you felt at the end", *_SCORE),
    "needs.goal_scores.lowest": _number("the lowest score", *_SCORE),
    "needs.goal_scores.highest": _number("the highest score", *_SCORE),
    "needs.adjustments_in_own_words": _text("the changes you need, as you say it"),
    "needs.priority_groups": _choice("groups you belong to by what stands in your way"),
    "health.has_condition": _code("if you have a health condition", code_lists.HAS_CONDITION),
    "health.conditions": _code("your health conditions", code_lists.CONDITIONS),
    "health.primary_condition": _code("your main health condition", code_lists.CONDITIONS),
    "health.work_capability": _text("what your health allows"),
    "health.withdrawal_reason": _code(
        "if you left for your health or private life", code_lists.HEALTH_WITHDRAWALS
    ),
    "health.priority_groups": _choice("groups you belong to by health or private life"),
    "equality.ethnicity": _code("your ethnicity", code_lists.ETHNICITIES),
    "equality.sex": _code("your sex", code_lists.SEXES),
    "equality.religion": _text("your religion"),
    "equality.sexual_orientation": _text("your sexual orientation"),
    "equality.priority_groups": _choice("groups you belong to by origin"),
    "justice.has_experience": _flag("if you have a criminal record"),
    "justice.codes": _code("if you learnt in custody", code_lists.CUSTODY_CODES),
    "justice.priority_groups": _choice("groups you belong to by contact with courts or prison"),
    "money.benefit_status": _code("the benefit you get", code_lists.BENEFIT_STATUSES),
    "money.benefits": _text("your benefits"),
    "money.pay_pence": _number(
        "your pay",
        *(0, 1_000, 1_500, 2_500, 10_000, 50_000, 150_000, 300_000),
        *(1_500_000, 2_500_000, 5_000_000, 20_000_000),
    ),
    "money.pay_period": _code("how often you are paid", code_lists.PAY_PERIODS),
    "progress.category": _code("what you reached", code_lists.OUTCOME_CATEGORIES),
    "progress.code": _code("which kind of it", code_lists.OUTCOME_CODES),
    "progress.effective_from": _moment("when it began"),
    "progress.effective_to": _moment("when it was over"),
    "progress.collected_on": _moment("when you told it"),
    "progress.hours_per_week": _number("the hours you work", *_HOURS),
    "progress.contract_type": _code("your kind of contract", code_lists.CONTRACT_TYPES),
    "progress.employer": _text("who you work for"),
    "progress.qualification": _text("your new qualification"),
    "progress.grade": _text("your grade"),
    "progress.evidence_level": _code("how well it is known", code_lists.EVIDENCE_LEVELS),
    "progress.contributors.provider_id": _text("who helped"),
    "progress.contributors.role": _code("how they helped", code_lists.ROLES),
    "progress.sector": _code("the kind of business", code_lists.SECTORS),
    "progress.occupation": _code("the kind of job", code_lists.OCCUPATIONS),
    "progress.employer_accreditations": _choice("awards that the employer holds"),
    "progress.wanted_sector": _code("the kind of business you wanted", code_lists.SECTORS),
    "progress.wanted_occupation": _code("the kind of job you wanted", code_lists.OCCUPATIONS),
    "progress.as_wanted": _choice("if it is what you wanted"),
    "wellbeing.answers.instrument": _code("which questions you were asked", code_lists.INSTRUMENTS),
    "wellbeing.answers.item": _code("each question", code_lists.ITEMS),
    "wellbeing.answers.score": _number("your answer", *_SCORE),
    "wellbeing.answers.scale_min": _number("the lowest answer", *_SCORE),
    "wellbeing.answers.scale_max": _number("the highest answer", *_SCORE),
    "wellbeing.answers.wave": _number("in which week", 0, 13, 26, 52, 9_999),
    "notes.text": _text("notes about you"),
}
"""Every field but those of the envelope that no pseudonymous tray shows: the pseudonyms stand in
place of the ids, and `revision`, `recorded_at`, `source` and `referral_ref` are empty."""
