"""People of one set are known to each other, as those who came before. Also of mutants."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from consent_ledger.matching.traits import Traits
from consent_ledger.register.answered import Answered, RegisteredPerson
from consent_ledger.register.asked import Registrant
from consent_ledger.register.changes import Changes
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.looked import look
from consent_ledger.register.recognition import candidates
from consent_ledger.register.register import people
from consent_ledger.register.told import IdentityError
from consent_ledger.register.working_set import WorkingSet
from schemas.blocks import Contact, Identity
from schemas.identifiers import PassportNumber
from tests.support.desk import COLLEGE, Desk, desk

ADA = Identity(given_names="Adaeze", family_name="Nwosu", date_of_birth=date(1991, 3, 14))
BEN = Identity(given_names="Bilal", family_name="Okafor", date_of_birth=date(1984, 5, 26))
LIVES = Contact(postcode="E8 3RH", address=("12 Mare Street",), phone="07700 900123")
ULN = Identity(uln="1000000000")


def at_once(made: Desk, *some: Registrant) -> list[Answered]:
    """Register a set at the college's door."""
    with made.ground.begin() as tx:
        return made.register.register_all(tx, COLLEGE, some)


def numbers(answers: Sequence[Answered]) -> list[str]:
    """Return the numbers that a set was given; nobody is asked about or refused."""
    assert all(isinstance(answer, RegisteredPerson) for answer in answers)
    return [answer.participant_id for answer in answers if isinstance(answer, RegisteredPerson)]


def test_the_first_and_the_last_of_a_set_may_be_one_person() -> None:
    """Then there is one number, and whoever has it sees that the door asked."""
    with desk() as made:
        first, other, last = numbers(
            at_once(
                made,
                Registrant(ADA, LIVES, "1"),
                Registrant(BEN, reference="2"),
                Registrant(ADA, LIVES, "3"),
            )
        )

        assert first == last != other
        assert made.look_ups() == [(COLLEGE, first, Reply.KNOWN)]
        assert len(made.ground.database.kept_identities) == 2, "the same telling is kept once"


def test_who_may_be_another_of_the_set_is_asked_about() -> None:
    """By a number that both have, and nothing else."""
    with desk() as made:
        first, second = at_once(made, Registrant(ULN), Registrant(ULN))

        assert isinstance(first, RegisteredPerson)
        assert isinstance(second, PossibleMatches)
        assert second.candidates == (first.participant_id,)


def test_a_reference_that_comes_twice_in_a_set_is_one_person() -> None:
    """Also where one thing is told otherwise the second time; of somebody else it is asked."""
    later = ADA.model_copy(update={"family_name": "Boateng"})
    with desk() as made:
        first, again, other = at_once(
            made, *(Registrant(one, reference="1") for one in (ADA, later, BEN))
        )

        assert numbers([first]) == numbers([again])
        assert isinstance(first, RegisteredPerson)
        assert isinstance(other, PossibleMatches)
        assert other.candidates == (first.participant_id,)


def test_a_refusal_concerns_one_of_a_set() -> None:
    """The others are registered, before and after."""
    with desk() as made:
        unborn = Identity(given_names="Grace", date_of_birth=date(2031, 1, 2))
        before, refused, after = at_once(
            made, Registrant(ADA), Registrant(unborn, reference="2"), Registrant(BEN)
        )

        assert isinstance(before, RegisteredPerson)
        assert isinstance(refused, IdentityError)
        assert isinstance(after, RegisteredPerson)
        assert len(made.ground.database.participants) == 2


def test_what_many_of_a_set_share_makes_nobody_a_candidate() -> None:
    """An office's telephone: fifty who have it may be looked at, and fifty-one are not."""
    with desk() as made:
        assert len(candidates_among(made, 50)) == 50
        assert candidates_among(made, 51) == {}


def candidates_among(made: Desk, staff: int) -> Mapping[PassportNumber, Traits]:
    """Return whom somebody may be who comes after so many of a set with the same telephone."""
    office = Registrant(contact=Contact(phone="020 7946 0000"), is_new=True)
    set_of_all = [*[office] * staff, replace(office, is_new=False)]
    with made.ground.begin() as tx:
        asked, changes = made.register.asked(tx, COLLEGE, set_of_all), Changes()
        looked, today = look(tx, people(asked), changes), tx.now().date()
        made.register.answer_all(looked, asked[:-1], changes, today)
        rows = WorkingSet(looked, changes, made.vault, today, made.register.weights)
        return candidates(rows, people(asked)[-1].keys)
