from collections import Counter
from datetime import date

import pytest

from consent_ledger.matching.blocking import (
    DIGEST_BYTES,
    FEW_PEOPLE,
    MOST_HOLDERS,
    Kind,
    are_enough,
    blocking_digests,
    is_enough,
    matching_key,
)
from consent_ledger.matching.candidate_pairs import candidate_pairs
from consent_ledger.matching.names import person_name
from consent_ledger.matching.reading import read
from consent_ledger.matching.traits import Address, Birth, Traits
from schemas.blocks import Contact, Identity

KEY = matching_key(bytes(32))
TODAY = date(2026, 11, 29)
BORN = date(1991, 3, 14)


def person(given: str | None, family: str | None, born: date | None = BORN) -> Traits:
    """Return a person of a name and birthday."""
    identity = Identity(given_names=given, family_name=family, date_of_birth=born)
    return read(identity, today=TODAY).traits


ADA = person("Ada", "Nwosu")


@pytest.mark.parametrize(
    "other",
    [
        person("Ada", "Nwosou"),
        person("Nwosu", "Ada"),
        person("Adah Chidinma", "Nwosu"),
        person("Ada", "Nwosu-Bell"),
        person("Ada", "Bell"),
        person("Ada", "Nwosu", date(1991, 4, 13)),
        person("Ada", "Nwosu", date(1919, 3, 14)),
        person("Ada", "Nwosu", date(1991, 1, 1)),
        person("Ada", "Nwosu", None),
        person("Ada", None),
    ],
)
def test_whoever_may_be_the_same_shares_a_digest(other: Traits) -> None:
    """A typing error, a swap, another family name, a date in part: one of them is left."""
    assert blocking_digests(ADA, KEY) & blocking_digests(other, KEY)


def test_a_short_form_is_found_by_the_whole_name() -> None:
    """Bill is William."""
    short, whole = person("Bill", "Okafor"), person("William", "Okafor")

    assert Kind.NAMES in {
        one.kind for one in blocking_digests(short, KEY) & blocking_digests(whole, KEY)
    }


def test_people_of_other_names_and_birthdays_share_nothing() -> None:
    """They are never compared."""
    other = person("Grzegorz", "Wojcik", date(1974, 8, 2))

    assert not blocking_digests(ADA, KEY) & blocking_digests(other, KEY)


def test_a_digest_tells_nothing_without_the_key() -> None:
    """Another key gives other digests, and all have one length."""
    other = blocking_digests(ADA, matching_key(b"another"))

    assert not blocking_digests(ADA, KEY) & other
    assert {len(digest.value) for digest in other} == {DIGEST_BYTES}


def test_no_digest_is_of_a_name_alone() -> None:
    """The commonest would be known by how often its digest occurs."""
    assert blocking_digests(person("Ada", None, None), KEY) == frozenset()
    assert blocking_digests(person(None, "Nwosu", None), KEY) == frozenset()
    assert blocking_digests(Traits(births=(Birth(1991),)), KEY) == frozenset()


def test_every_contact_and_number_finds_a_person() -> None:
    """Each kind is made of what it is named for."""
    contact = Contact(
        postcode="E1 6AN",
        address=("12 Mare Street",),
        phone="07700 900123",
        email="ada@example.org",
    )
    identity = Identity(
        given_names="Ada",
        family_name="Nwosu",
        date_of_birth=BORN,
        uln="1000000000",
        ni_number="AB123456C",
    )

    digests = blocking_digests(read(identity, contact, today=TODAY).traits, KEY)

    assert {digest.kind for digest in digests} == set(Kind)


def test_what_many_hold_is_not_enough_by_itself() -> None:
    """An office's telephone, the names of a thousand people."""
    assert is_enough(Kind.PHONE, 3, FEW_PEOPLE)
    assert not is_enough(Kind.PHONE, 1_000, FEW_PEOPLE)
    assert is_enough(Kind.NAMES, 3, FEW_PEOPLE)
    assert not is_enough(Kind.NAMES, 100, FEW_PEOPLE)


def test_a_birthday_alone_is_enough_among_few_people_alone() -> None:
    """Among many a stranger has it too; who is called as nobody else is found among any."""
    assert is_enough(Kind.BIRTH, 1, FEW_PEOPLE)
    assert not is_enough(Kind.BIRTH, 1, FEW_PEOPLE + 1)
    assert is_enough(Kind.NAMES, 1, FEW_PEOPLE + 1)


def test_one_name_and_two_parts_of_a_birthday_are_never_enough_alone() -> None:
    """They count beside another digest."""
    assert not is_enough(Kind.NAME_MONTH_DAY, 1, 1)
    assert are_enough({Kind.NAME_MONTH_DAY, Kind.BIRTH})


def test_what_very_many_hold_says_nothing_beside_another_digest_either() -> None:
    """Of namesakes in one house so many are compared, and of more nobody is."""
    name = person_name("Amina", "Khan")
    assert name is not None
    alike = Traits(names=(name,), addresses=(Address("1", "highroad", ""),))

    compared = Counter(later for _, later in candidate_pairs([alike] * (MOST_HOLDERS + 3), KEY))

    assert compared[MOST_HOLDERS] == MOST_HOLDERS
    assert compared[MOST_HOLDERS + 1] == 0


def test_two_kinds_of_digest_are_enough_unless_they_say_the_same() -> None:
    """Both names by sound and by letters are shared by all who are called so."""
    assert are_enough({Kind.NAMES, Kind.BIRTH})
    assert not are_enough({Kind.NAMES, Kind.NAMES_LETTERS})
    assert not are_enough({Kind.BIRTH})


def test_a_month_or_a_day_adds_too_little_to_both_names() -> None:
    """Nor does a name to street and house; a third that is of something else does."""
    of_names = {Kind.NAMES, Kind.NAMES_LETTERS, Kind.NAMES_MONTH, Kind.NAMES_DAY}
    of_a_street = {Kind.STREET, Kind.STREET_NAME}

    assert not are_enough(of_names)
    assert not are_enough(of_a_street)
    assert are_enough(of_names | of_a_street)
    assert are_enough({Kind.NAMES_DAY, Kind.NAME_MONTH_DAY})
