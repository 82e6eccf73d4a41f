"""Every field of the contract is something: a new one is closed until somebody says what."""

from collections.abc import Iterator
from typing import Any

import pytest

from producers.ilr.codes import DESTINATION, EMPLOYMENT, FUND_MODEL, PRIOR_ATTAIN, PROGRAMME_TYPE
from schemas import code_lists
from schemas.contract import ENVELOPE
from schemas.field_forms import FIELD_KINDS, FORMS, FieldForm, Shape
from schemas.registry import locked_schemas

NEVER = {"event_id", "participant_id", "revision", "recorded_at", "source", "referral_ref"}
"""Of the envelope: pseudonyms stand in place of the ids, and the rest is empty."""


def fields(path: str, schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield each field that holds no others, by its path, with its Avro type."""
    kind = schema[1] if isinstance(schema, list) else schema
    items = kind["items"] if isinstance(kind, dict) and kind["type"] == "array" else kind
    if isinstance(items, dict) and items["type"] == "record":
        for field in items["fields"]:
            yield from fields(f"{path}.{field['name']}", field["type"])
    else:
        yield path, items


ALL = [
    found
    for schema in locked_schemas().values()
    for field in schema.json["fields"]
    if field["name"] not in NEVER
    for found in fields(field["name"], field["type"])
]
ALLOWED: dict[str, set[Shape]] = {
    "string": {Shape.CODE, Shape.BOROUGH, Shape.TEXT, Shape.ORGANISATION, Shape.SERVICE},
    "boolean": {Shape.FLAG},
    "int": {Shape.CODE, Shape.NUMBER},
    "double": {Shape.NUMBER},
    "enum": {Shape.CHOICE},
    "date": {Shape.MOMENT, Shape.BIRTH},
    "timestamp-millis": {Shape.MOMENT},
}
CHECKED = {"provider_id": Shape.ORGANISATION, "participation.service_id": Shape.SERVICE}
"""Texts that the bus itself holds against what it knows; every other is written by hand."""


def test_every_field_has_its_kind_and_every_kind_its_field() -> None:
    """Say in schemas/field_forms.py what a new field is; until then nobody can share it."""
    assert {path for path, _ in ALL} == set(FIELD_KINDS)
    assert set(ENVELOPE) - set(FIELD_KINDS) == NEVER


@pytest.mark.parametrize(("path", "kind"), ALL, ids=[path for path, _ in ALL])
def test_a_field_is_what_its_avro_type_can_be(path: str, kind: Any) -> None:
    """A text is no flag and no choice: it is a code of a closed list, or free text."""
    name = str(kind.get("logicalType", kind["type"]) if isinstance(kind, dict) else kind)
    said = FIELD_KINDS[path]

    assert said.kind in ALLOWED[name]
    assert (said.kind in {Shape.ORGANISATION, Shape.SERVICE}) is (path in CHECKED)
    assert bool(said.codes) is (said.kind in {Shape.CODE, Shape.BOROUGH})
    assert bool(said.bands) is (said.kind is Shape.NUMBER)
    assert all(isinstance(code, str if name == "string" else int) for code in said.codes)
    assert list(said.bands) == sorted(said.bands)


def test_no_text_by_hand_has_a_form_in_which_it_passes() -> None:
    """A code of a list, a borough of a list, or that there is some."""
    for kind in (Shape.TEXT, Shape.CODE, Shape.BOROUGH):
        assert FORMS[kind] <= {FieldForm.CODE, FieldForm.AREA, FieldForm.PRESENT}


def test_the_closed_lists_hold_what_the_importers_write() -> None:
    """A code that a return brings would otherwise never be counted."""
    assert len(code_lists.BOROUGHS) == 33
    assert set(PROGRAMME_TYPE.values()) <= code_lists.PROGRAMMES
    assert set(FUND_MODEL) <= code_lists.FUND_MODELS
    assert set(EMPLOYMENT) <= code_lists.EMPLOYMENT_STATUSES
    assert set(PRIOR_ATTAIN) <= code_lists.PRIOR_ATTAINMENTS
    assert DESTINATION.keys() <= code_lists.OUTCOME_CATEGORIES
    codes = {str(code) for codes in DESTINATION.values() for code in codes}
    assert codes <= code_lists.OUTCOME_CODES
    assert not {"3", "44", "28"} & code_lists.REASONS
