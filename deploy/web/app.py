"""The web application: what it serves, and the program that serves it."""

import socket
import threading

import uvicorn
from fastapi import FastAPI

from deploy.web import registry
from schemas.errors import BusError

TITLE = "No Wrong Door bus"


def create_app() -> FastAPI:
    """Return the application."""
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None)
    app.include_router(registry.router)
    return app


def run_web(port: int, stop: threading.Event, address: str = "127.0.0.1") -> None:
    """Serve until told to stop. Requests are not logged: a URL is nobody's business.

    Raises:
        BusError: the port is in use.

    """
    try:
        listening = socket.create_server((address, port))
    except OSError as error:
        raise BusError(
            f"The web server cannot use {address}:{port}: {error.strerror}.",
            "Set NWD_WEB_PORT to a free port, or to 0 for none.",
        ) from None
    config = uvicorn.Config(create_app(), access_log=False, log_level="warning")
    server = uvicorn.Server(config)

    def watch() -> None:
        stop.wait()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    server.run(sockets=[listening])
