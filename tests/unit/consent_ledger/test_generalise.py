from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from consent_ledger.redaction.generalisation import (
    beginning,
    empty,
    generalise_block,
    generalise_field,
)
from schemas.categories import BLOCKS, Category
from schemas.field_forms import FIELD_KINDS, FieldForm
from schemas.registry import latest_schema
from tests.support.factories import full_blocks


def shared(path: str, form: FieldForm, value: Any) -> Any:
    """Return a field's value in a form, None where it is left out."""
    return generalise_field(form, FIELD_KINDS[path], {"college-c.adult-skills"})(value)


def shared_block(category: Category, fields: dict[str, FieldForm]) -> Any:
    """Return what is left of a full block where an agreement shares some fields of it."""
    schema = next(one for one in latest_schema("outcome").json["fields"] if one["name"] == category)
    shape = generalise_block(category, schema["type"][1], fields, ())
    return shape(full_blocks()[category].model_dump(mode="python"))


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(1991, 3, 14), date(1990, 1, 1)),
        (date(1994, 12, 31), date(1990, 1, 1)),
        (date(1995, 1, 1), date(1995, 1, 1)),
        (date(4, 2, 29), date(1, 1, 1)),
    ],
)
def test_a_birth_is_banded_by_five_years(born: date, first: date) -> None:
    """The band begins on the first day of a year that five divides, or of the year 1."""
    assert shared("identity.date_of_birth", FieldForm.BAND, born) == first


@pytest.mark.parametrize(
    ("hours", "band"), [(0.0, 0.0), (7.9, 0.0), (8.0, 8.0), (37.5, 35.0), (168.0, 35.0)]
)
def test_a_number_is_banded_by_where_its_band_begins(hours: float, band: float) -> None:
    """As a number of the same type."""
    assert shared("progress.hours_per_week", FieldForm.BAND, hours) == band
    assert shared("participation.sustained_weeks", FieldForm.BAND, 30) == 26
    assert type(shared("participation.sustained_weeks", FieldForm.BAND, 30)) is int


@pytest.mark.parametrize("form", [FieldForm.AS_IS, FieldForm.BAND])
@pytest.mark.parametrize("hours", [-1.0, 168.5, 7_946_012_345.0])
def test_a_number_that_cannot_be_is_left_out(form: FieldForm, hours: float) -> None:
    """Somebody's telephone number is no number of hours."""
    assert shared("progress.hours_per_week", form, hours) is None


@pytest.mark.parametrize(
    ("path", "form", "kept", "others"),
    [
        ("area.borough", FieldForm.AREA, "Southwark", ["Southwark, Flat 3", "southwark", "Kent"]),
        ("progress.category", FieldForm.CODE, "EMP", ["EMP, at Ada's", ""]),
        ("equality.ethnicity", FieldForm.CODE, 31, [30, 4_711]),
        ("participation.service_id", FieldForm.AS_IS, "college-c.adult-skills", ["college-c.ada"]),
    ],
)
def test_what_is_on_no_list_is_left_out(
    path: str, form: FieldForm, kept: Any, others: list[Any]
) -> None:
    """Never the text: it might say anything."""
    assert shared(path, form, kept) == kept
    assert [shared(path, form, other) for other in others] == [None] * len(others)


def test_of_a_service_its_provider_may_be_left() -> None:
    """If the ledger knows the service."""
    path = "participation.service_id"

    assert shared(path, FieldForm.PROVIDER, "college-c.adult-skills") == "college-c"
    assert shared(path, FieldForm.PROVIDER, "ada-nwosu.recovery") is None


def test_of_a_text_that_there_is_one_may_be_left() -> None:
    """Of a list of them not how many, and of an empty one nothing."""
    assert shared("progress.employer", FieldForm.PRESENT, "Ada's own bakery") == "present"
    assert shared("progress.employer", FieldForm.PRESENT, "") is None
    contact = shared_block(Category.CONTACT, {"contact.address": FieldForm.PRESENT})
    assert contact["address"] == ["present"]
    assert contact["phone"] is None


def test_moments_are_cut_to_their_beginning_in_utc() -> None:
    """Dates stay dates."""
    east = timezone(timedelta(hours=5))
    at = datetime(2026, 5, 4, 2, 30, tzinfo=east)

    assert beginning(at, FieldForm.DAY) == datetime(2026, 5, 3, tzinfo=UTC)
    assert beginning(at, FieldForm.MONTH) == datetime(2026, 5, 1, tzinfo=UTC)
    assert beginning(at, FieldForm.QUARTER) == datetime(2026, 4, 1, tzinfo=UTC)
    assert beginning(date(2026, 12, 31), FieldForm.QUARTER) == date(2026, 10, 1)
    assert type(beginning(date(2026, 5, 4), FieldForm.DAY)) is date


def test_a_block_of_which_nothing_is_left_is_no_block() -> None:
    """An empty one would tell that a name is held to whoever may not see it."""
    for category in BLOCKS[1:]:
        assert shared_block(category, {}) is None


def test_participation_stays_though_nothing_of_it_is_left() -> None:
    """It is the gate, and every record has it."""
    schema = latest_schema("referral").json["fields"][8]["type"][1]
    fields = {"service_id": "college-c.adult-skills", "stage": "accepted"}
    whole = empty(schema) | fields

    shape = generalise_block(Category.PARTICIPATION, schema, {}, fields.values())

    assert shape(whole) == empty(schema)
    assert empty(schema)["stage"] == "unspecified"


def test_of_several_fields_of_an_item_those_named_are_left() -> None:
    """The others are empty in each item, and an item's text is none."""
    progress = shared_block(Category.PROGRESS, {"progress.contributors.role": FieldForm.CODE})

    assert progress["contributors"] == [{"provider_id": "", "role": "job brokerage"}]
    assert progress["employer"] is None
