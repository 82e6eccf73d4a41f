"""A filled form as the blocks of an event: what was reused is not typed again."""

import json
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from consumers.passport.form import FilledForm, Question
from schemas.blocks import Background, Block, Contact, Equality, Health, Identity, Money, Needs
from schemas.categories import Category

_BLOCKS: Final[dict[Category, type[Block]]] = {
    Category.IDENTITY: Identity,
    Category.CONTACT: Contact,
    Category.BACKGROUND: Background,
    Category.NEEDS: Needs,
    Category.HEALTH: Health,
    Category.EQUALITY: Equality,
    Category.MONEY: Money,
}


def answered_blocks(form: FilledForm, asked: Mapping[Question, JsonValue]) -> dict[str, Block]:
    """Return the blocks that a form's answers make, those that had to be asked included."""
    answers = {one.question: one.answer.value for one in form.reused} | dict(asked)
    by_category: dict[Category, dict[str, JsonValue]] = {}
    for question, value in answers.items():
        by_category.setdefault(question.category, {})[question.field] = value
    return {
        category.value: _BLOCKS[category].model_validate_json(json.dumps(fields))
        for category, fields in by_category.items()
    }


def told(question: Question, blocks: Mapping[str, Block]) -> JsonValue:
    """Return what the person answers to a question, from all that is true of them."""
    truth = blocks[question.category.value].model_dump(mode="json")
    answer: JsonValue = truth[question.field]
    return answer
