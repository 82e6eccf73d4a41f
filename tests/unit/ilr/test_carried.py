"""Numbers of the bus in a college's own fields."""

import pytest

from producers.ilr.carried import carried_number, carried_referral
from schemas.identifiers import new_passport_number, new_referral_ref


def test_a_passport_number_is_found_among_other_values() -> None:
    """What the college writes for its own purposes is passed over."""
    number = new_passport_number()

    assert carried_number(["1234CDXX", f" {number.lower()} ", "KP11X07"]).number == number


def test_a_number_without_hyphens_is_the_same_number() -> None:
    """Some systems take no hyphens."""
    number = new_passport_number()

    assert carried_number([number.replace("-", "")]).number == number


@pytest.mark.parametrize("values", [[], ["1234CDXX", "12345EF"], ["A12345678"]])
def test_no_number_is_no_problem(values: list[str]) -> None:
    """Most learners carry none."""
    carried = carried_number(values)

    assert carried.number is None
    assert not carried.is_unclear


def test_a_mistyped_number_is_not_used() -> None:
    """A wrong character is noticed, so that nobody is joined to somebody else's story."""
    number = new_passport_number()
    wrong = number[:-3] + ("0" if number[-3] != "0" else "1") + number[-2:]

    carried = carried_number([wrong])

    assert carried.number is None
    assert carried.is_unclear


def test_two_numbers_are_not_used() -> None:
    """Nobody can tell which of them is meant."""
    carried = carried_number([new_passport_number(), new_passport_number()])

    assert carried.number is None
    assert carried.is_unclear


def test_the_same_number_twice_is_one() -> None:
    """The same number on the learner and on an aim agrees with itself."""
    number = new_passport_number()

    assert carried_number([number, number]).number == number


def test_a_referral_reference_is_found() -> None:
    """Whatever else stands there, and in whatever case."""
    reference = new_referral_ref()

    assert carried_referral(["RANDOM", f" {reference.lower()}"]) == reference
    assert carried_referral(["RANDOM", "R123"]) is None
