"""The web application: what it serves, and to whom."""

from fastapi import FastAPI
from sqlalchemy import Engine

from deploy.home.api_token import read_api_token
from deploy.hub import Hub
from deploy.operations.inbox import Inbox
from deploy.operations.letter_book import LetterBook
from deploy.settings import Settings
from deploy.web.api import (
    consent,
    dead_letters,
    event_statuses,
    events,
    imports,
    ledger,
    participants,
    prefill,
    registry,
    services,
    trays,
)
from deploy.web.ending import Ending
from deploy.web.enforcement_watch import EnforcementWatch
from deploy.web.guard.callers import Callers
from deploy.web.guard.declared_answers import OF_EVERY_ROUTE
from deploy.web.guard.every_answer import EveryAnswer
from deploy.web.guard.head import HeadCheck
from deploy.web.guard.key_ring import KeyRing
from deploy.web.guard.problems import answer_problems
from deploy.web.guard.requests_at_once import RequestsAtOnce
from deploy.web.publishing import Publishing
from deploy.web.repeated_looks import RepeatedLooks
from deploy.web.served import services as service_pages
from deploy.web.served import tables as table_pages
from deploy.web.work import DIRECTORY_AT_ONCE, IMPORTS_AT_ONCE, Work

TITLE = "No Wrong Door bus"


def create_app(engine: Engine, settings: Settings) -> FastAPI:
    """Return the application that anybody may read; it asks the database for the ledger only."""
    app = FastAPI(
        title=TITLE,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat the Host header
        responses=OF_EVERY_ROUTE,
    )
    app.state.engine = engine
    app.include_router(registry.router)
    app.include_router(ledger.router)
    answer_problems(app)
    app.add_middleware(HeadCheck, hosts=settings.web_hosts)
    app.add_middleware(EveryAnswer)  # the last one is outermost
    return app


def create_hub_app(hub: Hub) -> FastAPI:
    """Return that with the API for those with a credential; SecretError without a token file."""
    app = create_app(hub.engine, hub.settings)
    work = Work()
    app.state.hub = hub
    app.state.work = work
    app.state.import_work = Work(IMPORTS_AT_ONCE)
    app.state.directory_work = Work(DIRECTORY_AT_ONCE)
    app.state.callers = Callers(read_api_token(hub.settings.home), KeyRing(hub, work))
    app.state.at_once = RequestsAtOnce(hub.settings.web_requests_at_once)
    app.state.watch = EnforcementWatch(hub.engine)
    app.state.ending = Ending()
    app.state.inbox = Inbox(hub)
    app.state.page_work = Work(trays.PAGES_AT_ONCE)
    app.state.table_work = Work(trays.TABLES_AT_ONCE)
    app.state.publishing = Publishing(hub)
    app.state.looks = RepeatedLooks()
    app.state.watches = (app.state.watch, app.state.looks, app.state.ending)
    app.state.letter_book = LetterBook(hub)
    app.state.replaying = Work(1)  # one takes letters away: a second would fence it
    app.include_router(consent.router)
    app.include_router(prefill.router)
    app.include_router(services.closed_router)
    app.include_router(services.router)
    app.include_router(service_pages.router)
    app.include_router(table_pages.router)
    app.include_router(imports.files)
    app.include_router(imports.router)
    app.include_router(trays.router)
    for router in (events.router, event_statuses.router, participants.router, dead_letters.router):
        app.include_router(router)
    return app
