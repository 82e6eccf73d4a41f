"""The readers' own watch over the ledger: each keeps the last checkpoint it has seen.

A fork does not stop a reader, whose tray the audit checks: a warning and a metric report it.
"""

import logging
import threading
from typing import Final

from consumers.ledger_follower import LedgerFollower, LedgerForkError
from consumers.ledger_tiles import HttpLedger
from deploy.hub import Hub
from deploy.metrics import CHECKPOINT_AT, CHECKPOINT_ENTRIES, CHECKPOINT_REFUSED
from schemas.errors import BusError

EVERY_SECONDS: Final = 60.0

_log = logging.getLogger(__name__)


def run_ledger_watch(hub: Hub, stop: threading.Event, reader: str) -> None:
    """Follow the ledger that `nwd run web` serves here until stopped.

    The metric's time stays behind while it does not answer.
    """
    kept = hub.settings.home / "kept"
    kept.mkdir(exist_ok=True)
    follower = LedgerFollower(
        HttpLedger(f"http://127.0.0.1:{hub.settings.web_port}"),
        kept / f"{reader}.checkpoint",
        hub.secrets.signing_key.verifier_key,
    )
    refused = CHECKPOINT_REFUSED.labels(reader)
    while not stop.is_set():
        try:
            CHECKPOINT_ENTRIES.labels(reader).set(follower.follow().now.size)
        except LedgerForkError as error:
            refused.set(1)
            _log.warning("%s %s", error.message, error.hint)
        except BusError as error:
            _log.info("The ledger was not followed: %s", error.message)
        else:
            refused.set(0)
            CHECKPOINT_AT.labels(reader).set_to_current_time()
        stop.wait(EVERY_SECONDS)
