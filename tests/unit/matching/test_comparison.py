from datetime import date

import pytest

from consent_ledger.matching.comparison import compare
from consent_ledger.matching.levels import Field, Level, at
from consent_ledger.matching.traits import Birth, Traits
from tests.unit.matching.people import BORN, nowhere


def levels(mine: Traits, other: Traits) -> tuple[Level | None, Level | None]:
    """Return how far given and family name agree; it is the same both ways."""
    pattern = compare(mine, other).pattern
    assert compare(other, mine).pattern == pattern
    return at(pattern, Field.GIVEN), at(pattern, Field.FAMILY)


def birth_level(mine: Birth, other: Birth) -> Level | None:
    """Return how far two dates of birth agree."""
    return at(compare(Traits(births=(mine,)), Traits(births=(other,))).pattern, Field.BIRTH)


@pytest.mark.parametrize(
    ("mine", "other", "level"),
    [
        ("Łukasz", "Lukasz", Level.SAME),
        ("Søren", "SOREN", Level.SAME),
        ("Kofi John", "Kofi", Level.PART),
        ("Mohammed Ali", "Mohammed Hasan", Level.SHARED),
        ("Bill", "William", Level.SHORT),
        ("Kate", "Katie", Level.SHORT),
        ("J", "John", Level.SHORT),
        ("Catherine", "Catharine", Level.CLOSE),
        ("Muhammad", "Mohamed", Level.ALIKE),
        ("محمد", "Mohamed", Level.CLOSE),
        ("Юлия", "Yulia", Level.CLOSE),
        ("राहुल", "Rahul", Level.CLOSE),
        ("王伟", "Wang Wei", Level.CLOSE),
        ("王伟", "汪巍", Level.OTHER),
        ("김민수", "이영희", Level.OTHER),
        ("Ирина", "Арина", Level.ALIKE),
        ("Ада", "Борис", Level.OTHER),
        ("Grace", "Tobias", Level.OTHER),
    ],
)
def test_given_names_agree_as_far_as_people_would_say(mine: str, other: str, level: Level) -> None:
    """Spelling, parts, short forms, scripts."""
    assert levels(nowhere(mine, "Nwosu"), nowhere(other, "Nwosu")) == (level, Level.SAME)


@pytest.mark.parametrize(
    ("mine", "other", "level"),
    [
        ("O’Connor", "OConnor", Level.SAME),
        ("De Haro", "Deharo", Level.SAME),
        ("al-Hassan", "Hassan", Level.SAME),
        ("Mc Donald", "McDonald", Level.SAME),
        ("Smith-Jones", "Smith Jones", Level.SAME),
        ("Smith-Jones", "Jones", Level.PART),
        ("Nwosu", "Nwosou", Level.CLOSE),
        ("Chowdhury", "Choudhary", Level.ALIKE),
        ("Nwosu", "Bell", Level.OTHER),
    ],
)
def test_family_names_agree_as_far_as_people_would_say(mine: str, other: str, level: Level) -> None:
    """Particles, double names, apostrophes, typing errors."""
    assert levels(nowhere("Ada", mine), nowhere("Ada", other)) == (Level.SAME, level)


def test_names_the_other_way_round_are_found_and_said_so() -> None:
    """Given and family name swapped, also with an error."""
    pattern = compare(nowhere("Nwosu", "Ada"), nowhere("Ada", "Nwosou")).pattern

    assert at(pattern, Field.ORDER) is Level.OTHER
    assert {at(pattern, Field.GIVEN), at(pattern, Field.FAMILY)} == {Level.SAME, Level.CLOSE}


def test_a_name_alone_is_held_against_either_part() -> None:
    """Somebody who has one name may have it in either field."""
    assert levels(nowhere("Suharto", None), nowhere(None, "Suharto")) == (Level.SAME, None)
    assert levels(nowhere(None, "Suharto"), nowhere(None, "Suharto")) == (None, Level.SAME)


def test_names_of_symbols_have_nothing_in_common() -> None:
    """They are absent."""
    assert levels(nowhere("--", "🙂"), nowhere("--", "🙂")) == (None, None)


def test_an_earlier_name_counts() -> None:
    """Of all names that are known the nearest is held against the other's."""
    known = nowhere("Ada", "Nwosu").and_also(nowhere("Ada", "Bell"))

    assert levels(known, nowhere("Ada", "Bell")) == (Level.SAME, Level.SAME)
    assert levels(known, nowhere("Ada", "Nwosu")) == (Level.SAME, Level.SAME)


@pytest.mark.parametrize(
    ("other", "level"),
    [
        (Birth(1991, 3, 14), Level.SAME),
        (Birth(1991, 3, 15), Level.CLOSE),
        (Birth(1991, 3, 41), Level.CLOSE),
        (Birth(1919, 3, 14), Level.CLOSE),
        (Birth(1991, 11, 14), Level.PART),
        (Birth(1987, 3, 14), Level.PART),
        (Birth(1991), Level.YEAR),
        (Birth(1992), Level.OTHER),
        (Birth(1974, 8, 2), Level.OTHER),
    ],
)
def test_dates_of_birth_agree_by_what_is_typed_wrong(other: Birth, level: Level) -> None:
    """One digit, two that changed places, a part, the year alone."""
    born = Birth(1991, 3, 14)

    assert birth_level(born, other) is birth_level(other, born) is level


def test_day_and_month_the_other_way_round_are_close() -> None:
    """The American order."""
    assert birth_level(Birth(1991, 3, 4), Birth(1991, 4, 3)) is Level.CLOSE


def test_what_is_missing_is_not_compared() -> None:
    """Neither for nor against."""
    pattern = compare(nowhere("Ada", "Nwosu", None), nowhere("Ada", "Nwosu", BORN)).pattern

    assert at(pattern, Field.BIRTH) is None
    assert at(pattern, Field.POSTCODE) is None


def test_two_who_know_only_a_year_are_not_of_one_birthday() -> None:
    """1 January on both records says no more than the year."""
    january = nowhere("Ada", "Nwosu", date(1991, 1, 1))

    assert at(compare(january, january).pattern, Field.BIRTH) is Level.YEAR
