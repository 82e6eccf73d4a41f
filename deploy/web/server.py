"""The program that serves the web application."""

import socket
import threading
from collections.abc import Iterable
from typing import Final, Protocol

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from deploy.web.guard.slow_clients import IDLE_SECONDS, ImpatientProtocol
from schemas.errors import BusError

STOP_SECONDS: Final = 10
"""For the answers that are being given when it is asked to stop."""


def run_web(app: FastAPI, port: int, stop: threading.Event, address: str = "127.0.0.1") -> None:
    """Serve until `stop` is set; BusError where the port is in use. Requests are not logged."""
    try:
        listening = socket.create_server((address, port))
    except OSError as error:
        raise BusError(
            f"The web server cannot use {address}:{port}: {error.strerror}.",
            "Set NWD_WEB_PORT to a free port, or to 0 for none.",
        ) from None
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",  # it warns of each malformed request
        server_header=False,
        proxy_headers=False,  # nothing is believed that a request says of its sender
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    _Server(config, stop, getattr(app.state, "watches", ())).run(sockets=[listening])
    if publishing := getattr(app.state, "publishing", None):
        publishing.close()
    if inbox := getattr(app.state, "inbox", None):
        inbox.close()


class EndableWait(Protocol):
    """What requests wait for."""

    def end(self) -> None:
        """Let all who wait go on."""


class _Server(uvicorn.Server):
    """Ends when it is told to; whoever waits for something is then answered at once."""

    def __init__(
        self, config: uvicorn.Config, stop: threading.Event, watches: Iterable[EndableWait]
    ) -> None:
        super().__init__(config)
        self._stop = stop
        self._watches = watches

    @override
    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for watch in self._watches:
            watch.end()
        await super().shutdown(sockets)
