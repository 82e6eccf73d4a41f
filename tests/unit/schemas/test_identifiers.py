import re
import uuid

import pytest

from schemas.derivation import derived_event_id, derived_token
from schemas.errors import MalformedError
from schemas.identifiers import (
    ALPHABET,
    PassportNumber,
    is_event_id,
    is_passport_number,
    is_provider_id,
    is_referral_ref,
    is_service_id,
    new_passport_number,
    new_referral_ref,
    numbers_in,
    passport_number,
)
from tests.support.bus_settings import PEPPER

SAMPLES = 200


def printed(bare: str) -> str:
    """Return nine characters in a passport number's form."""
    return f"NWD-{bare[:4]}-{bare[4:8]}-{bare[8]}"


def bare(number: PassportNumber) -> str:
    """Return a passport number's nine characters."""
    return number.removeprefix("NWD-").replace("-", "")


def swaps(text: str) -> set[str]:
    """Return the text with two different neighbours swapped, at each place."""
    swapped = {text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1)}
    return swapped - {text}


def test_new_numbers_are_valid_random_and_in_one_form() -> None:
    """They hold letters and digits that nobody misreads, and no two are alike."""
    numbers = {new_passport_number() for _ in range(SAMPLES)}

    assert len(numbers) == SAMPLES
    for number in numbers:
        assert re.fullmatch(r"NWD-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", number)
        assert set(bare(number)) <= set(ALPHABET)
        assert is_passport_number(number)
        assert passport_number(number) == number


def test_new_referral_references_fit_the_ilr() -> None:
    """ProvSpecLearnMon takes 20 characters; a reference has 11, A to Z and 0 to 9."""
    references = {new_referral_ref() for _ in range(SAMPLES)}

    assert len(references) == SAMPLES
    for reference in references:
        assert re.fullmatch(r"R[0-9A-Z]{10}", reference)
        assert is_referral_ref(reference)


def test_one_wrong_character_is_always_found() -> None:
    """At every place, with every character of the alphabet."""
    for _ in range(SAMPLES):
        right = bare(new_passport_number())
        for at in range(9):
            for wrong in ALPHABET.replace(right[at], ""):
                assert not is_passport_number(printed(right[:at] + wrong + right[at + 1 :]))


def test_two_swapped_neighbours_are_always_found() -> None:
    """The check character and the one before it are neighbours too."""
    for _ in range(SAMPLES * 10):
        for swapped in swaps(bare(new_passport_number())):
            assert not is_passport_number(printed(swapped))


def test_a_reference_finds_the_same_slips() -> None:
    """One wrong character, and two swapped, in a referral reference."""
    for _ in range(SAMPLES):
        right = new_referral_ref()
        slips = swaps(right)
        for at in range(1, 11):
            slips |= {right[:at] + wrong + right[at + 1 :] for wrong in ALPHABET} - {right}
        assert not any(map(is_referral_ref, slips))


@pytest.mark.parametrize(
    "typed",
    [
        "NWD-SAMP-1E00-9",
        "nwd-samp-1e00-9",
        "  NWD SAMP 1E00 9\n",
        "SAMP1E009",
        "samp-1e00-9",
        "NWDSAMP1E009",
        "NWD-SAMP-IE00-9",
        "nwd-samp-leoo-9",
        "NWD-SAMP-1EO0-9",
    ],
)
def test_a_number_is_taken_as_people_type_it(typed: str) -> None:
    """Case, spaces and hyphens do not matter, nor do I, L and O for 1, 1 and 0."""
    assert passport_number(typed) == "NWD-SAMP-1E00-9"


def test_a_number_that_begins_like_the_prefix_may_be_typed_without_it() -> None:
    """NWD are characters that a number may have itself."""
    candidates = (f"NWD1234{a}{b}" for a in ALPHABET for b in ALPHABET)
    number = next(one for one in candidates if is_passport_number(printed(one)))

    assert passport_number(number) == passport_number(printed(number)) == printed(number)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "NWD",
        "NWD-SAMP-1E00",
        "NWD-SAMP-1E00-8",
        "NWD-SAMP-1E00-99",
        "AB123456C",
        "NWD-SAMP-1U00-9",
    ],
)
def test_what_is_no_passport_number_is_refused_without_being_repeated(typed: str) -> None:
    """Somebody may have typed another number of theirs: it is in no message."""
    with pytest.raises(MalformedError) as refused:
        passport_number(typed)

    assert not typed or typed == "NWD" or typed not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "nwd-samp-1e00-9",
        "SAMP1E009",
        "NWD-SAMP-1E00-9\n",
        "NWD-SAMP-IE00-9",
        "NWD-\uff33AMP-1E00-9",
    ],
)
def test_events_carry_the_printed_form_alone(text: str) -> None:
    """One form everywhere, so that one person has one key."""
    assert not is_passport_number(text)


def test_a_check_that_is_never_issued_is_never_taken() -> None:
    """Whatever the nine characters, a valid number has none outside the alphabet."""
    for outside in "ILOU*~$=":
        for first in ALPHABET:
            for second in ALPHABET:
                assert not is_passport_number(f"NWD-SAMP-1E{first}{second}-{outside}")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("college-c", True),
        ("a", True),
        ("a1-b2-c3", True),
        ("x" * 31, True),
        ("x" * 32, False),
        ("", False),
        ("College-c", False),
        ("1college", False),
        ("college-", False),
        ("college--c", False),
        ("college.c", False),
        ("college_c", False),
        ("college-c\n", False),
        ("colégé", False),
    ],
)
def test_a_provider_s_slug(text: str, is_one: bool) -> None:  # noqa: FBT001 - the expectation
    """It becomes part of a topic's name, so it has few characters."""
    assert is_provider_id(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("college-c.adult-skills", True),
        ("college-c.16-to-19", True),
        ("college-c", False),
        ("college-c.", False),
        (".adult-skills", False),
        ("college-c.Adult", False),
        ("college-c.adult.skills", False),
        ("college-c.adult-skills\n", False),
        ("college-c.adult\x00", False),
        ("college-c." + "x" * 61, True),
        ("college-c." + "x" * 62, False),
    ],
)
def test_a_service_s_id(text: str, is_one: bool) -> None:  # noqa: FBT001 - the expectation
    """It stands in an indexed column: short, and without a character that it cannot hold."""
    assert is_service_id(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("6f9619ff-8b86-4d01-b42d-00cf4fc964ff", True),
        ("6F9619FF-8B86-4D01-B42D-00CF4FC964FF", False),
        ("6f9619ff8b864d01b42d00cf4fc964ff", False),
        ("{6f9619ff-8b86-4d01-b42d-00cf4fc964ff}", False),
        ("6f9619ff-8b86-4d01-b42d-00cf4fc964ff\n", False),
        ("learner-4711", False),
        ("", False),
    ],
)
def test_an_event_id(text: str, is_one: bool) -> None:  # noqa: FBT001 - the expectation
    """A UUID in its one lower-case form, which cannot say who somebody is."""
    assert is_event_id(text) is is_one


def test_a_derived_event_id_is_the_same_each_time_and_a_uuid() -> None:
    """An upload made again finds its own events."""
    one = derived_event_id(PEPPER, "college-c", "learner-4711", "aim-1")

    assert one == derived_event_id(PEPPER, "college-c", "learner-4711", "aim-1")
    assert is_event_id(one)
    assert uuid.UUID(one).version == 8
    assert uuid.UUID(one).variant == uuid.RFC_4122


@pytest.mark.parametrize(
    "other",
    [
        ("college-c", "learner-4711", "aim-2"),
        ("college-c", "learner-4711aim-1"),
        ("college-c", "learner-4711", "aim-1", ""),
        ("college-c", "learner-4711\x1faim-1"),
        ("college-clearner-4711", "aim-1"),
        ("college-c", "", "learner-4711", "aim-1"),
    ],
)
def test_another_source_key_gives_another_event_id(other: tuple[str, ...]) -> None:
    """However the same characters are shared out over its parts."""
    assert derived_event_id(PEPPER, *other) != derived_event_id(
        PEPPER, "college-c", "learner-4711", "aim-1"
    )


def test_another_pepper_or_purpose_gives_another_token() -> None:
    """Nobody without the pepper can confirm a guess, and no token serves two purposes."""
    tokens = {
        derived_token(pepper, purpose, "learner-4711")
        for pepper in (PEPPER, b"another")
        for purpose in ("event", "match", "reference")
    }

    assert len(tokens) == 6
    assert {len(token) for token in tokens} == {32}


def test_every_passport_number_in_bytes_is_found_and_nothing_else() -> None:
    """With its prefix, in whatever way it is written; a slip of typing is no number."""
    number, other = new_passport_number(), new_passport_number()
    typed = other.lower().replace("-", "")
    data = f"\x00{number}\x02 {typed}, NWD-SAMP-1E00-8 NWD NWD-".encode() + b"\xff"

    assert numbers_in(data) == {number, other}
    assert numbers_in(b"") == set()
