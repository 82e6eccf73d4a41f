"""The program that serves the web application."""

import socket
import threading
from collections.abc import Sequence
from typing import Final

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from deploy.web.ending import Ending
from deploy.web.enforcement_watch import EnforcementWatch
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
    waits = [getattr(app.state, name, None) for name in ("watch", "ending")]
    _Server(config, stop, [one for one in waits if one is not None]).run(sockets=[listening])
    if (inbox := getattr(app.state, "inbox", None)) is not None:
        inbox.close()


class _Server(uvicorn.Server):
    """Ends when it is told to; who waits for something is then answered at once."""

    def __init__(
        self,
        config: uvicorn.Config,
        stop: threading.Event,
        waits: Sequence[EnforcementWatch | Ending],
    ) -> None:
        super().__init__(config)
        self._stop = stop
        self._waits = waits

    @override
    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for wait in self._waits:
            wait.end()
        await super().shutdown(sockets)
