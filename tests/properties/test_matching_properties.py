"""What holds of matching whatever people are called, in whichever script."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.matching.answers import answer
from consent_ledger.matching.blocking import blocking_digests, matching_key
from consent_ledger.matching.comparison import compare
from consent_ledger.matching.frequencies import NOBODY, value_digest, values_counted
from consent_ledger.matching.reading import read
from consent_ledger.matching.spelling import words_of
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import shipped_weights
from schemas.blocks import Contact, Identity

TODAY = date(2026, 11, 29)
KEY, OTHER_KEY = matching_key(b"one hub"), matching_key(b"another hub")
NAMES = st.one_of(
    st.sampled_from(
        [
            *("Ada", "ADA", "Adaeze", "Nwosu", "Nwosou", "De Haro", "O’Connor", "Bill"),
            *("William", "J", "Mohammed Ali", "محمد", "Юлия", "Julia", "王伟", "汪巍"),
            *("Wang Wei", "राहुल", "--", "🙂"),
        ]
    ),
    st.text(min_size=1, max_size=20),
)
IDENTITIES = st.builds(
    Identity,
    given_names=st.none() | NAMES,
    family_name=st.none() | NAMES,
    date_of_birth=st.none() | st.dates(date(1900, 1, 1), TODAY),
    ni_number=st.sampled_from([None, "AB123456C", "AB123465C", "CE654321A"]),
    uln=st.sampled_from([None, "1000000000", "2000000109", "9999999999"]),
)
CONTACTS = st.builds(
    Contact,
    postcode=st.sampled_from([None, "E8 3RH", "e83rh", "E8 3RJ", "ZZ99 9ZZ"]),
    address=st.sampled_from([(), ("12 Mare Street", "Hackney"), ("12a Mare St",)]),
    phone=st.sampled_from([None, "07700 900123", "+44 7700 900123", "07700 900132"]),
    email=st.sampled_from([None, "ada@example.org", "Ada@Example.org"]),
)
PEOPLE = st.builds(
    lambda identity, contact: read(identity, contact, today=TODAY).traits, IDENTITIES, CONTACTS
)
KNOWN_PEOPLE = st.lists(PEOPLE, min_size=1, max_size=3).map(
    lambda parts: parts[0] if len(parts) == 1 else parts[0].and_also(parts[1])
)


def _digests(person: Traits, key: bytes) -> set[bytes]:
    found = {digest.value for digest in blocking_digests(person, key)}
    return found | {value_digest(value, key) for value in values_counted(person)}


@given(KNOWN_PEOPLE, KNOWN_PEOPLE)
def test_comparison_is_symmetric(mine: Traits, other: Traits) -> None:
    """Whoever is registered first, the two are as alike."""
    there, back = compare(mine, other), compare(other, mine)

    assert there == back
    weights = shipped_weights()
    assert weights.score(there, NOBODY, 1000) == weights.score(back, NOBODY, 1000)


@given(st.data(), KNOWN_PEOPLE, st.lists(KNOWN_PEOPLE, max_size=5))
def test_the_order_of_candidates_does_not_matter(
    data: st.DataObject, newcomer: Traits, known: list[Traits]
) -> None:
    """The same answer, the same matches, in the same order."""
    numbered = list(enumerate(known))
    mixed = data.draw(st.permutations(numbered))

    assert answer(newcomer, numbered, NOBODY, 1000) == answer(newcomer, mixed, NOBODY, 1000)


@given(NAMES)
def test_reading_is_idempotent(name: str) -> None:
    """A name in normal form is its own normal form."""
    latin = [word.latin for word in words_of(name)]

    assert [word.latin for word in words_of(" ".join(latin))] == latin


@given(PEOPLE)
def test_no_digest_is_that_of_another_key(person: Traits) -> None:
    """Without the key nothing can be looked for."""
    assert _digests(person, KEY) == _digests(person, KEY)
    assert not _digests(person, KEY) & _digests(person, OTHER_KEY)


@given(PEOPLE)
def test_digests_hold_no_text_of_the_person(person: Traits) -> None:
    """They are bytes of one length, of whatever is known."""
    digests = blocking_digests(person, KEY)

    assert len({len(digest.value) for digest in digests}) <= 1
    for name in person.names:
        for word in (*name.given, *name.family):
            if len(word.latin) > 3:
                assert not any(word.latin.encode() in digest.value for digest in digests)


@given(KNOWN_PEOPLE, KNOWN_PEOPLE)
def test_what_is_known_of_two_is_known_in_either_order(mine: Traits, other: Traits) -> None:
    """The digests of a person do not depend on what came first."""
    there, back = mine.and_also(other), other.and_also(mine)

    assert blocking_digests(there, KEY) == blocking_digests(back, KEY)
    assert compare(there, mine).pattern == compare(back, mine).pattern


@given(KNOWN_PEOPLE, KNOWN_PEOPLE)
def test_whoever_has_more_known_of_them_is_found_by_no_less(mine: Traits, other: Traits) -> None:
    """A new name or address takes away none of the digests there were."""
    assert blocking_digests(mine, KEY) <= blocking_digests(mine.and_also(other), KEY)
