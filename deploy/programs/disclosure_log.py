"""The disclosure log as a program: what closed turns disclosed is entered in the ledger."""

import threading
from typing import Final

from consent_ledger.rights.disclosure_batches import TURNS, enter_closed_turns
from deploy.hub import Hub

EVERY_SECONDS: Final = 2.0
"""How long a disclosure waits for its place in the ledger, where there are few turns."""


def run_disclosure_log(hub: Hub, stop: threading.Event) -> None:
    """Enter closed turns until stopped, beside the filter, which does not wait for it.

    Raises BusError when the ledger is not as it was last signed, SQLAlchemyError when PostgreSQL
    is away.
    """
    while not stop.is_set():
        with hub.ledger.begin() as tx:
            entered = enter_closed_turns(tx)
        if entered < TURNS:
            stop.wait(EVERY_SECONDS)
