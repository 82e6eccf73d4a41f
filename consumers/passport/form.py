"""A form filled from the passport: which answers are known, and which questions remain."""

from enum import StrEnum

from pydantic import BaseModel

from consumers.passport.view import Passport, Sourced
from schemas.categories import Category


class Question(BaseModel, frozen=True):
    """One question, and the field of a category's block that answers it."""

    text: str
    category: Category
    field: str

    @property
    def id(self) -> str:
        """What it is called in a form: the category and the field."""
        return f"{self.category.value}.{self.field}"


class Form(BaseModel, frozen=True):
    """A form, with its questions in order."""

    id: str
    name: str
    questions: tuple[Question, ...]


class Why(StrEnum):
    """Why a question is still to be asked."""

    NOT_KNOWN = "not-known"
    """Nothing is held, or it may not be seen; the reader cannot see which."""
    PROVIDERS_DIFFER = "providers-differ"


class Answered(BaseModel, frozen=True):
    """A question that need not be asked: its answer, and where that is from."""

    question: Question
    answer: Sourced


class ToAsk(BaseModel, frozen=True):
    """A question for the participant."""

    question: Question
    why: Why


class FilledForm(BaseModel, frozen=True):
    """A form as far as the passport fills it."""

    form_id: str
    form: str
    reused: tuple[Answered, ...]
    to_ask: tuple[ToAsk, ...]


def fill(form: Form, passport: Passport) -> FilledForm:
    """Fill the form from what may be seen of a passport. A value in conflict answers nothing."""
    reused, to_ask = [], []
    for question in form.questions:
        known = passport.value_of(question.category, question.field)
        if known is None:
            to_ask.append(ToAsk(question=question, why=Why.NOT_KNOWN))
        elif known.is_in_conflict:
            to_ask.append(ToAsk(question=question, why=Why.PROVIDERS_DIFFER))
        else:
            reused.append(Answered(question=question, answer=known.last))
    return FilledForm(form_id=form.id, form=form.name, reused=tuple(reused), to_ask=tuple(to_ask))
