"""The disclosure log as a program: what was disclosed and carried out is entered in the ledger."""

import threading
from typing import Final

from consent_ledger.rights.disclosure_batches import TURNS, enter_closed_turns
from consent_ledger.rights.enforcement_batches import MOST, enter_enforcements
from deploy.hub import Hub

EVERY_SECONDS: Final = 2.0
"""How long a disclosure waits for its place in the ledger, where there are few turns."""


def run_disclosure_log(hub: Hub, stop: threading.Event) -> None:
    """Enter closed turns and enforcements until stopped, beside the filter, which does not wait.

    Raises BusError when the ledger is not as it was last signed, SQLAlchemyError when PostgreSQL
    is away.
    """
    while not stop.is_set():
        with hub.ledger.begin() as tx:
            turns = enter_closed_turns(tx)
        with hub.ledger.begin() as tx:
            enforcements = enter_enforcements(tx)
        if turns < TURNS and enforcements < MOST:
            stop.wait(EVERY_SECONDS)
