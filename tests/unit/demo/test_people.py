import re
from datetime import date

import pytest

from deploy.demo.people import names, official_numbers
from deploy.demo.people.blocks import area, background, contact, equality, health, money, needs
from deploy.demo.people.person import Person, people
from deploy.demo.people.places import DISTRICTS, UNKNOWN_POSTCODE, borough_of

MANY = people(2_000)


def share(true: list[bool]) -> float:
    """Return how many of these are true, from 0 to 1."""
    return sum(true) / len(true)


def test_the_same_seed_gives_the_same_people() -> None:
    """Whoever repeats a demo sees the same people."""
    assert people(50, seed=11) == people(50, seed=11)


def test_another_seed_gives_others() -> None:
    """The seed decides, not the code alone."""
    ours = {(one.given_names, one.family_name) for one in people(50, seed=11)}
    theirs = {(one.given_names, one.family_name) for one in people(50, seed=12)}

    assert len(ours & theirs) < 10


def test_a_larger_number_begins_with_the_same_people() -> None:
    """Asking for more adds people and changes nobody."""
    assert people(2_000)[:300] == people(300)


def test_nobody_can_be_taken_for_somebody_else() -> None:
    """A register that compares any of these finds each of them once."""
    for key in (
        [(one.given_names, one.family_name, one.date_of_birth) for one in MANY],
        [one.uln for one in MANY if one.uln],
        [one.ni_number[:8] for one in MANY if one.ni_number],
        [one.email for one in MANY if one.email],
    ):
        assert len(set(key)) == len(key)


def test_learner_numbers_pass_the_check_of_rule_uln_04() -> None:
    """The tenth digit fits the nine before it, as the DfE computes it."""
    for number in range(1, 5_000):
        uln = official_numbers.uln(number)
        *body, check = map(int, uln)
        remainder = sum(w * d for w, d in zip(range(10, 1, -1), body, strict=True)) % 11

        assert len(uln) == 10
        assert uln != "9999999999"
        assert remainder != 0
        assert check == 10 - remainder


def test_insurance_numbers_pass_the_rule_and_belong_to_nobody() -> None:
    """NINumber_01 accepts them, and HMRC never issues their prefixes."""
    for number in range(1, 5_000):
        ni_number = official_numbers.ni_number(number)

        assert re.fullmatch(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]", ni_number)
        assert ni_number[:2] in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


def test_telephone_numbers_are_those_kept_for_drama() -> None:
    """Nobody's telephone rings."""
    for one in MANY:
        if one.phone:
            assert re.fullmatch(r"07700 900[0-9]{3}|020 7946 0[0-9]{3}", one.phone)


def test_e_mail_addresses_lead_nowhere_and_are_plain() -> None:
    """They are at example.org and hold no letter that a college's return refuses."""
    for one in MANY:
        if one.email:
            assert re.fullmatch(r"[a-z]+\.[a-z]+[0-9]+@example\.org", one.email)


def test_addresses_are_in_a_real_borough_and_at_no_real_door() -> None:
    """Borough and district belong together; the postcode's end marks it as made up."""
    for one in MANY:
        place = one.place
        if place.borough is None:
            assert (place.postcode, place.address) == (UNKNOWN_POSTCODE, ())
        else:
            assert place.district in DISTRICTS[place.borough]
            assert re.fullmatch(rf"{place.district} [1-9]ZZ", place.postcode)
            assert borough_of(place.postcode) == place.borough


def test_boroughs_share_no_district() -> None:
    """A postcode of the demo leads back to one borough; the unknown one to none."""
    districts = [one for several in DISTRICTS.values() for one in several]

    assert len(DISTRICTS) == 32
    assert len(set(districts)) == len(districts)
    assert borough_of(UNKNOWN_POSTCODE) is None


def test_everybody_may_take_an_adult_course() -> None:
    """Adult funding is for those who are 19 on 31 August of the teaching year."""
    assert max(one.date_of_birth for one in MANY) <= date(2006, 8, 31)
    assert min(one.date_of_birth for one in MANY) >= date(1959, 1, 1)


def test_names_include_the_ones_that_break_systems() -> None:
    """Accents, apostrophes, hyphens and spaces are among them, digits and quotes are not."""
    listed = (*names.WOMEN, *names.MEN, *names.FAMILY)

    for mark in ("é", "ë", "'", "-", " "):
        assert any(mark in name for name in listed), mark
    assert all(re.fullmatch(r"[^0-9\t|\"]{2,40}", name) and name == name.strip() for name in listed)
    for several in (names.WOMEN, names.MEN, names.FAMILY):
        assert len(set(several)) == len(several)


def test_shares_are_those_of_a_real_caseload() -> None:
    """Most look for work, some lack a number, few lack an address."""
    assert 0.55 < share([one.circumstances.employment_status == 11 for one in MANY]) < 0.73
    assert 0.03 < share([one.uln is None for one in MANY]) < 0.10
    assert 0.08 < share([one.ni_number is None for one in MANY]) < 0.16
    assert 0.005 < share([one.place.borough is None for one in MANY]) < 0.05
    assert 0.2 < share([one.circumstances.has_condition == 1 for one in MANY]) < 0.33
    assert 0.02 < share([one.circumstances.justice for one in MANY]) < 0.11


def test_what_belongs_together_fits_together() -> None:
    """Hours and length of work are of the employed; a length without work is of the others."""
    for one in MANY:
        has = one.circumstances
        is_employed = has.employment_status == 10
        assert (has.hours_code is not None) == is_employed
        assert (has.employed_for is not None) == is_employed
        assert (has.unemployed_for is not None) == (has.employment_status in {11, 12})
        assert (has.condition is not None) == (has.has_condition == 1)
        assert not (is_employed and has.benefit)


def test_a_printed_person_shows_nothing() -> None:
    """A person in a log line is a class's name: the habit is kept even for made-up people."""
    assert MANY[0].family_name not in repr(MANY[0])
    assert MANY[0].family_name not in str(MANY[0])


@pytest.mark.parametrize("person", MANY[:60], ids=lambda one: str(one.number))
def test_every_block_can_be_built(person: Person) -> None:
    """The schemas accept what any of them would tell."""
    assert contact(person).email == person.email
    assert background(person, date(2026, 1, 5)).employment_status
    assert needs(person).goals
    assert health(person).has_condition == person.circumstances.has_condition
    assert equality(person).sex == person.sex
    assert (area(person) is None) == (person.place.borough is None)
    assert (money(person) is None) == (person.circumstances.benefit is None)


@pytest.mark.parametrize("count", [-1, 1_000_000])
def test_refuses_a_number_of_people_that_cannot_be(count: int) -> None:
    """There are fewer than a million different numbers of each kind."""
    with pytest.raises(ValueError, match="there can be"):
        people(count)
