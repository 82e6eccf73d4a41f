"""The web application: what it serves, and the program that serves it."""

import socket
import threading

import uvicorn
from fastapi import FastAPI, Request, Response
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from deploy.home.api_token import read_api_token
from deploy.hub import Hub
from deploy.web.api import consent, ledger, registry
from deploy.web.guard.problems import answer_problems
from schemas.errors import BusError

TITLE = "No Wrong Door bus"


def create_app(engine: Engine) -> FastAPI:
    """Return the application that anybody may read; it asks the database for the ledger only."""
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None)
    app.state.engine = engine
    app.include_router(registry.router)
    app.include_router(ledger.router)
    app.add_exception_handler(OperationalError, _database_away)
    return app


def create_hub_app(hub: Hub) -> FastAPI:
    """Return that with the API for those who have the token; SecretError without a token file."""
    app = create_app(hub.engine)
    app.state.hub = hub
    app.state.token = read_api_token(hub.settings.home)
    app.include_router(consent.router)
    answer_problems(app)
    return app


def run_web(app: FastAPI, port: int, stop: threading.Event, address: str = "127.0.0.1") -> None:
    """Serve until `stop` is set; BusError where the port is in use. Requests are not logged."""
    try:
        listening = socket.create_server((address, port))
    except OSError as error:
        raise BusError(
            f"The web server cannot use {address}:{port}: {error.strerror}.",
            "Set NWD_WEB_PORT to a free port, or to 0 for none.",
        ) from None
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning"))

    def watch() -> None:
        stop.wait()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    server.run(sockets=[listening])


def _database_away(_request: Request, _error: Exception) -> Response:
    return Response("The ledger cannot be read at the moment.\n", 503, media_type="text/plain")
