"""What a college says of who somebody was before, on the real register: how far it is believed."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from consent_ledger.register.look_ups import Reply, look_ups_of
from consent_ledger.rights.erasure import record_erasure
from consent_ledger.tables.register import participant
from deploy.operations.registrar import HubRegistrar
from producers.hub import Applicant, EarlierReference, Erased, PossibleMatch, Registered
from schemas.blocks import Identity
from schemas.identifiers import PassportNumber, ProviderId
from tests.support.bus import Bus

COLLEGE, BOROUGH = ProviderId("college-c"), ProviderId("borough-d")
UKPRN = 90010002
ADA = Identity(
    given_names="Ada",
    family_name="Nwosu",
    date_of_birth=date(1991, 3, 14),
    uln="1000000000",
)
BEN = Identity(given_names="Ben", family_name="Okafor", date_of_birth=date(1964, 11, 2))
MAYBE_ADA = Identity(uln="1000000000")
"""Ada's learner number, and nothing else to compare: a question by itself."""
TWIN = ADA.model_copy(update={"given_names": "Grace"})
HERE = EarlierReference("OLD")
THERE = EarlierReference("OLD", UKPRN)


@pytest.fixture
def registrar(bus: Bus) -> HubRegistrar:
    """Give a registrar that knows which provider has which UKPRN."""
    return HubRegistrar(bus.ledger, bus.register, ukprns={UKPRN: COLLEGE})


def registered(
    registrar: HubRegistrar, provider: ProviderId, reference: str, person: Identity
) -> PassportNumber:
    """Register somebody who is new."""
    (answer,) = registrar.register(provider, [Applicant(reference, person, None)])
    assert isinstance(answer, Registered)
    return answer.participant_id


def participants(bus: Bus) -> int:
    """Return how many there are."""
    with bus.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(participant)) or 0


def both(registrar: HubRegistrar, provider: ProviderId, who: Applicant) -> object:
    """Return the answer, which a dry run has given before."""
    (rehearsed,) = registrar.trial().register(provider, [who])
    (answer,) = registrar.register(provider, [who])
    if isinstance(rehearsed, Registered) and isinstance(answer, Registered) and answer.is_new:
        rehearsed = replace(rehearsed, participant_id=answer.participant_id)
    assert rehearsed == answer
    return answer


def test_the_providers_own_word_is_enough(bus: Bus, registrar: HubRegistrar) -> None:
    """By matching alone it would be a question, or somebody new."""
    number = registered(registrar, COLLEGE, "OLD", ADA)
    assert both(registrar, COLLEGE, Applicant("X", MAYBE_ADA, None)) == PossibleMatch()

    answer = both(registrar, COLLEGE, Applicant("NEW", MAYBE_ADA, None, earlier=HERE))
    later = both(registrar, COLLEGE, Applicant("NEWER", ADA, None, earlier=EarlierReference("NEW")))

    assert answer == later == Registered(number, is_new=False, number_before=number)
    assert participants(bus) == 1


@pytest.mark.parametrize("person", [BEN, TWIN], ids=["somebody else", "a twin"])
def test_what_contradicts_it_makes_it_a_question(
    bus: Bus, registrar: HubRegistrar, person: Identity
) -> None:
    """A reference that was given again to another learner joins nobody."""
    registered(registrar, COLLEGE, "OLD", ADA)

    assert both(registrar, COLLEGE, Applicant("NEW", person, None, earlier=HERE)) == PossibleMatch()
    assert participants(bus) == 1


def test_another_providers_word_decides_what_matching_has_left_open(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """What is told agrees with that person alone; whether they were known is not told."""
    number = registered(registrar, COLLEGE, "OLD", ADA)
    may_be = Applicant("1", MAYBE_ADA, None)
    assert both(registrar, BOROUGH, may_be) == PossibleMatch()

    assert both(registrar, BOROUGH, replace(may_be, earlier=THERE)) == Registered(
        number, is_new=True
    )
    with bus.engine.connect() as connection:
        assert look_ups_of(connection, number)[-1].answer == Reply.BY_NUMBER


@pytest.mark.parametrize("person", [BEN, Identity()], ids=["somebody else", "nothing told"])
def test_another_providers_word_alone_opens_nothing_and_asks_nothing(
    registrar: HubRegistrar, person: Identity
) -> None:
    """Whoever guesses references learns not even whether there is such a one."""
    number = registered(registrar, COLLEGE, "OLD", ADA)
    guessed = Applicant("1", person, None, earlier=THERE)
    none_there = Applicant("2", person, None, earlier=EarlierReference("NONE", UKPRN))

    of_somebody = both(registrar, BOROUGH, guessed)
    of_nobody = both(registrar, BOROUGH, replace(none_there, person=Identity()))

    assert isinstance(of_somebody, Registered)
    assert isinstance(of_nobody, Registered)
    assert number not in {of_somebody.participant_id, of_nobody.participant_id}
    assert of_somebody == replace(of_nobody, participant_id=of_somebody.participant_id)


def test_another_providers_word_does_not_outweigh_a_contradiction(registrar: HubRegistrar) -> None:
    """A twin at the same address stays a question."""
    registered(registrar, COLLEGE, "OLD", ADA)
    twin = Applicant("1", TWIN, None)

    assert both(registrar, BOROUGH, twin) == PossibleMatch()
    assert both(registrar, BOROUGH, replace(twin, earlier=THERE)) == PossibleMatch()


def test_another_providers_word_does_not_move_a_match_to_somebody_else(
    registrar: HubRegistrar,
) -> None:
    """What is told has led to one person, and the reference is another's: a question."""
    registered(registrar, COLLEGE, "OLD", BEN)
    registered(registrar, COLLEGE, "ADAS", ADA)

    assert both(registrar, BOROUGH, Applicant("1", MAYBE_ADA, None, earlier=THERE)) == (
        PossibleMatch()
    )


def test_a_college_that_the_bus_does_not_know_says_nothing(registrar: HubRegistrar) -> None:
    """Nobody can tell whose reference it is."""
    registered(registrar, COLLEGE, "OLD", ADA)
    elsewhere = EarlierReference("OLD", 99999999)

    assert both(registrar, BOROUGH, Applicant("1", MAYBE_ADA, None, earlier=elsewhere)) == (
        PossibleMatch()
    )


def test_somebody_erased_does_not_come_back_by_the_old_reference(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """The college has said that it is they; only they can wish to come back."""
    number = registered(registrar, COLLEGE, "OLD", ADA)
    with bus.ledger.begin() as tx:
        record_erasure(tx, number, bus.vault)

    assert both(registrar, COLLEGE, Applicant("NEW", ADA, None, earlier=HERE)) == Erased()


def test_a_number_that_the_old_reference_has_is_told_beside_another(
    registrar: HubRegistrar,
) -> None:
    """The college has registered one person twice, and nothing is joined by itself."""
    old = registered(registrar, COLLEGE, "OLD", ADA)
    new = registered(registrar, COLLEGE, "NEW", BEN)

    assert both(registrar, COLLEGE, Applicant("NEW", BEN, None, earlier=HERE)) == Registered(
        new, is_new=False, number_before=old
    )
