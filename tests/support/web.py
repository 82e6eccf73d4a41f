"""The web application with nothing behind it, and a real server of it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from deploy.home.api_token import create_api_token
from deploy.home.secret_files import create_secrets, load_secrets
from deploy.hub import Hub
from deploy.settings import Addresses, Settings
from deploy.web.app import create_hub_app
from deploy.web.server import run_web
from schemas.kafka_connection import KafkaConnection

START_SECONDS: Final = 20.0
NOWHERE: Final = "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1"
"""A database that refuses at once: what gets as far as that is answered 503."""


def lonely_app(home: Path, **settings: Any) -> FastAPI:
    """Return the whole application of a new home; no Kafka and no PostgreSQL is behind it."""
    create_secrets(home)
    create_api_token(home)
    hub = Hub(
        Settings(home=home, **settings),
        Addresses(KafkaConnection("127.0.0.1:1"), NOWHERE, NOWHERE, manages_access=False),
        load_secrets(home, "example.org/ledger"),
    )
    return create_hub_app(hub)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_served(port: int) -> None:
    """Wait until somebody answers there."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the web server does not answer")


@contextmanager
def serving(app: FastAPI) -> Iterator[int]:
    """Serve an application from a thread while the block runs; give the port."""
    port = free_port()
    stop = threading.Event()
    thread = threading.Thread(target=run_web, args=(app, port, stop))
    thread.start()
    try:
        wait_until_served(port)
        yield port
    finally:
        stop.set()
        thread.join(START_SECONDS)
