"""Webhooks as a program: who is to be told that a tray has something new is called."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from deploy.hub import Hub
from deploy.metrics import WEBHOOK_CALLS, WEBHOOK_OVERDUE
from deploy.operations.inbox import Inbox
from deploy.operations.webhooks import call_if_due, list_webhooks, overdue_seconds

EVERY_SECONDS: Final = 1.0
CALLS_AT_ONCE: Final = 2
"""Each holds a connection of the database, of which the web server beside it has need."""


def run_webhooks(hub: Hub, stop: threading.Event) -> None:
    """Call endpoints until stopped. Raises BusError and SQLAlchemyError where a server is away."""
    inbox = Inbox(hub)
    with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
        while not stop.is_set():
            call_all(hub, inbox, threads)
            stop.wait(EVERY_SECONDS)
    inbox.close()


def call_all(hub: Hub, inbox: Inbox, threads: ThreadPoolExecutor) -> None:
    """Call each endpoint once that is due and has something to be told."""
    ids = [of.id for of in list_webhooks(hub)]
    for outcome in threads.map(lambda id_: call_if_due(hub, inbox, id_), ids):
        if outcome is not None:
            WEBHOOK_CALLS.labels("failed" if outcome.problem else "taken").inc()
    for endpoint_id, seconds in overdue_seconds(list_webhooks(hub), hub.clock()).items():
        WEBHOOK_OVERDUE.labels(endpoint_id).set(seconds)
