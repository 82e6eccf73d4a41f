"""Counts unfinished erasures for a metric: an operator resumes one that was interrupted."""

import threading
from typing import Final

from consent_ledger.rights.kept_certificates import count_unfinished
from deploy.hub import Hub
from deploy.metrics import ERASURES_UNFINISHED

EVERY_SECONDS: Final = 30.0


def run_erasure_watch(hub: Hub, stop: threading.Event) -> None:
    """Count the erasures that are recorded and have no certificate, until stopped.

    Raises SQLAlchemyError when PostgreSQL is away.
    """
    while not stop.is_set():
        with hub.engine.connect() as connection:
            ERASURES_UNFINISHED.set(count_unfinished(connection))
        stop.wait(EVERY_SECONDS)
