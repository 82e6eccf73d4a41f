"""What the API for prefilled forms takes and gives. A passport number is only in a body."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, Field, JsonValue

from consent_ledger.consent.changes import LedgerChange
from consumers.passport.form import Why
from consumers.passport.forms.known_forms import STANDARD, forms
from consumers.prefill.offers import EnteredAs
from schemas.identifiers import ProviderId, ServiceId

_FORM: Final = "^(" + "|".join(forms()) + ")$"
_MOST_ANSWERS: Final = 200


class FormWanted(LedgerChange):
    """A participant, and the form that is to be filled for them."""

    form: Annotated[str, Field(pattern=_FORM, description="The form's id.")] = STANDARD


class FormAnswer(BaseModel):
    """An answer that is known, and where it is from."""

    question: Annotated[str, Field(description="Category and field, such as needs.goals.")]
    text: Annotated[str, Field(description="The question as it is asked.")]
    value: JsonValue
    provider: ProviderId
    service: ServiceId
    observed_at: datetime


class FormQuestion(BaseModel):
    """A question that is still to be asked."""

    question: str
    text: str
    why: Why


class FilledOut(BaseModel):
    """A form, as far as what this organisation may see fills it."""

    offer: Annotated[str, Field(description="Send it with the answers.")]
    form: str
    name: str
    answers: list[FormAnswer]
    to_ask: list[FormQuestion]


class FormAnswers(BaseModel, extra="forbid"):
    """The answers of a form that was offered, those that were known included."""

    offer: Annotated[str, Field(min_length=1, max_length=100)]
    answers: Annotated[
        dict[str, JsonValue],
        Field(max_length=_MOST_ANSWERS, description="By question; null is no answer."),
    ]


class FormEntered(BaseModel):
    """What each answer is: reused only where it came back equal to what was offered."""

    answers: dict[str, EnteredAs]
