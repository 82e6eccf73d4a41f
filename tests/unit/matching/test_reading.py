from datetime import date

import pytest

from consent_ledger.matching.reading import Doubt, read
from consent_ledger.matching.traits import Birth, Traits
from schemas.blocks import Contact, Identity

TODAY = date(2026, 11, 29)


def traits(**fields: str) -> Traits:
    """Return what is compared of these contact details."""
    return read(Identity(), Contact.model_validate(fields), today=TODAY).traits


def doubts(identity: Identity) -> set[tuple[str, bool]]:
    """Return the fields that are doubtful, and whether each is refused."""
    found = read(identity, today=TODAY).doubts
    return {(doubt.field, doubt.is_refused) for doubt in found if doubt.reason != "is missing"}


def test_a_missing_date_of_birth_is_said_to_be_missing() -> None:
    """Not that it has a wrong form."""
    found = read(Identity(given_names="Ada"), today=TODAY)

    assert found.doubts == (Doubt("date_of_birth", "is missing"),)
    assert found.traits.births == ()


@pytest.mark.parametrize("born", [date(2026, 11, 30), date(1899, 12, 31), date(1, 1, 1)])
def test_a_birthday_that_cannot_be_is_refused(born: date) -> None:
    """In the future, or before 1900."""
    assert doubts(Identity(date_of_birth=born)) == {("date_of_birth", True)}


def test_the_first_of_january_is_a_year() -> None:
    """It is entered where no more is known; that of 1900 where nothing is."""
    year = read(Identity(date_of_birth=date(1988, 1, 1)), today=TODAY)
    nothing = read(Identity(date_of_birth=date(1900, 1, 1)), today=TODAY)

    assert year.traits.births == (Birth(1988),)
    assert nothing.traits.births == ()
    assert len(year.doubts) == len(nothing.doubts) == 1


@pytest.mark.parametrize(
    ("uln", "found"),
    [
        ("1000000000", set()),
        ("9999999999", {("uln", False)}),
        ("0000000000", {("uln", True)}),
        ("1000000007", {("uln", True)}),
    ],
)
def test_a_learner_number_is_checked(uln: str, found: set[tuple[str, bool]]) -> None:
    """By its check digit; the placeholder is taken as absent."""
    assert doubts(Identity(uln=uln)) == found
    assert bool(read(Identity(uln=uln), today=TODAY).traits.ulns) is not bool(found)


@pytest.mark.parametrize(
    "number", ["TN140391F", "QQ123456C", "AO123456C", "GB123456A", "ZZ123456A"]
)
def test_a_national_insurance_number_that_cannot_be_is_absent(number: str) -> None:
    """Temporary ones, and prefixes that were never issued."""
    identity = Identity.model_construct(ni_number=number)

    assert doubts(identity) == {("ni_number", False)}
    assert read(identity, today=TODAY).traits.ni_numbers == ()


def test_the_suffix_of_a_national_insurance_number_does_not_count() -> None:
    """Some know it, some do not."""
    numbers = [Identity(ni_number="AB123456C"), Identity(ni_number="AB123456 ")]

    assert len({read(number, today=TODAY).traits.ni_numbers for number in numbers}) == 1


@pytest.mark.parametrize("text", ["Ad\x00a", "Ad\ta", "Ada\x1b[1m"])
def test_a_control_character_is_refused(text: str) -> None:
    """NUL would end the text in the database, an escape would write to a screen."""
    assert ("given_names", True) in doubts(Identity(given_names=text))


def test_names_of_symbols_alone_are_absent_and_said_so() -> None:
    """Nobody is found by them."""
    assert doubts(Identity(given_names="--", family_name="🙂")) == {("family_name", False)}


def test_no_doubt_tells_a_value() -> None:
    """Errors reach logs and screens."""
    identity = Identity(given_names="Canary\x00", uln="1234567890", date_of_birth=date(1850, 2, 3))
    contact = Contact(phone="canary", email="canary", postcode="ZZ99 9ZZ")

    said = " ".join(doubt.reason for doubt in read(identity, contact, today=TODAY).doubts)

    assert not any(value in said for value in ("anary", "1234567890", "1850", "ZZ99"))


@pytest.mark.parametrize(
    ("field", "written", "other"),
    [
        ("postcode", "e1 6an", "E16AN"),
        ("phone", "+44 (0)20 7946 0123", "020 7946 0123"),
        ("phone", "0044 7700 900123", "07700-900-123"),
        ("email", "Ada@Example.org ", "ada+work@example.org"),
        ("email", "ada@googlemail.com", "ada@gmail.com"),
    ],
)
def test_one_contact_in_two_spellings_is_one(field: str, written: str, other: str) -> None:
    """Spaces, case, the country's code and tags do not count."""
    assert traits(**{field: written}) == traits(**{field: other}) != Traits()


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("postcode", "ZZ99 9ZZ"),
        ("postcode", "--"),
        ("phone", "00000000000"),
        ("phone", "none"),
        ("email", "none"),
        ("email", "@example.org"),
    ],
)
def test_a_contact_that_reaches_nobody_is_absent(field: str, written: str) -> None:
    """Two people who have none have nothing in common."""
    assert traits(**{field: written}) == Traits()


def test_an_address_is_read_however_its_lines_are_broken() -> None:
    """The number may stand on a line of its own."""
    two, three = (
        read(Identity(), Contact(address=lines), today=TODAY).traits.addresses
        for lines in (("12a Mare Street", "Hackney"), ("12A", "Mare Street", "Hackney"))
    )

    assert two == three
    assert [(home.house, home.street, home.place) for home in two] == [
        ("12a", "marestreet", "hackney")
    ]


def test_all_that_is_known_of_a_person_is_kept_once() -> None:
    """An earlier name, another provider's spelling."""
    ada = read(Identity(family_name="Nwosu"), today=TODAY).traits
    later = read(Identity(family_name="Bell"), today=TODAY).traits

    assert len(ada.and_also(later).names) == 2
    assert ada.and_also(ada) == ada
