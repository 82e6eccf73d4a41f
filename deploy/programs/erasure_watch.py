"""A watch over erasures: one that was cut short is gone on with by hand, so somebody is told."""

import threading
from typing import Final

from consent_ledger.rights.kept_certificates import count_unfinished
from deploy.hub import Hub
from deploy.metrics import ERASURES_UNFINISHED

EVERY_SECONDS: Final = 30.0


def run_erasure_watch(hub: Hub, stop: threading.Event) -> None:
    """Count the erasures that are recorded and have no certificate, until told to stop.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: PostgreSQL is away.

    """
    while not stop.is_set():
        with hub.engine.connect() as connection:
            ERASURES_UNFINISHED.set(count_unfinished(connection))
        stop.wait(EVERY_SECONDS)
