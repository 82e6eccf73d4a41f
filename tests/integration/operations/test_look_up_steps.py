"""How long a look-up takes does not tell whether somebody is known: it does the same work.

Steps are counted, not seconds: the statements that the database is given, in their order.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from consent_ledger.consent.changes import Withdrawal
from consent_ledger.consent.consent import apply
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.dry_run import TrialRegister
from consent_ledger.register.passport_numbers import RegisterError, person
from consent_ledger.rights.erasure import record_erasure
from deploy.operations.registrar import HubRegistrar
from producers.hub import Applicant
from schemas.blocks import Identity
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from tests.support.bus import Bus

BOROUGH, COLLEGE = ProviderId("borough-d"), ProviderId("college-c")
NEVER_ISSUED = PassportNumber("NWD-SAMP-1E00-9")
ADA = Identity(
    given_names="Ada",
    family_name="Sample",
    date_of_birth=date(1991, 3, 14),
    uln="1000000000",
    ni_number="AB123456C",
)


def steps(bus: Bus, ask: Callable[[], object]) -> tuple[list[str], str]:
    """Return the statements of a look-up and the words in which it is refused, if it is."""
    given: list[str] = []

    def keep(*parameters: Any) -> None:
        given.append(parameters[2])

    event.listen(bus.engine, "before_cursor_execute", keep)
    try:
        ask()
    except RegisterError as error:
        return given, str(error)
    finally:
        event.remove(bus.engine, "before_cursor_execute", keep)
    return given, ""


def known(bus: Bus, identity: Identity = ADA) -> PassportNumber:
    """Return the number of somebody whom another provider registered."""
    with bus.ledger.begin() as tx:
        found = bus.register.register(tx, BOROUGH, identity, is_new=True)
    assert isinstance(found, RegisteredPerson)
    return found.participant_id


def erased(bus: Bus) -> PassportNumber:
    """Return the number of somebody whose erasure is recorded."""
    number = known(bus)
    with bus.ledger.begin() as tx:
        record_erasure(tx, number, bus.vault)
    return number


@pytest.mark.parametrize(
    "identity",
    [ADA, Identity(uln="1000000000"), Identity(ni_number="AB123456C")],
    ids=["all", "learner number", "National Insurance number"],
)
def test_a_dry_run_does_the_same_for_somebody_known_and_for_somebody_new(
    bus: Bus, identity: Identity
) -> None:
    """Also where two or three people may be meant, and whatever it is that agrees."""
    registrar = HubRegistrar(bus.ledger, bus.register)
    asked = Applicant("learner-1", identity, None)

    def ask() -> object:
        return registrar.trial().register(COLLEGE, [asked])

    of_nobody, _ = steps(bus, ask)
    known(bus)
    of_one, _ = steps(bus, ask)
    known(bus, Identity(uln="1000000000"))
    known(bus, Identity(ni_number="AB123456C"))
    of_several, _ = steps(bus, ask)

    assert len(of_nobody) > 3
    assert of_one == of_several == of_nobody
    assert not any("UPDATE" in one and "head" in one for one in of_nobody), "nobody waits for it"


def by_number(bus: Bus) -> dict[str, Callable[[PassportNumber], object]]:
    """Return each way in which a door or a recipient names somebody by number."""

    def within(ask: Callable[[Any], object]) -> object:
        with bus.ledger.begin() as tx:
            return ask(tx)

    def read(number: PassportNumber) -> object:
        with bus.engine.connect() as connection:
            return person(connection, number)

    support = AgreementId("borough-d.support")
    return {
        "carried": lambda number: within(
            lambda tx: bus.register.register(tx, COLLEGE, ADA, reference="1", carried=number)
        ),
        "looked up": lambda number: within(
            lambda tx: TrialRegister(bus.register).register(
                tx, COLLEGE, ADA, reference="1", carried=number
            )
        ),
        "shown": lambda number: within(lambda tx: bus.register.link(tx, COLLEGE, "1", number)),
        "changed": lambda number: within(
            lambda tx: apply(tx, Withdrawal(number=number, agreement=support))
        ),
        "read": read,
    }


@pytest.mark.parametrize("way", ["carried", "looked up", "shown", "changed", "read"])
def test_a_number_of_nobody_and_of_somebody_erased_cannot_be_told_apart(bus: Bus, way: str) -> None:
    """By the words, or by the work."""
    ask, gone = by_number(bus)[way], erased(bus)

    of_nobody = steps(bus, lambda: ask(NEVER_ISSUED))
    of_erased = steps(bus, lambda: ask(gone))

    assert of_nobody == of_erased
    assert of_nobody[1].startswith("No participant has that passport number.")


@pytest.mark.parametrize("agrees", [True, False])
def test_a_carried_number_is_looked_up_in_the_same_steps_whoever_has_it(
    bus: Bus, *, agrees: bool
) -> None:
    """What is known of it is read before it is refused."""
    number = known(bus, ADA if agrees else Identity(uln="2000000001"))
    ask = by_number(bus)["looked up"]

    of_nobody, _ = steps(bus, lambda: ask(NEVER_ISSUED))
    of_somebody, _ = steps(bus, lambda: ask(number))

    assert of_somebody == of_nobody
