from collections import Counter
from datetime import UTC, datetime
from typing import get_args

import pytest

from consumers.changes import Upsert, latest_changes
from consumers.passport.event_facts import facts_of
from consumers.passport.form import FilledForm, Form, Why, fill
from consumers.passport.forms.known_forms import STANDARD, FormError, form_of, forms
from consumers.passport.view import Passport, build, see_all_that_is_held, see_nothing
from schemas.blocks import Identity
from schemas.events import EVENT_TYPES, Event
from schemas.identifiers import new_passport_number
from tests.support.factories import make_referral
from tests.support.out_trays import out_record

SOMEBODY = new_passport_number()


def passport(*events: Event) -> Passport:
    """Return the whole passport that events make."""
    changes = latest_changes(out_record(event) for event in events)
    facts = [fact for one in changes if isinstance(one, Upsert) for fact in facts_of(one)]
    return build(SOMEBODY, facts, see_all_that_is_held)


@pytest.mark.parametrize("form", forms().values(), ids=list(forms()))
def test_every_question_of_a_form_is_a_field_of_the_contract(form: Form) -> None:
    """A question about a field that no event has could never be answered from a passport."""
    for question in form.questions:
        field = EVENT_TYPES["enrolment"].model_fields[question.category.value]
        block, _ = get_args(field.annotation)

        assert question.field in block.model_fields, question


@pytest.mark.parametrize(("form_id", "questions"), [("enrolment", 28), ("first-meeting", 16)])
def test_a_form_asks_nothing_twice(form_id: str, questions: int) -> None:
    """Each question is about another field, and a form has the id of its file."""
    form = form_of(form_id)
    asked = Counter(question.id for question in form.questions)

    assert form.id == form_id
    assert len(form.questions) == questions
    assert set(asked.values()) == {1}


def test_a_form_that_is_not_known_is_refused_with_those_that_are() -> None:
    """Whoever asks for a form can see which there are."""
    with pytest.raises(FormError) as refused:
        form_of("tax-return")

    assert "enrolment, first-meeting" in str(refused.value.hint)


def test_what_is_held_is_reused_with_its_source_and_the_rest_is_asked() -> None:
    """Every question is either answered by a sourced value or still to be asked."""
    event = make_referral(
        participant_id=SOMEBODY,
        provider_id="borough-d",
        occurred_at=datetime(2026, 5, 4, tzinfo=UTC),
    )

    filled = fill(form_of(STANDARD), passport(event))
    reused = {one.question.field: one.answer for one in filled.reused}

    assert reused["family_name"].value == "Nwosu"
    assert reused["family_name"].provider_id == "borough-d"
    assert reused["family_name"].event_id == event.event_id
    assert "prior_level" in {one.question.field for one in filled.to_ask}
    assert len(filled.reused) + len(filled.to_ask) == 28


def test_a_value_in_conflict_is_asked_again() -> None:
    """Where providers differ on who somebody is, nobody's answer is taken."""
    filled = fill(
        form_of(STANDARD),
        passport(
            make_referral(
                participant_id=SOMEBODY,
                provider_id="borough-d",
                identity=Identity(family_name="Nwosu"),
            ),
            make_referral(
                participant_id=SOMEBODY,
                provider_id="college-c",
                identity=Identity(family_name="Smith"),
            ),
        ),
    )

    why = {one.question.field: one.why for one in filled.to_ask}

    assert why["family_name"] is Why.PROVIDERS_DIFFER
    assert why["given_names"] is Why.NOT_KNOWN


def test_an_empty_passport_leaves_every_question_to_ask() -> None:
    """What may not be seen is asked just as what is not known."""
    filled = fill(form_of(STANDARD), build(SOMEBODY, [], see_nothing))

    assert filled.reused == ()
    assert {one.why for one in filled.to_ask} == {Why.NOT_KNOWN}


def test_a_filled_form_goes_to_json_and_back() -> None:
    """What the command prints with --json is the whole form."""
    filled = fill(form_of(STANDARD), passport(make_referral(participant_id=SOMEBODY)))

    assert FilledForm.model_validate_json(filled.model_dump_json()) == filled
