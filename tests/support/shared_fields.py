"""The `fields` of made-up pseudonymous agreements."""

from collections.abc import Collection
from typing import Final

from consent_ledger.agreements.shared_fields import blocks_of, fields_of_blocks
from schemas.categories import BLOCKS, Category
from schemas.field_forms import FIELD_KINDS, FieldForm, Shape

OUTSIDE_BLOCKS: Final = ("provider_id", "occurred_at")
_FINEST: Final = (
    FieldForm.AS_IS,
    FieldForm.DAY,
    FieldForm.CODE,
    FieldForm.AREA,
    FieldForm.BAND,
    FieldForm.PRESENT,
)


def all_fields(categories: Collection[Category] = BLOCKS) -> dict[str, FieldForm]:
    """Return every field of some categories and of the envelope, in its finest form."""
    paths = [*OUTSIDE_BLOCKS, *fields_of_blocks(blocks_of(categories))]
    return {
        path: next(form for form in _FINEST if form in FIELD_KINDS[path].forms) for path in paths
    }


def some_fields(categories: Collection[Category], turn: int) -> dict[str, FieldForm]:
    """Return fields of some categories in any form: with `turn` each takes another, or none."""
    paths = [*OUTSIDE_BLOCKS, *fields_of_blocks(blocks_of(categories))]
    named = {
        path: sorted(FIELD_KINDS[path].forms)[(turn + place) % len(FIELD_KINDS[path].forms)]
        for place, path in enumerate(paths)
        if (turn * 7 + place) % 5
    }
    unnamed = set(blocks_of(categories)) - {path.partition(".")[0] for path in named}
    return named | dict.fromkeys(fields_of_blocks(unnamed), FieldForm.LEFT_OUT)


def texts_of(category: Category) -> list[str]:
    """Return the paths of a category's texts, which stand in the block itself."""
    return [
        path
        for path in fields_of_blocks([category])
        if FIELD_KINDS[path].kind is Shape.TEXT and path.count(".") == 1
    ]
