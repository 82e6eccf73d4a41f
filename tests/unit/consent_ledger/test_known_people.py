"""Who is known, who is asked about and who is new, through the register. Also of mutants."""

from dataclasses import replace
from datetime import date

import pytest

from consent_ledger.consent.changes import Merge
from consent_ledger.consent.consent import apply
from consent_ledger.matching.reading import NO_CONTACT
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.asked import PEOPLE
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.told import IdentityError
from schemas.blocks import Contact, Identity
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber
from tests.support.desk import BOROUGH, COLLEGE, Desk, desk

BORN = date(1991, 3, 14)
LIVES = Contact(postcode="E8 3RH", address=("12 Mare Street",), phone="07700 900123")
ULN = "1000000000"


def somebody(
    given: str | None = "Adaeze",
    family: str | None = "Nwosu",
    born: date | None = BORN,
    uln: str | None = None,
    ni: str | None = None,
) -> Identity:
    """Return who somebody is."""
    return Identity(
        given_names=given, family_name=family, date_of_birth=born, uln=uln, ni_number=ni
    )


def other_number(found: RegisteredPerson | PossibleMatches, number: PassportNumber) -> bool:
    """Tell whether somebody was given another number, without a question."""
    return isinstance(found, RegisteredPerson) and found.participant_id != number


def is_asked(found: RegisteredPerson | PossibleMatches, number: PassportNumber) -> bool:
    """Tell whether the door is asked about this person."""
    return isinstance(found, PossibleMatches) and number in found.candidates


@pytest.mark.parametrize(
    "again",
    [
        somebody(family="Nwosou"),
        somebody(given="Adaeze Grace"),
        somebody(born=date(1991, 4, 13)),
        somebody(born=date(1991, 3, 15)),
        somebody(given="Nwosu", family="Adaeze"),
        somebody(given="Ada\u00e9ze"),
        somebody(family="O\u2019Nwosu"),
    ],
    ids=[
        *("a letter more", "a middle name", "day and month swapped", "one digit wrong"),
        *("names swapped", "an accent", "an apostrophe"),
    ],
)
@pytest.mark.parametrize("contact", [NO_CONTACT, LIVES], ids=["names alone", "and where they live"])
def test_no_typing_error_gives_a_second_number_silently(again: Identity, contact: Contact) -> None:
    """Whoever may be known is asked about, or is given the number that is theirs."""
    with desk() as made:
        number = made.known(somebody(), contact)

        assert not other_number(made.ask(COLLEGE, identity=again, contact=contact), number)


def test_day_and_month_swapped_is_found_where_both_can_be_months() -> None:
    """3 April and 4 March."""
    with desk() as made:
        number = made.known(somebody(born=date(1991, 3, 4)))

        found = made.ask(COLLEGE, identity=somebody(born=date(1991, 4, 3)))

        assert not other_number(found, number)


@pytest.mark.parametrize(
    ("given", "family", "other_given", "other_family"),
    [
        ("\u0141ukasz", "Wi\u015bniewski", "Lukasz", "Wisniewski"),
        ("S\u00f8ren", "Kj\u00e6r", "Soren", "Kjaer"),
        (
            "\u0410\u043b\u0435\u043a\u0441\u0435\u0439",
            "\u0418\u0432\u0430\u043d\u043e\u0432",
            "Aleksey",
            "Ivanov",
        ),
    ],
)
def test_a_name_in_other_letters_is_the_same_name(
    given: str, family: str, other_given: str, other_family: str
) -> None:
    """Each was a second passport."""
    with desk() as made:
        number = made.known(somebody(given, family))

        found = made.ask(COLLEGE, identity=somebody(other_given, other_family))

        assert not other_number(found, number)


def test_two_unlike_names_of_one_script_are_two_people() -> None:
    """Born on different days; they were called a possible match."""
    with desk() as made:
        number = made.known(somebody("\u738b\u4f1f", "\u674e"))

        found = made.ask(COLLEGE, identity=somebody("\u5f20\u654f", "\u9648", date(1987, 7, 2)))

        assert other_number(found, number)


def test_a_name_of_symbols_alone_is_no_name() -> None:
    """Two who wrote dashes and stars are not one person, and are told what was left out."""
    with desk() as made:
        number = made.known(somebody("--", "--", None))

        found = made.ask(COLLEGE, identity=somebody("***", "***", None))

        assert other_number(found, number)
        assert isinstance(found, RegisteredPerson)
        assert [doubt.field for doubt in found.doubts] == ["family_name"]


@pytest.mark.parametrize(
    "again",
    [
        somebody(given="Chioma"),
        somebody(born=date(1961, 8, 30)),
        somebody("Bilal", "Okafor", date(1984, 5, 26), uln=ULN),
        somebody(uln="2000000001", ni="AA999999D"),
    ],
    ids=["twins", "father and son", "another person's learner number", "other numbers"],
)
def test_who_is_somebody_else_is_never_joined_silently(again: Identity) -> None:
    """They live together, or somebody typed a number that is another's."""
    with desk() as made:
        number = made.known(somebody(uln=ULN, ni="AB123456C"), LIVES)

        found = made.ask(COLLEGE, identity=again, contact=LIVES)

        assert is_asked(found, number) or other_number(found, number)


def test_a_learner_number_with_another_name_and_birthday_asks() -> None:
    """One of the two typed it wrongly, and nobody knows which: also among a million people."""
    with desk() as made:
        number = made.known(somebody(uln=ULN))
        made.ground.database.counted_values[PEOPLE] = 1_000_000

        found = made.ask(COLLEGE, identity=somebody("Bilal", "Okafor", date(1984, 5, 26), uln=ULN))

        assert is_asked(found, number)


def test_who_shares_a_number_with_somebody_else_is_asked_about_both() -> None:
    """All agrees with the one, and the other has the number, too: two typed one number."""
    with desk() as made:
        ada = made.known(somebody(uln=ULN), LIVES)
        bilal = made.known(somebody("Bilal", "Okafor", date(1984, 5, 26), uln=ULN))
        made.ground.database.counted_values[PEOPLE] = 1_000_000

        found = made.ask(COLLEGE, identity=somebody(uln=ULN), contact=LIVES)

        assert is_asked(found, ada)
        assert is_asked(found, bilal)


def test_a_number_that_somebody_else_brings_is_asked_about() -> None:
    """A mother's card: the same name and home, and another birthday; it is not linked."""
    daughter = somebody(born=date(2013, 6, 9))
    with desk() as made:
        number = made.known(somebody(), LIVES)

        found = made.ask(COLLEGE, identity=daughter, contact=LIVES, reference="7", carried=number)

        assert is_asked(found, number)
        assert not made.ground.database.references


def test_two_who_are_alike_are_both_asked_about() -> None:
    """Nobody is as good as certainly the one, where the other is as likely."""
    with desk() as made:
        first, second = made.known(somebody(uln=ULN)), made.known(somebody(uln=ULN))

        found = made.ask(COLLEGE, identity=somebody(uln=ULN))

        assert is_asked(found, first)
        assert is_asked(found, second)


def test_an_earlier_name_is_kept() -> None:
    """Who married is found by either name, once a door with the card has told the new one."""
    before, after = somebody(), somebody(family="Castellano")
    with desk() as made:
        number = made.known(before, LIVES)
        assert made.ask(COLLEGE, identity=before, contact=LIVES, reference="7") == RegisteredPerson(
            number, is_new=True
        )
        with made.ground.begin() as tx:
            made.register.link(tx, COLLEGE, "7", number, identity=after, contact=LIVES)

        for told in (before, after):
            assert not other_number(made.ask(BOROUGH, identity=told, contact=LIVES), number)
        assert len(made.ground.database.kept_identities) == 2


def test_who_was_registered_without_a_birthday_and_comes_with_it_is_one_person() -> None:
    """By the provider's own reference; from then on the birthday is compared, too."""
    with desk() as made:
        first = made.ask(BOROUGH, identity=somebody(born=None, uln=ULN), reference="7")
        assert isinstance(first, RegisteredPerson)
        made.ask(BOROUGH, identity=somebody(uln=ULN), reference="7")

        found = made.ask(COLLEGE, identity=somebody(uln=ULN))

        assert isinstance(found, RegisteredPerson)
        assert found.participant_id == first.participant_id


def test_a_reference_of_somebody_of_another_name_and_birthday_is_asked_about() -> None:
    """A row slipped, or the reference is another person's now: nothing is joined silently."""
    other = somebody("Bilal", "Okafor", date(1984, 5, 26))
    with desk() as made:
        first = made.ask(BOROUGH, identity=somebody(), reference="7")
        assert isinstance(first, RegisteredPerson)
        number = first.participant_id
        asked = made.ask(BOROUGH, identity=other, reference="7")
        new = made.ask(BOROUGH, identity=other, reference="7", is_new=True)

        for question in (asked, new):
            assert isinstance(question, PossibleMatches)
            assert question.candidates == (number,)
            assert "another date of birth" in question.reasons
        assert made.ask(BOROUGH, identity=somebody(), reference="7") == replace(first, is_new=False)
        # the card that the person has, or their consent, is the answer; then it is asked no more
        brought = made.ask(BOROUGH, identity=other, reference="7", carried=number)
        assert brought == RegisteredPerson(number, is_new=False)
        assert made.ask(BOROUGH, identity=other, reference="7") == brought


def test_the_card_of_whom_the_question_is_about_answers_it() -> None:
    """Though a name or a birthday differs, for which it was asked; nobody else's card does."""
    typed = somebody("Ducan", "Macleish", date(1979, 2, 19))
    with desk() as made:
        number = made.known(somebody("Duncan", "Macleish", date(1979, 2, 19)))
        other = made.known(somebody("Bilal", "Okafor", date(1984, 5, 26)))
        assert is_asked(made.ask(COLLEGE, identity=typed), number)

        for carried in (number, other):
            assert is_asked(made.ask(COLLEGE, identity=typed, carried=carried), carried)
        theirs = made.ask(COLLEGE, identity=typed, carried=number, has_consent=True)
        another_s = made.ask(COLLEGE, identity=typed, carried=other, has_consent=True)

        assert theirs == RegisteredPerson(number, is_new=False)
        assert is_asked(another_s, other)


def test_of_whom_nothing_is_known_nothing_is_held_against_who_brings_the_number() -> None:
    """Though all that is told of a birthday is its year: it is kept, and they are found by it."""
    of_a_year = somebody(born=date(1991, 1, 1))
    with desk() as made:
        number = made.known(Identity())

        brought = made.ask(COLLEGE, identity=of_a_year, carried=number)

        assert isinstance(brought, RegisteredPerson)
        assert (brought.participant_id, brought.is_new) == (number, False)
        assert is_asked(made.ask(BOROUGH, identity=of_a_year, contact=LIVES), number)


def test_by_consent_a_reference_is_whose_it_was_also_when_their_number_is_merged() -> None:
    """The number that it is linked to stays the one that is told."""
    other = somebody("Bilal", "Okafor", date(1984, 5, 26))
    with desk() as made:
        first = made.ask(BOROUGH, identity=somebody(), reference="7")
        assert isinstance(first, RegisteredPerson)
        into = made.known(somebody("Kofi", "Boateng", date(1970, 2, 3)))
        merge(made, first.participant_id, into)

        found = made.ask(BOROUGH, identity=other, reference="7", has_consent=True)

        assert found == RegisteredPerson(first.participant_id, is_new=False)


@pytest.mark.parametrize("reference", [" ", "\t", "case\u200b1", "case\x001", "\ufeff"])
def test_a_reference_that_cannot_be_seen_is_refused(reference: str) -> None:
    """Two people had one such reference, and were one; or one had two."""
    with desk() as made, pytest.raises(MalformedError, match="reference: it must have characters"):
        made.ask(BOROUGH, identity=somebody(), reference=reference)


def test_a_reference_that_is_another_person_s_now_tells_nothing_of_the_first() -> None:
    """The number is the reference's, as ever; who comes elsewhere is not joined to it."""
    other = somebody(born=date(1984, 5, 26))
    with desk() as made:
        first = made.ask(BOROUGH, identity=somebody(), reference="7")
        again = made.ask(BOROUGH, identity=other, reference="7")
        assert isinstance(first, RegisteredPerson)
        assert isinstance(again, RegisteredPerson)
        assert again.participant_id == first.participant_id

        assert other_number(made.ask(COLLEGE, identity=other), first.participant_id)


def test_who_is_known_sees_it_and_the_door_does_not() -> None:
    """The answer is the one for somebody new, with a number that is not."""
    with desk() as made:
        number = made.known(somebody(uln=ULN), LIVES)

        found = made.ask(COLLEGE, identity=somebody(uln=ULN), contact=LIVES)

        assert found == RegisteredPerson(number, is_new=True)
        assert made.look_ups() == [(COLLEGE, number, Reply.KNOWN)]


def test_a_merged_person_is_one_candidate_with_all_that_is_known_of_both() -> None:
    """One number has the name, the other the learner number."""
    with desk() as made:
        shown = made.known(somebody())
        other = made.known(somebody(None, None, None, uln=ULN))
        merge(made, other, shown)

        found = made.ask(COLLEGE, identity=somebody(uln=ULN))

        assert found == RegisteredPerson(shown, is_new=True)


def merge(made: Desk, number: PassportNumber, into: PassportNumber) -> None:
    """Merge two numbers."""
    with made.ground.begin() as tx:
        apply(tx, Merge(number=number, into=into))


@pytest.mark.parametrize(
    ("identity", "problem"),
    [
        (somebody(born=date(2031, 1, 2)), "date_of_birth: is in the future"),
        (somebody(born=date(1, 1, 1)), "date_of_birth: is before 1900"),
        (somebody(uln="1000000001"), "uln: has a wrong check digit"),
        (somebody(uln="0000000000"), "uln: has a wrong check digit"),
        (somebody(given="Ada\0"), "given_names: holds a control character"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field_and_the_reason(
    identity: Identity, problem: str
) -> None:
    """And nothing of it is kept."""
    with desk() as made:
        with pytest.raises(IdentityError) as refused:
            made.ask(COLLEGE, identity=identity)

        assert refused.value.problems == (problem,)
        assert not made.ground.database.participants


def test_of_an_erased_person_no_digest_no_identity_and_no_count_is_left() -> None:
    """Whatever doors told of them, under all of their numbers; what others share stays counted."""
    with desk() as made:
        other = made.known(somebody("Bilal", "Okafor", date(1984, 5, 26)), LIVES)
        before = dict(made.ground.database.counted_values)
        number = made.known(somebody(uln="9999999999"), Contact(postcode="ZZ99 9ZZ"))
        made.ask(COLLEGE, identity=somebody(given="Adaeze Grace"), contact=LIVES, carried=number)
        merge(made, made.known(somebody(family="Khan"), LIVES), number)
        database = made.ground.database
        assert len(database.kept_identities) == 4

        made.erase(number)

        assert {held for _, held in database.match_keys} == {other}
        assert {held for held, _ in database.kept_identities} == {other}
        assert dict(database.counted_values) == before


def test_the_same_telling_is_kept_and_counted_once() -> None:
    """However often somebody comes to a door."""
    with desk() as made:
        number = made.known(somebody(uln=ULN), LIVES)
        before = dict(made.ground.database.counted_values)

        for provider_id in (COLLEGE, BOROUGH, COLLEGE):
            made.ask(provider_id, identity=somebody(uln=ULN), contact=LIVES)

        assert len(made.ground.database.kept_identities) == 1
        assert dict(made.ground.database.counted_values) == before
        assert {held for _, held in made.ground.database.match_keys} == {number}
