"""The forms in this folder, by their ids."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from consumers.passport.form import Form, Question
from schemas.categories import category
from schemas.errors import BusError
from schemas.yaml_file import read_yaml

STANDARD: Final = "enrolment"
"""The standard enrolment form, which a college may use as it is or replace by its own."""
_FOLDER: Final = Path(__file__).parent


class FormError(BusError):
    """A form that the bus does not know, or whose file is wrong."""


@cache
def forms() -> Mapping[str, Form]:
    """Return every form by its id, in the order of the ids."""
    return {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.yaml"))}


def form_of(form_id: str) -> Form:
    """Return the form with an id. Raises FormError where there is none."""
    found = forms().get(form_id)
    if found is None:
        raise FormError("There is no form with that id.", f"There are: {', '.join(forms())}.")
    return found


class _FormFile(BaseModel, extra="forbid"):
    id: str
    name: str
    questions: dict[str, str]


def _read(path: Path) -> Form:
    read = read_yaml(path, _FormFile, "form", FormError)
    questions = tuple(map(_question, read.questions.items()))
    return Form(id=read.id, name=read.name, questions=questions)


def _question(asked: tuple[str, str]) -> Question:
    place, text = asked
    name, _, field = place.partition(".")
    return Question(text=text, category=category(name), field=field)
