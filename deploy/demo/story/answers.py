"""A filled form as the blocks of an event: what was reused is not typed again."""

import json
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from consumers.passport.form import FilledForm, Question
from schemas.blocks import Background, Block, Contact, Equality, Health, Identity, Money, Needs

_BLOCKS: Final[dict[str, type[Block]]] = {
    block.__name__.lower(): block
    for block in (Identity, Contact, Background, Needs, Health, Equality, Money)
}


def answered_blocks(form: FilledForm, asked: Mapping[Question, JsonValue]) -> dict[str, Block]:
    """Return the blocks that a form's answers make, those that had to be asked included."""
    answers = {reused.question: reused.answer.value for reused in form.reused} | dict(asked)
    by_category: dict[str, dict[str, JsonValue]] = {}
    for question, value in answers.items():
        by_category.setdefault(question.category.value, {})[question.field] = value
    return {
        name: _BLOCKS[name].model_validate_json(json.dumps(fields))
        for name, fields in by_category.items()
    }


def true_answer(question: Question, blocks: Mapping[str, Block]) -> JsonValue:
    """Return what the person answers to a question, from all that is true of them."""
    answer: JsonValue = blocks[question.category.value].model_dump(mode="json")[question.field]
    return answer
