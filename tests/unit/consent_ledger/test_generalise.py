from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from consent_ledger.agreements.agreement import GENERALISABLE, Generalisation
from consent_ledger.redaction.generalisation import COARSENERS, birth_band, borough, whole_days
from tests.support.factories import full_blocks


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(1991, 3, 14), date(1990, 1, 1)),
        (date(1990, 1, 1), date(1990, 1, 1)),
        (date(1994, 12, 31), date(1990, 1, 1)),
        (date(1995, 1, 1), date(1995, 1, 1)),
        (date(2000, 2, 29), date(2000, 1, 1)),
        (date(2004, 2, 29), date(2000, 1, 1)),
        (date(1, 1, 1), date(1, 1, 1)),
        (date(4, 12, 31), date(1, 1, 1)),
        (date(9999, 12, 31), date(9995, 1, 1)),
    ],
)
def test_a_date_of_birth_becomes_the_first_day_of_its_five_years(born: date, first: date) -> None:
    """Year, month and day are gone; leap days and the ends of the calendar are no exception."""
    identity = full_blocks()["identity"].model_dump() | {"date_of_birth": born}

    assert birth_band(identity) == dict.fromkeys(identity) | {"date_of_birth": first}


def test_nothing_of_an_identity_but_the_band_is_left() -> None:
    """Names and numbers go, and the input is left as it was."""
    identity = full_blocks()["identity"].model_dump()
    before = dict(identity)

    band = birth_band(identity)

    assert band is not None
    assert {name for name, value in band.items() if value is not None} == {"date_of_birth"}
    assert band.keys() == identity.keys()
    assert identity == before


def test_a_block_of_which_nothing_is_left_is_no_block() -> None:
    """An empty one would tell that a name is held, or a postcode, to whoever may not see it."""
    identity = full_blocks()["identity"].model_dump() | {"date_of_birth": None}
    area = full_blocks()["area"].model_dump() | {"borough": None}

    assert birth_band(identity) is None
    assert borough(area) is None


def test_nothing_of_an_area_but_the_borough_is_left() -> None:
    """A postcode district is a few streets."""
    area = full_blocks()["area"].model_dump()

    assert borough(area) == {"borough": "Southwark", "postcode_district": None}


def test_moments_are_cut_to_their_day_in_utc_at_any_depth() -> None:
    """Dates and all other values stay as they are."""
    east = timezone(timedelta(hours=5))
    value = {
        "at": datetime(2026, 5, 4, 23, 59, 59, 999_000, tzinfo=UTC),
        "local": datetime(2026, 5, 4, 2, tzinfo=east),
        "on": date(2026, 5, 4),
        "deep": [{"at": datetime(1960, 2, 29, 13, tzinfo=UTC)}, "text", 7, None],
    }

    assert whole_days(value) == {
        "at": datetime(2026, 5, 4, tzinfo=UTC),
        "local": datetime(2026, 5, 3, tzinfo=UTC),
        "on": date(2026, 5, 4),
        "deep": [{"at": datetime(1960, 2, 29, tzinfo=UTC)}, "text", 7, None],
    }
    assert not isinstance(whole_days(value)["on"], datetime)


def test_every_form_has_a_category_and_a_function() -> None:
    """One that is named and does nothing would deliver the whole block."""
    assert GENERALISABLE.keys() == COARSENERS.keys() == set(Generalisation)
