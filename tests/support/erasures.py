"""Somebody with events in every tray, and their erasure step by step."""

from datetime import timedelta
from secrets import token_hex

from sqlalchemy import Table, func, select

from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.rights.erasure import finish_erasure, record_erasure
from schemas.blocks import Identity
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from tests.support.bus import Bus
from tests.support.factories import make_events

AGREEMENTS = ("borough-d.support", "college-c.outcomes", "passport.coordination")
EVERYWHERE = (*AGREEMENTS, "hub.statistics", "research.outcomes")
BATCH = timedelta(weeks=13)
"""What waits for research comes within it."""
ADA = Identity(given_names="Ada", family_name="Nwosu", uln="1234567899", ni_number="AB123456C")


def record(bus: Bus, participant_id: PassportNumber) -> int | None:
    """Enter an erasure."""
    with bus.ledger.begin() as tx:
        return record_erasure(tx, participant_id, bus.vault)


def finish(bus: Bus, participant_id: PassportNumber) -> None:
    """Finish an erasure."""
    with bus.ledger.begin() as tx:
        finish_erasure(tx, participant_id)


def erase(bus: Bus, participant_id: PassportNumber) -> None:
    """Erase somebody."""
    record(bus, participant_id)
    bus.turn()
    finish(bus, participant_id)


def somebody(bus: Bus) -> PassportNumber:
    """Return the number of somebody with three events in every tray."""
    with bus.ledger.begin() as tx:
        made = bus.register.register(
            tx, ProviderId("college-c"), ADA, reference=token_hex(4), is_new=True
        )
    assert isinstance(made, RegisteredPerson)
    for agreement_id in AGREEMENTS:
        bus.grant(made.participant_id, AgreementId(agreement_id))
    bus.publish(*make_events(made.participant_id))
    bus.turn()
    bus.clock.go_on(BATCH)
    bus.turn()
    return made.participant_id


def rows_of(bus: Bus, table: Table, participant_id: PassportNumber) -> int:
    """Return how many rows of a table are somebody's."""
    with bus.engine.connect() as connection:
        counted = select(func.count()).where(table.c.participant_id == participant_id)
        return connection.scalar(counted) or 0
