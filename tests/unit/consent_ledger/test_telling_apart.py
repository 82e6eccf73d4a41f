"""Two people who are alike: neither listed nor asked about again. Also of mutants."""

import json

import pytest

from consent_ledger.consent.changes import LedgerChange, Merge, TellingApart, Unmerge
from consent_ledger.consent.consent import apply
from consent_ledger.consent.merges import MergeError
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.asked import PEOPLE
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.passport_numbers import RegisterError
from schemas.identifiers import PassportNumber
from tests.support.desk import COLLEGE, Desk, desk
from tests.unit.consent_ledger.test_duplicates import ADA, BILAL, LIVES, found

TYPED_FOR_THE_OTHER = BILAL.model_copy(update={"uln": ADA.uln})


def enter(made: Desk, *changes: LedgerChange) -> None:
    """Enter changes, one after the other."""
    for change in changes:
        with made.ground.begin() as tx:
            apply(tx, change)


def apart(number: PassportNumber, other: PassportNumber) -> TellingApart:
    """Return the change that tells two apart."""
    return TellingApart(number=number, other=other)


def test_who_is_told_apart_is_listed_no_more_from_either_side() -> None:
    """Whoever was named first; also where one of them is merged with a third number later."""
    for is_turned in (False, True):
        with desk() as made:
            first, second = made.known(ADA, LIVES), made.known(ADA, LIVES)
            third = made.known(BILAL)
            enter(made, apart(second, first) if is_turned else apart(first, second))

            assert found(made, first) == found(made, second) == []
            enter(made, Merge(number=second, into=third))
            assert found(made, first) == found(made, third) == []


def test_a_merge_takes_it_back_and_parting_them_says_it_again() -> None:
    """Whatever was said first."""
    with desk() as made:
        first, second = made.known(ADA, LIVES), made.known(ADA, LIVES)
        enter(made, apart(first, second), Merge(number=second, into=first))
        with made.ground.begin() as tx:
            assert tx.told_apart([first, second]) == set()

        enter(made, Unmerge(number=second))

        assert found(made, first) == found(made, second) == []


def test_who_was_parted_is_not_listed_though_nobody_told_them_apart_before() -> None:
    """To unmerge is to say that they are two people."""
    with desk() as made:
        first, second = made.known(ADA, LIVES), made.known(ADA, LIVES)
        enter(made, Merge(number=second, into=first), Unmerge(number=second))

        assert found(made, first) == []


def test_a_door_is_asked_no_more_about_somebody_who_was_told_apart() -> None:
    """Two have one learner number: of who comes with all else of the one it is not asked again."""
    with desk() as made:
        ada, bilal = made.known(ADA, LIVES), made.known(TYPED_FOR_THE_OTHER)
        made.ground.database.counted_values[PEOPLE] = 1_000_000
        assert isinstance(made.ask(COLLEGE, identity=ADA, contact=LIVES), PossibleMatches)

        enter(made, apart(ada, bilal))

        assert made.ask(COLLEGE, identity=ADA, contact=LIVES) == RegisteredPerson(ada, is_new=True)


def test_two_who_are_alike_in_all_are_asked_about_though_they_were_told_apart() -> None:
    """Nothing says which of the two somebody is."""
    with desk() as made:
        first, second = made.known(ADA, LIVES), made.known(ADA, LIVES)
        enter(made, apart(first, second))

        again = made.ask(COLLEGE, identity=ADA, contact=LIVES)

        assert isinstance(again, PossibleMatches)
        assert set(again.candidates) == {first, second}


def test_the_entry_names_neither_of_them_and_no_feed_has_it() -> None:
    """Whoever reads the one's entries does not learn that there is another."""
    with desk() as made:
        first, second = made.known(ADA), made.known(BILAL)
        feed = len(made.ground.database.changes)
        enter(made, apart(first, second))

        said = json.loads(made.ground.database.leaves[-1])

        assert said.keys() == {"format", "kind", "at", "pair"}
        assert said["kind"] == "told-apart"
        assert len(made.ground.database.changes) == feed


def test_it_goes_with_either_of_them() -> None:
    """Erased: nobody learns from a row of the other that they were here."""
    for place in (0, 1):
        with desk() as made:
            pair = made.known(ADA), made.known(BILAL)
            enter(made, apart(*pair))
            made.erase(pair[place])

            assert made.ground.database.two_people == {}


def test_what_cannot_be_told_apart_is_refused() -> None:
    """One number, two of one person, two who are told apart already, and nobody's."""
    with desk() as made:
        first, second, third = made.known(ADA), made.known(BILAL), made.known(TYPED_FOR_THE_OTHER)
        enter(made, Merge(number=second, into=first), apart(second, third))
        never = PassportNumber("NWD-SAMP-1E00-9")

        for number, other in ((first, first), (first, second), (first, third), (third, second)):
            with pytest.raises(MergeError):
                enter(made, apart(number, other))
        with pytest.raises(RegisterError):
            enter(made, apart(first, never))
