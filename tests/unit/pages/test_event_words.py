"""The words for an event's fields: every field and every code of ours has some."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from consent_ledger.filter.intake import Reason
from consumers.analytics.facts import AnalyticsFact
from deploy.pages import event_words
from deploy.pages.event_words import label, reached, values, word
from schemas.events import EVENT_TYPES

ENVELOPE = {"event_id", "participant_id", "revision", "occurred_at", "recorded_at", "referral_ref"}


def fields_of(model: type[BaseModel]) -> Iterator[str]:
    """Yield the fields of a model and of those within it that hold a value."""
    for name, field in model.model_fields.items():
        within = list(models_in(field.annotation))
        if not within or name in {"answers", "contributors", "goal_scores", "qualifications"}:
            yield name
        for each in within:
            yield from fields_of(each)


def kinds_in(annotation: Any) -> Iterator[type]:
    """Yield the classes that an annotation names."""
    if isinstance(annotation, type):
        yield annotation
    for part in get_args(annotation):
        yield from kinds_in(part)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation names."""
    return (kind for kind in kinds_in(annotation) if issubclass(kind, BaseModel))


def event_words_of(field: str) -> dict[str, str]:
    """Return the words of a field's codes."""
    found: dict[str, str] = event_words._words("codes")[field]
    return found


def test_every_field_of_every_event_and_figure_has_a_label() -> None:
    """A field that is added to a schema needs words for participants."""
    fields = {name for model in EVENT_TYPES.values() for name in fields_of(model)}
    shown = (fields | set(AnalyticsFact._fields)) - ENVELOPE

    assert [name for name in sorted(shown) if label(name) == name.replace("_", " ")] == []


def test_a_label_is_plain() -> None:
    """It is a sentence's start: no name of a list of codes, no underscore."""
    fields = {name for model in EVENT_TYPES.values() for name in fields_of(model)} - ENVELOPE

    for name in fields:
        assert label(name)[0].isupper()
        assert "ILR" not in label(name)
        assert "_" not in label(name)
        assert len(label(name).split()) <= 12


def choices_of(model: type[BaseModel]) -> Iterator[tuple[str, type[StrEnum]]]:
    """Yield the closed lists of a model's fields, by the field's name."""
    for name, field in model.model_fields.items():
        for kind in kinds_in(field.annotation):
            if issubclass(kind, StrEnum):
                yield name, kind
            elif issubclass(kind, BaseModel):
                yield from choices_of(kind)


CHOICES = {found for model in EVENT_TYPES.values() for found in choices_of(model)}


@pytest.mark.parametrize(
    ("field", "codes"),
    [("reason", Reason), *sorted(CHOICES, key=lambda found: (found[0], found[1].__name__))],
)
def test_every_code_of_our_own_has_words(field: str, codes: type[StrEnum]) -> None:
    """Whatever a schema lists, and why a record was not accepted."""
    words = event_words_of(field)

    assert {code.value for code in codes} <= words.keys()


def test_every_type_of_event_has_words() -> None:
    """They begin a title."""
    assert all(word("event", name)[0].isupper() for name in EVENT_TYPES)


def test_a_code_without_words_is_shown_as_it_is() -> None:
    """Nothing that is held is left out."""
    assert word("ethnicity", 12345) == "12345"
    assert word("aim", "60149735") == "60149735"
    assert label("a_field_of_tomorrow") == "a field of tomorrow"


def test_what_an_outcome_s_code_means_rests_on_its_category() -> None:
    """One is paid work in EMP, and a traineeship in EDU."""
    assert reached("EMP", "1") == "paid work of 16 hours a week or more"
    assert reached("EDU", "1") == "traineeship"
    assert reached("QUAL", "A") == "A"
    assert reached(None, None) is None
    assert reached("EMP", "77") == "77"


def test_a_value_is_shown_as_a_person_writes_it() -> None:
    """Money in pounds, whole numbers without a point, each item of a list on its own."""
    assert values("pay_pence", 123456, {}) == ["£1,234.56"]
    assert values("hours_wanted", 24.0, {}) == ["24"]
    assert values("hours_wanted", 21.5, {}) == ["21.5"]
    assert values("conditions", [9, 12], {}) == ["a mental health difficulty", "dyslexia"]
    assert values("date_of_birth", "1991-03-14", {}) == ["14 March 1991"]
    assert values("contributors", [{"provider_id": "x", "role": "advice"}], {"x": "The X"}) == [
        "Organisation: The X; How they helped: advice"
    ]
