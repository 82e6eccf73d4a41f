"""What so many share that it says nothing asks nobody, at a door and within a set."""

import pytest

from consent_ledger.matching import blocking
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.asked import Registrant
from consent_ledger.register.finding import PossibleMatches
from schemas.blocks import Contact, Identity
from tests.support.desk import COLLEGE, Desk, desk

KHAN = Identity(given_names="Amina", family_name="Khan")
HOSTEL = Contact(address=("1 High Road",))
HOLDERS = 6
"""More than are enough for one digest alone."""


def namesakes(made: Desk) -> None:
    """Register people of one name in one house, each said to be somebody else."""
    for _ in range(HOLDERS):
        made.ask(COLLEGE, identity=KHAN, contact=HOSTEL, is_new=True)


@pytest.mark.parametrize(("most", "asks"), [(HOLDERS, True), (HOLDERS - 1, False)])
def test_who_shares_what_too_many_hold_is_not_asked_about(
    monkeypatch: pytest.MonkeyPatch, *, most: int, asks: bool
) -> None:
    """With as many as still say something, the next of that name and house is a question."""
    monkeypatch.setattr(blocking, "MOST_HOLDERS", most)
    with desk() as made:
        namesakes(made)

        answer = made.ask(COLLEGE, identity=KHAN, contact=HOSTEL)

        assert isinstance(answer, PossibleMatches if asks else RegisteredPerson)


def test_who_came_earlier_in_a_set_counts_among_the_holders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A set answers as one after another would."""
    monkeypatch.setattr(blocking, "MOST_HOLDERS", HOLDERS)
    with desk() as made:
        namesakes(made)
        told = Registrant(KHAN, HOSTEL, is_new=True), Registrant(KHAN, HOSTEL)

        with made.ground.begin() as tx:
            answers = made.register.register_all(tx, COLLEGE, told)

        assert [type(answer) for answer in answers] == [RegisteredPerson, RegisteredPerson]
