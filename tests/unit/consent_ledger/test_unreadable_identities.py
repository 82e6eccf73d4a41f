"""Who may be somebody of whom what is kept cannot be opened: a question of one. Also of mutants."""

from collections.abc import Callable
from datetime import date

import pytest

from consent_ledger.register.answered import Answered, RegisteredPerson
from consent_ledger.register.asked import Registrant
from consent_ledger.register.dry_run import TrialRegister
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.passport_numbers import RegisterError
from schemas.blocks import Contact, Identity
from schemas.identifiers import PassportNumber
from tests.support.desk import BOROUGH, COLLEGE, Desk, desk

ADA = Identity(given_names="Adaeze", family_name="Nwosu", date_of_birth=date(1991, 3, 14))
BEN = Identity(given_names="Bilal", family_name="Okafor", date_of_birth=date(1984, 5, 26))
IDA = Identity(given_names="Ida", family_name="Larsen", date_of_birth=date(1979, 11, 2))
LIVES = Contact(postcode="E8 3RH", phone="07700 900123")


Spoil = Callable[[Desk, PassportNumber], None]


def altered(made: Desk, number: PassportNumber) -> None:
    """Alter what is kept of a number, so that it does not open."""
    kept = made.ground.database.kept_identities
    for place in [place for place in kept if place[0] == number]:
        kept[place] = kept[place][:-1] + bytes([kept[place][-1] ^ 1])


def under_another_key(made: Desk, number: PassportNumber) -> None:
    """Seal the person's key as another number's, so that it opens no more."""
    made.ground.database.keys[number] = made.vault.new_key("another")


def answers(made: Desk, *who: Registrant, is_trial: bool = False) -> list[Answered]:
    """Register a set at the college's door."""
    register = TrialRegister(made.register) if is_trial else made.register
    with made.ground.begin() as tx:
        return register.register_all(tx, COLLEGE, who)


def ask_in_a_set(spoil: Spoil, *, is_trial: bool) -> None:
    """Let two come in one set with somebody who may be one of whom nothing can be opened."""
    with desk() as made:
        number, ben = made.known(ADA, LIVES), made.known(BEN)
        spoil(made, number)

        of_ida, of_ada, of_ben = answers(
            made, Registrant(IDA), Registrant(ADA, LIVES, "7"), Registrant(BEN), is_trial=is_trial
        )

        assert isinstance(of_ada, PossibleMatches)
        assert of_ada.candidates == (number,)
        assert of_ada.reasons == ("what is kept of somebody who may be the same cannot be opened",)
        assert isinstance(of_ida, RegisteredPerson)
        assert of_ben == RegisteredPerson(ben, is_new=True)
        assert (COLLEGE, number, Reply.POSSIBLE_MATCH) in made.look_ups()
        assert not made.ground.database.references


def test_it_is_a_question_of_one_and_the_others_of_the_set_go_through() -> None:
    """A set of 500 failed whole; nobody is taken for new because they could not be compared."""
    ask_in_a_set(altered, is_trial=False)


@pytest.mark.parametrize("spoil", [altered, under_another_key])
def test_a_dry_run_says_so_whatever_it_is_that_does_not_open(spoil: Spoil) -> None:
    """What was told, or the person's key."""
    ask_in_a_set(spoil, is_trial=True)
    ask_in_a_set(spoil, is_trial=False)


def test_consent_does_not_say_that_it_is_somebody_who_was_not_compared() -> None:
    """They share two digests, and nobody knows what else."""
    with desk() as made:
        number = made.known(ADA, LIVES)
        altered(made, number)

        found = made.ask(COLLEGE, identity=ADA, contact=LIVES, has_consent=True)

        assert isinstance(found, PossibleMatches)


def test_a_number_that_is_brought_is_a_question_and_an_answer_is_refused() -> None:
    """Nothing shows whether it is theirs; nothing of it is written."""
    with desk() as made:
        number = made.known(ADA, LIVES)
        altered(made, number)

        (carried,) = answers(made, Registrant(ADA, reference="7", carried=number))
        (answered,) = answers(made, Registrant(ADA, reference="7", same_as=number))

        assert isinstance(carried, PossibleMatches)
        assert isinstance(answered, RegisterError)
        assert not made.ground.database.references


def test_somebody_else_and_who_is_known_by_reference_are_so_all_the_same() -> None:
    """By the provider's own word; what it tells is not kept beside what does not open."""
    with desk() as made:
        found = made.ask(BOROUGH, identity=ADA, reference="7")
        assert isinstance(found, RegisteredPerson)
        altered(made, found.participant_id)

        again = made.ask(BOROUGH, identity=ADA, contact=LIVES, reference="7")
        other = made.ask(COLLEGE, identity=ADA, is_new=True)

        assert again == RegisteredPerson(found.participant_id, is_new=False)
        assert isinstance(other, RegisteredPerson)
        assert other.participant_id != found.participant_id
        assert len(made.ground.database.kept_identities) == 2
