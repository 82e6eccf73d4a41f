from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import create_engine, func, select

from consent_ledger.consent.changes import Merge
from consent_ledger.register.look_ups import Reply, look_ups_of
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.rights.erasure import record_erasure
from consent_ledger.tables.register import look_up, participant
from deploy.operations.registrar import TOGETHER, HubRegistrar
from producers.hub import Applicant, Erased, PossibleMatch, Registered, UnknownNumber
from schemas.blocks import Identity
from schemas.identifiers import PassportNumber, ProviderId
from tests.support.bus import Bus

COLLEGE = ProviderId("college-c")
NEVER_ISSUED = PassportNumber("NWD-SAMP-1E00-9")


@pytest.fixture
def bus(database_url: str) -> Iterator[Bus]:
    """Give a bus of the test's own."""
    engine = create_engine(database_url, hide_parameters=True)
    try:
        yield Bus(engine)
    finally:
        engine.dispose()


@pytest.fixture
def registrar(bus: Bus) -> HubRegistrar:
    """Give the registrar of that bus."""
    return HubRegistrar(bus.ledger, bus.register)


def learner(
    reference: str, *, carried: PassportNumber | None = None, name: str | None = None
) -> Applicant:
    """Return a learner whom nobody knows, unless the name is somebody's."""
    person = Identity(
        given_names=name or f"Ada {reference}",
        family_name="Sample",
        date_of_birth=date(1991, 3, 14),
    )
    return Applicant(reference, person, carried)


def participants(bus: Bus) -> int:
    """Return how many there are."""
    with bus.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(participant)) or 0


def test_answers_come_in_order_over_more_than_one_transaction(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """Everybody gets a number, and the same one again."""
    learners = [learner(f"{one:03}") for one in range(TOGETHER + 3)]

    first = registrar.register(COLLEGE, learners)
    again = registrar.register(COLLEGE, learners)

    assert all(isinstance(one, Registered) and one.is_new for one in first)
    assert [one.participant_id for one in again if isinstance(one, Registered)] == [
        one.participant_id for one in first if isinstance(one, Registered)
    ]
    assert participants(bus) == len(learners)


def test_a_number_that_was_never_issued_sets_one_learner_aside(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """The others of the same transaction are registered."""
    before, unknown, after = registrar.register(
        COLLEGE, [learner("1"), learner("2", carried=NEVER_ISSUED), learner("3")]
    )

    assert unknown == UnknownNumber()
    assert isinstance(before, Registered)
    assert isinstance(after, Registered)
    assert participants(bus) == 2


def test_somebody_erased_stays_out_by_reference_and_by_number(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """The others of the same transaction are registered; a look answers alike."""
    (gone,) = registrar.register(COLLEGE, [learner("1")])
    assert isinstance(gone, Registered)
    with bus.ledger.begin() as tx:
        record_erasure(tx, gone.participant_id)
    again = [learner("1"), learner("2"), learner("3", carried=gone.participant_id)]

    looked = registrar.look_up(COLLEGE, again)
    erased, other, carrying = registrar.register(COLLEGE, again)

    assert looked == [Erased(), None, UnknownNumber()]
    assert erased == Erased()
    assert carrying == UnknownNumber(), "whose number it was is not told"
    assert isinstance(other, Registered)


def test_a_number_that_is_carried_finds_its_participant(bus: Bus, registrar: HubRegistrar) -> None:
    """Somebody who was at another door first."""
    number = bus.participant(ProviderId("borough-d"))

    assert registrar.register(COLLEGE, [learner("1", carried=number)]) == [
        Registered(number, is_new=False)
    ]


def test_somebody_who_may_be_known_is_for_an_adviser(registrar: HubRegistrar) -> None:
    """The same name and date of birth under another reference."""
    registrar.register(COLLEGE, [learner("1", name="Grace")])

    assert registrar.register(COLLEGE, [learner("2", name="Grace")]) == [PossibleMatch()]


def test_looking_up_answers_alike_and_changes_nothing(bus: Bus, registrar: HubRegistrar) -> None:
    """None for whoever would be new, a match within the same portion included."""
    (known,) = registrar.register(COLLEGE, [learner("1")])

    found = registrar.look_up(
        COLLEGE,
        [
            learner("1"),
            learner("2", name="Grace"),
            learner("3", name="Grace"),
            learner("4", carried=NEVER_ISSUED),
        ],
    )

    assert isinstance(known, Registered)
    assert found == [
        Registered(known.participant_id, is_new=False),
        None,
        PossibleMatch(),
        UnknownNumber(),
    ]
    assert participants(bus) == 1


def test_who_is_looked_up_can_see_it_also_in_a_dry_run(bus: Bus, registrar: HubRegistrar) -> None:
    """Not those who were only tried, and not by the door's own reference."""
    (known,) = registrar.register(COLLEGE, [learner("1", name="Grace")])
    assert isinstance(known, Registered)

    for ask in (registrar.look_up, registrar.register):
        ask(COLLEGE, [learner("1"), learner("2", name="Grace"), learner("3", name="Ida")])
    registrar.register(COLLEGE, [learner("4", name="Grace", carried=known.participant_id)])

    with bus.engine.connect() as connection:
        found = look_ups_of(connection, known.participant_id)
        assert connection.scalar(select(func.count()).select_from(look_up)) == len(found)
    assert [(one.provider_id, one.answer) for one in found] == [
        (COLLEGE, Reply.POSSIBLE_MATCH),
        (COLLEGE, Reply.POSSIBLE_MATCH),
        (COLLEGE, Reply.BY_NUMBER),
    ]


def test_a_merged_number_that_is_shown_is_the_one_that_is_told(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """Not the one that another provider gave, under which trays show the person."""
    own, other = bus.participant(), bus.participant(ProviderId("charity-b"))
    bus.enter(Merge(number=own, into=other))

    (carried,) = registrar.register(COLLEGE, [learner("1", carried=own)])
    with bus.ledger.begin() as tx:
        linked = bus.register.link(tx, COLLEGE, "case 2", own)

    assert carried == Registered(own, is_new=False)
    assert linked.participant_id == own


def test_an_unknown_provider_registers_nobody(bus: Bus, registrar: HubRegistrar) -> None:
    """Not even those who carry a number."""
    number = bus.participant()
    for one in (learner("1"), learner("2", carried=number)):
        with pytest.raises(RegisterError, match="There is no provider nobody"):
            registrar.register(ProviderId("nobody"), [one])

    assert participants(bus) == 1
