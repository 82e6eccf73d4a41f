"""Expiries as a program: a grant that has run out is entered in the ledger as expired."""

import threading
from contextlib import suppress
from typing import Final

from consent_ledger.consent.consent import expire
from consent_ledger.consent.standings import run_out
from consent_ledger.register.passport_numbers import ErasedError
from consent_ledger.transaction import PostgresLedger
from deploy.hub import Hub

EVERY_SECONDS: Final = 5.0
"""How long a grant that ran out may wait for its entry. The filter has closed it on time."""


def run_expiries(hub: Hub, stop: threading.Event) -> None:
    """Enter expired grants until stopped, beside the filter, which does not wait for it.

    Raises BusError when the ledger is not as it was last signed, SQLAlchemyError when PostgreSQL
    is away.
    """
    while not stop.is_set():
        enter_expiries(hub.ledger)
        stop.wait(EVERY_SECONDS)


def enter_expiries(ledger: PostgresLedger) -> int:
    """Enter every grant that has run out and was not entered yet; return how many entries.

    Each has a transaction of its own, which locks the person. It skips a person being erased, and a
    grant that was renewed, withdrawn or entered by another process in the meantime.
    """
    with ledger.engine.connect() as connection:
        ended = run_out(connection, ledger.clock())
    entered = 0
    for participant_id, agreement_id in ended:
        with suppress(ErasedError), ledger.begin() as tx:
            entered += expire(tx, participant_id, agreement_id) is not None
    return entered
