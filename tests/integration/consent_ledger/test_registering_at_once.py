from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from datetime import date

import pytest

from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.finding import PossibleMatches
from schemas.blocks import Identity
from schemas.identifiers import ProviderId
from tests.support.bus import Bus

ADA = Identity(
    given_names="Ada", family_name="Nwosu", date_of_birth=date(1991, 3, 14), uln="1000000000"
)
BEN = Identity(given_names="Ben", family_name="Okafor", date_of_birth=date(1987, 7, 2))
LONG_ENOUGH_SECONDS = 0.5
WAIT_SECONDS = 20.0


def register(
    bus: Bus, provider_id: ProviderId, identity: Identity
) -> RegisteredPerson | PossibleMatches:
    """Register at a door of its own, on a connection of its own."""
    with bus.ledger.begin() as tx:
        return bus.register.register(tx, provider_id, identity)


def at_two_doors(
    bus: Bus, second: Identity, *, first_commits: bool
) -> tuple[RegisteredPerson | PossibleMatches, RegisteredPerson | PossibleMatches]:
    """Register Ada, and somebody at another door before that is committed."""
    with ThreadPoolExecutor(1) as pool, bus.engine.connect() as connection:
        first = bus.register.register(bus.ledger.on(connection), ProviderId("borough-d"), ADA)
        waiting: Future[RegisteredPerson | PossibleMatches] = pool.submit(
            register, bus, ProviderId("college-c"), second
        )
        with pytest.raises(NotYetError):
            waiting.result(LONG_ENOUGH_SECONDS)
        if first_commits:
            connection.commit()
        else:
            connection.rollback()
        return first, waiting.result(WAIT_SECONDS)


def test_the_second_of_two_doors_waits_and_is_given_the_number_of_the_first(bus: Bus) -> None:
    """Nobody is given two numbers because two doors were equally quick."""
    first, second = at_two_doors(bus, ADA, first_commits=True)

    assert isinstance(first, RegisteredPerson)
    assert second == first


def test_the_second_is_new_when_the_first_came_to_nothing(bus: Bus) -> None:
    """What was rolled back matches nobody."""
    _, second = at_two_doors(bus, ADA, first_commits=False)

    assert isinstance(second, RegisteredPerson)
    assert second.is_new


def test_somebody_else_at_the_same_moment_is_new(bus: Bus) -> None:
    """They wait as every entry waits for the one before."""
    first, second = at_two_doors(bus, BEN, first_commits=True)

    assert isinstance(first, RegisteredPerson)
    assert isinstance(second, RegisteredPerson)
    assert second.is_new
    assert first.participant_id != second.participant_id
