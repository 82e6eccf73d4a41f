"""The rotation of the journal key as a program: on schedule, and to the end of one cut short."""

import logging
import threading
from datetime import timedelta
from typing import Final

from deploy.hub import Hub
from deploy.metrics import JOURNAL_KEY_AT
from deploy.operations.journal_key import epoch_begun_at, rotate_when_due
from schemas.errors import BusError

EVERY_SECONDS: Final = 30.0

_log = logging.getLogger(__name__)


def run_key_rotation(hub: Hub, stop: threading.Event) -> None:
    """Rotate the journal key when it is due, until stopped. A setting of 0 hours is never.

    What keeps it from being rotated does not stop the filter: a warning and the metric report it.

    Raises SQLAlchemyError when PostgreSQL is away.
    """
    every = timedelta(hours=hub.settings.key_rotation_hours)
    while not stop.is_set():
        try:
            if every:
                rotate_when_due(hub, every)
        except BusError as error:
            _log.warning("The journal key was not rotated. %s %s", error.message, error.hint)
        began = epoch_begun_at(hub)
        if began is not None:
            JOURNAL_KEY_AT.set(began.timestamp())
        stop.wait(EVERY_SECONDS)
