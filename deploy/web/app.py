"""The web application: what it serves, and the program that serves it."""

import threading

import uvicorn
from fastapi import FastAPI

from deploy.web import registry

TITLE = "No Wrong Door bus"


def create_app() -> FastAPI:
    """Return the application."""
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None)
    app.include_router(registry.router)
    return app


def run_web(port: int, stop: threading.Event, address: str = "127.0.0.1") -> None:
    """Serve until told to stop. Requests are not logged: a URL is nobody's business."""
    config = uvicorn.Config(create_app(), host=address, port=port, access_log=False)
    config.log_level = "warning"
    server = uvicorn.Server(config)

    def watch() -> None:
        stop.wait()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    server.run()
