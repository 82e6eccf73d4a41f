"""An adviser's answers at the real register: a dry run says what the run does."""

from dataclasses import replace
from datetime import date

import pytest

from consent_ledger.register.duplicates import duplicates_of
from consent_ledger.register.look_ups import Reply, look_ups_of
from consent_ledger.register.passport_numbers import NumberPair, in_order
from consent_ledger.rights.erasure import record_erasure
from deploy.operations.registrar import HubRegistrar
from producers.hub import (
    AnswerWord,
    Applicant,
    EarlierReference,
    Erased,
    GivenAnswer,
    PossibleMatch,
    Registered,
    Registration,
    UnknownNumber,
)
from schemas.blocks import Identity
from schemas.identifiers import PassportNumber, ProviderId
from tests.support.bus import Bus

COLLEGE, BOROUGH = ProviderId("college-c"), ProviderId("borough-d")
NEVER_ISSUED = PassportNumber("NWD-SAMP-1E00-9")
ADA = Identity(
    given_names="Ada", family_name="Nwosu", date_of_birth=date(1991, 3, 14), uln="1000000000"
)
BEN = Identity(given_names="Ben", family_name="Okafor", date_of_birth=date(1964, 11, 2))
QUESTION = Applicant("1", Identity(uln="1000000000"), None)
CONSENT = GivenAnswer(AnswerWord.SAME)
OTHER = GivenAnswer(AnswerWord.OTHER)
RETURNING = GivenAnswer(AnswerWord.RETURNING)


@pytest.fixture
def registrar(bus: Bus) -> HubRegistrar:
    """Give the registrar of that bus."""
    return HubRegistrar(bus.ledger, bus.register)


def known(registrar: HubRegistrar, person: Identity, reference: str = "known") -> PassportNumber:
    """Register somebody at another provider."""
    (answer,) = registrar.register(
        BOROUGH, [Applicant(reference, person, None, answer=GivenAnswer(AnswerWord.OTHER))]
    )
    assert isinstance(answer, Registered)
    return answer.participant_id


def both(registrar: HubRegistrar, *applicants: Applicant) -> list[Registration]:
    """Return the answers of the run, which a dry run has given before, but for made-up numbers."""
    rehearsed = registrar.trial().register(COLLEGE, applicants)
    answers = registrar.register(COLLEGE, applicants)
    made_up = {
        tried.participant_id: done.participant_id
        for tried, done in zip(rehearsed, answers, strict=True)
        if isinstance(tried, Registered) and isinstance(done, Registered)
    }
    assert [
        replace(tried, participant_id=made_up[tried.participant_id])
        if isinstance(tried, Registered)
        else tried
        for tried in rehearsed
    ] == answers
    return answers


def test_consent_finds_the_only_one_whom_it_may_be(bus: Bus, registrar: HubRegistrar) -> None:
    """And the person sees that their number was looked up."""
    number = known(registrar, ADA)

    assert both(registrar, replace(QUESTION, answer=CONSENT)) == [Registered(number, is_new=False)]
    with bus.engine.connect() as connection:
        assert look_ups_of(connection, number)[-1].answer == Reply.NUMBER_TOLD


def test_consent_does_not_say_which_of_two(registrar: HubRegistrar) -> None:
    """It stays a question, until there is a card."""
    known(registrar, ADA, "first")
    known(registrar, BEN.model_copy(update={"uln": ADA.uln}), "second")

    assert both(registrar, replace(QUESTION, answer=CONSENT)) == [PossibleMatch()]


def test_a_number_on_the_card_counts_where_nothing_contradicts_it(registrar: HubRegistrar) -> None:
    """A row too low in a spreadsheet would name somebody else's: that stays a question."""
    number, other = known(registrar, ADA), known(registrar, BEN, "other")
    card = GivenAnswer(AnswerWord.SAME, number)
    slipped = replace(QUESTION, person=ADA, answer=GivenAnswer(AnswerWord.SAME, other))

    assert both(registrar, slipped) == [PossibleMatch()]
    assert both(registrar, replace(QUESTION, answer=card)) == [Registered(number, is_new=False)]


def test_a_number_that_nobody_has_is_told(registrar: HubRegistrar) -> None:
    """The answer is looked at again; what the record carries is not used in its place."""
    number = known(registrar, ADA)
    wrong = replace(QUESTION, carried=number, answer=GivenAnswer(AnswerWord.SAME, NEVER_ISSUED))

    assert both(registrar, wrong) == [UnknownNumber()]


def test_somebody_else_gets_a_new_number(registrar: HubRegistrar) -> None:
    """Who comes after them in the file is compared with them, too."""
    number = known(registrar, ADA)
    first, second, third = both(
        registrar,
        replace(QUESTION, person=ADA, answer=OTHER),
        Applicant("2", ADA, None),
        Applicant("3", BEN, None),
    )

    assert isinstance(first, Registered)
    assert first.is_new
    assert first.participant_id != number
    assert second == PossibleMatch()
    assert isinstance(third, Registered)


def pairs(bus: Bus) -> set[NumberPair]:
    """Return who may be two numbers of one person, among everybody."""
    with bus.ledger.begin() as tx:
        numbers = [number for _, number in tx.people_told_of(0, tx.last_telling(), 100)]
        return {
            pair.numbers for number in numbers for pair in duplicates_of(tx, bus.register, number)
        }


def test_somebody_else_is_told_apart_from_whoever_it_may_have_been(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """It is answered once: nobody is asked again of the same two, and a dry run tells nothing."""
    number = known(registrar, ADA)
    twin = Applicant("1", ADA.model_copy(update={"given_names": "Ida"}), None, answer=OTHER)

    rehearsed = registrar.trial().register(COLLEGE, [twin])
    with bus.ledger.begin() as tx:
        assert tx.told_apart([number]) == set()
    (answer,) = registrar.register(COLLEGE, [twin])

    assert isinstance(rehearsed[0], Registered)
    assert isinstance(answer, Registered)
    with bus.ledger.begin() as tx:
        assert tx.told_apart([number]) == {in_order(number, answer.participant_id)}
    assert pairs(bus) == set()


def test_who_stands_in_the_same_file_is_told_apart_too(bus: Bus, registrar: HubRegistrar) -> None:
    """The answer is of both, also where the first is registered in the same set."""
    first, second, third = registrar.register(
        COLLEGE,
        [
            Applicant("1", ADA, None),
            Applicant("2", ADA.model_copy(update={"given_names": "Ida"}), None, answer=OTHER),
            Applicant("3", BEN, None, answer=OTHER),
        ],
    )

    assert isinstance(first, Registered)
    assert isinstance(second, Registered)
    assert isinstance(third, Registered)
    with bus.ledger.begin() as tx:
        apart = tx.told_apart([one.participant_id for one in (first, second, third)])
    assert apart == {in_order(first.participant_id, second.participant_id)}


def test_an_answer_given_again_finds_the_same(registrar: HubRegistrar) -> None:
    """A batch that stopped is given again as it is."""
    known(registrar, ADA)
    asked = replace(QUESTION, answer=OTHER)
    (first,) = both(registrar, asked)
    (again,) = both(registrar, asked)

    assert isinstance(first, Registered)
    assert again == Registered(first.participant_id, is_new=False)


@pytest.mark.parametrize("reference", ["gone", "renamed"])
def test_somebody_erased_comes_back_by_their_own_wish_alone(
    bus: Bus, registrar: HubRegistrar, reference: str
) -> None:
    """Under the old reference, or one whose return names the old: with a new number."""
    (gone,) = registrar.register(COLLEGE, [Applicant("gone", ADA, None)])
    assert isinstance(gone, Registered)
    with bus.ledger.begin() as tx:
        record_erasure(tx, gone.participant_id, bus.vault)
    asked = Applicant(reference, ADA, None, earlier=EarlierReference("gone"))

    assert both(registrar, asked) == [Erased()]
    assert both(registrar, replace(asked, answer=OTHER)) == [Erased()]
    (back,) = both(registrar, replace(asked, answer=RETURNING))
    assert isinstance(back, Registered)
    assert back.participant_id != gone.participant_id
