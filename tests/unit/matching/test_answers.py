from collections import Counter
from datetime import date

import pytest

from consent_ledger.matching.answers import MatchingAnswer, MatchVerdict, answer
from consent_ledger.matching.comparison import compare
from consent_ledger.matching.contradictions import contradictions
from consent_ledger.matching.frequencies import Counted, Frequencies, Value, values_counted
from consent_ledger.matching.reasons import reasons
from consent_ledger.matching.traits import Traits
from schemas.blocks import Contact
from tests.unit.matching.people import BORN, LIVES, nowhere, person

PEOPLE = 1_000_000
RARE = Frequencies({}, PEOPLE)
SON_BORN = date(2004, 9, 2)
NI, OTHER_NI = "AB123456C", "CE654321A"
ULN, OTHER_ULN = "1000000000", "2000000109"


def asked(newcomer: Traits, *known: Traits, frequencies: Frequencies = RARE) -> MatchingAnswer[int]:
    """Return the answer about a newcomer, in a register of a million people."""
    return answer(newcomer, list(enumerate(known)), frequencies, PEOPLE)


def test_the_same_person_again_is_known() -> None:
    """Nothing differs."""
    assert asked(person(), person()).verdict is MatchVerdict.KNOWN


def test_a_number_that_agrees_makes_up_for_an_error() -> None:
    """A typing error in the name, a new family name, a birthday of which the year is known."""
    known = person(ni=NI)
    for again in (
        person("Adda", ni=NI),
        person(family="Bell", ni=NI),
        person(born=date(1991, 1, 1), ni=NI),
        person("Nwosu", "Ada", ni=NI),
    ):
        assert asked(again, known).verdict is MatchVerdict.KNOWN


@pytest.mark.parametrize(
    "again",
    [
        person("Adaeze"),
        person(family="Nwosou", born=date(1991, 4, 13)),
        person("Nwosu", "Ada"),
        person(born=date(1991, 1, 1)),
        person(born=None),
        person(family="Bell"),
        person("Ada", "Nwosu", contact=Contact(), born=date(1991, 3, 15)),
    ],
)
def test_what_may_be_the_same_person_is_asked_about(again: Traits) -> None:
    """As likely as not, and something differs."""
    assert asked(again, person()).verdict is MatchVerdict.POSSIBLE


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (person("Obi"), "twins"),
        (person(born=SON_BORN), "father and son of one name"),
        (person("Grace", "Adeyemi", date(1988, 8, 2)), "flatmates"),
        (person(ni=OTHER_NI), "another National Insurance number"),
        (person(uln=OTHER_ULN), "another learner number"),
    ],
)
def test_whoever_shares_much_and_not_all_is_never_joined(other: Traits, why: str) -> None:
    """Home, telephone, family name, and another person."""
    assert asked(other, person(ni=NI, uln=ULN)).verdict is not MatchVerdict.KNOWN, why


@pytest.mark.parametrize(("ni", "uln"), [(NI, None), (None, ULN)])
def test_one_number_of_two_people_joins_nobody(ni: str | None, uln: str | None) -> None:
    """Two people type one NI number; a learner number comes with another name and birthday."""
    mine = nowhere("Ada", "Nwosu")
    other = person("Tobias", "Wojcik", date(1974, 8, 2), contact=Contact(), ni=ni, uln=uln)
    mine = mine._replace(ni_numbers=other.ni_numbers, ulns=other.ulns)

    assert asked(other, mine).verdict is not MatchVerdict.KNOWN


def test_twins_and_son_share_a_number_by_mistake() -> None:
    """Also where the number of one was typed for the other."""
    known = person(ni=NI)

    assert asked(person("Obi", ni=NI), known).verdict is MatchVerdict.POSSIBLE
    assert asked(person(born=SON_BORN, ni=NI), known).verdict is MatchVerdict.POSSIBLE


def test_strangers_are_new() -> None:
    """Another name, birthday and home."""
    stranger = nowhere("Tobias", "Wojcik", date(1974, 8, 2))

    assert asked(stranger, person()) == MatchingAnswer(MatchVerdict.NEW, ())


def test_a_name_that_many_have_is_asked_about() -> None:
    """With nothing but a birthday beside it; a rare one is known."""
    mine = nowhere("Mohammed", "Khan")
    counts = Counter({Value(Counted.NAME, "mohammed"): 15_000, Value(Counted.NAME, "khan"): 9_000})

    assert (
        asked(mine, mine, frequencies=Frequencies(counts, PEOPLE)).verdict is MatchVerdict.POSSIBLE
    )
    rare = nowhere("Zbigniewa", "Okonkwo-Szczesna")
    assert asked(rare, rare).verdict is MatchVerdict.KNOWN


def test_two_who_may_be_known_are_a_question() -> None:
    """One person with two numbers, or two people: somebody decides."""
    assert asked(person(), person(), person()).verdict is MatchVerdict.POSSIBLE


def test_an_office_s_telephone_says_little() -> None:
    """What a thousand people give as their number."""
    mine = person("Ada", "Nwosu", None, contact=Contact(phone="020 7946 0123"))
    other = person("Grace", "Adeyemi", None, contact=Contact(phone="020 7946 0123"))
    counts = Counter(dict.fromkeys(values_counted(mine), 2_000))

    assert asked(mine, other, frequencies=Frequencies(counts, PEOPLE)).verdict is MatchVerdict.NEW


def test_the_reasons_hold_no_value() -> None:
    """They are shown to an adviser, and logged."""
    pattern = compare(person("Nwosu", "Ada", date(1991, 3, 15), ni=NI), person(ni=OTHER_NI)).pattern
    said = " ".join((*reasons(pattern), *contradictions(pattern)))

    assert "names given the other way round" in said
    assert "another National Insurance number" in said
    for value in ("Ada", "Nwosu", "1991", "AB123456", "E83RH", "0770", str(LIVES.email)):
        assert value.lower() not in said.lower()


def test_the_order_of_candidates_does_not_matter() -> None:
    """Nor do those who come to nothing."""
    others = [person("Adaeze"), person(), nowhere("Tobias", "Wojcik"), person(born=BORN)]
    asked_once = answer(person(), list(enumerate(others)), RARE, PEOPLE)
    asked_again = answer(person(), list(enumerate(others))[::-1], RARE, PEOPLE)

    assert asked_once == asked_again
