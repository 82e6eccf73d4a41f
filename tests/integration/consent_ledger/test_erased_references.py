"""A provider's reference of somebody erased: it brings nobody back but by their own wish."""

import threading
from secrets import token_hex

import pytest

from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.passport_numbers import ErasedError
from consent_ledger.rights.erasure import record_erasure
from consent_ledger.tables.register import provider_reference
from schemas.blocks import Identity
from schemas.identifiers import PassportNumber, ProviderId
from tests.support.bus import Bus
from tests.support.erasures import ADA, erase, finish, record, rows_of


def somebody_known_by_reference(bus: Bus) -> tuple[str, str]:
    """Return the number of somebody and the reference by which the college knows them."""
    reference = f"a{token_hex(4)}"
    with bus.ledger.begin() as tx:
        made = bus.register.register(
            tx, ProviderId("college-c"), ADA, reference=reference, is_new=True
        )
    assert isinstance(made, RegisteredPerson)
    return made.participant_id, reference


def test_a_provider_s_reference_does_not_register_them_again(bus: Bus) -> None:
    """It is refused at every door, in capitals or not, until the person wishes to come back."""
    participant_id, reference = somebody_known_by_reference(bus)
    record(bus, PassportNumber(participant_id))

    with bus.ledger.begin() as tx:
        for is_new in (False, True):
            with pytest.raises(ErasedError, match="was erased"):
                bus.register.register(
                    tx,
                    ProviderId("college-c"),
                    ADA,
                    reference=f" {reference.upper()}",
                    is_new=is_new,
                )
        at_another_door = bus.register.register(
            tx, ProviderId("borough-d"), Identity(), reference=reference
        )
    assert isinstance(at_another_door, RegisteredPerson)
    bus.turn()
    finish(bus, PassportNumber(participant_id))

    with bus.ledger.begin() as tx:
        back = bus.register.register(
            tx, ProviderId("college-c"), ADA, reference=reference, is_returning=True
        )
        again = bus.register.register(tx, ProviderId("college-c"), ADA, reference=reference)
    assert isinstance(back, RegisteredPerson)
    assert back.is_new
    assert back.participant_id != participant_id
    assert again == RegisteredPerson(back.participant_id, is_new=False)
    bus.assert_holds()


def test_a_number_they_carry_says_that_they_came_back(bus: Bus) -> None:
    """Issued at another door after the erasure: the provider's reference is theirs again."""
    participant_id, reference = somebody_known_by_reference(bus)
    erase(bus, PassportNumber(participant_id))
    number = bus.participant(ProviderId("borough-d"))

    with bus.ledger.begin() as tx:
        carried = bus.register.register(
            tx, ProviderId("college-c"), ADA, reference=reference, carried=number
        )
        again = bus.register.register(tx, ProviderId("college-c"), ADA, reference=reference)
        with pytest.raises(ErasedError):
            bus.register.register(tx, ProviderId("college-c"), ADA, carried=participant_id)

    assert carried == again == RegisteredPerson(number, is_new=False)


def test_a_reference_that_is_linked_while_an_erasure_is_recorded_is_not_left_behind(
    bus: Bus,
) -> None:
    """One of the two waits for the other: it is refused, or it is erased with the rest."""
    participant_id, _ = somebody_known_by_reference(bus)
    refused: list[ErasedError] = []

    def link() -> None:
        try:
            with bus.ledger.begin() as tx:
                bus.register.link(tx, ProviderId("borough-d"), "late", participant_id)
        except ErasedError as error:
            refused.append(error)

    with bus.ledger.begin() as tx:
        record_erasure(tx, PassportNumber(participant_id), bus.vault)
        late = threading.Thread(target=link)
        late.start()
        late.join(0.3)
        assert late.is_alive()
    late.join(10)

    assert len(refused) == 1
    assert rows_of(bus, provider_reference, PassportNumber(participant_id)) == 0
