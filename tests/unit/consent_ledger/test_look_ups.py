"""What a door is told of somebody who is known, and what they can see of it. Also of mutants."""

from consent_ledger.consent.changes import Merge
from consent_ledger.consent.consent import apply
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.dry_run import TrialRegister
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.look_ups import Reply
from schemas.blocks import Identity
from tests.support.desk import ADA, COLLEGE, desk


def test_a_possible_match_is_written_down_for_everybody_whom_it_may_be() -> None:
    """And the door gets no number."""
    with desk() as made:
        first = made.known()
        one = made.ask(COLLEGE)
        second = made.known()
        several = made.ask(COLLEGE, has_consent=True)

        assert isinstance(one, PossibleMatches)
        assert isinstance(several, PossibleMatches)
        match = Reply.POSSIBLE_MATCH
        assert made.look_ups() == [
            (COLLEGE, first, match),
            *((COLLEGE, number, match) for number in sorted((first, second))),
        ]


def test_a_dry_run_is_written_down_too() -> None:
    """Of whoever it may be; it registers nobody, and makes a number up for somebody new."""
    with desk() as made:
        number, trial = made.known(), TrialRegister(made.register)
        with made.ground.begin() as tx:
            known = trial.register(tx, COLLEGE, ADA)
            new = trial.register(tx, COLLEGE, Identity(uln="1000000019"))
            shown = trial.register(tx, COLLEGE, ADA, carried=number)

        assert isinstance(known, PossibleMatches)
        assert known.candidates == (number,)
        assert "the same learner number" in known.reasons
        assert isinstance(new, RegisteredPerson)
        assert new.is_new
        assert shown == RegisteredPerson(number, is_new=False)
        assert made.look_ups() == [
            (COLLEGE, number, Reply.POSSIBLE_MATCH),
            (COLLEGE, number, Reply.BY_NUMBER),
        ]
        assert len(made.ground.database.participants) == 1


def test_with_consent_the_number_is_told_and_that_is_written_down() -> None:
    """Where there is one person alone whom it may be."""
    with desk() as made:
        number = made.known()

        assert made.ask(COLLEGE, has_consent=True) == RegisteredPerson(number, is_new=False)
        assert made.look_ups() == [(COLLEGE, number, Reply.NUMBER_TOLD)]


def test_the_number_that_is_shown_is_the_one_that_is_told() -> None:
    """Also where it is merged into one that another provider gave."""
    with desk() as made:
        own, other = made.known(), made.known()
        with made.ground.begin() as tx:
            apply(tx, Merge(number=own, into=other))

        assert made.ask(COLLEGE, carried=own) == RegisteredPerson(own, is_new=False)
        assert made.look_ups() == [(COLLEGE, own, Reply.BY_NUMBER)]
