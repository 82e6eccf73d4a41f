"""Every route of the web application is read-only and for anybody, or asks who is there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Route

from deploy.web.guard.closed_route import ClosedRoute, known_caller
from deploy.web.guard.open_route import OpenRoute
from tests.support.web import lonely_app

PUBLIC = {
    "/openapi.json",
    "/schemas/types",
    "/schemas/ids/{schema_id}",
    "/subjects",
    "/subjects/{subject}/versions",
    "/subjects/{subject}/versions/{version}",
    "/subjects/{subject}/versions/{version}/schema",
    "/config",
    "/mode",
    "/associations/{_path:any_path}",
    "/ledger/checkpoint",
    "/ledger/keys",
    "/ledger/tile/entries/{_path:any_path}",
    "/ledger/tile/{path:any_path}",
    "/v1/services",
    "/v1/services/{listing_id}",
    "/services",
    "/services/{listing_id}",
}
"""Looked at one by one: schemas, hashes, public keys and services, nothing about a person."""

BY_LINK = {"/services/confirm/{token}"}
"""Whoever has the link may: it is for one listing of the directory, runs out, and works once."""
BY_FORM = {
    "/import",
    "/import/file/{upload_id}",
    "/import/check",
    "/import/table",
    "/import/publish",
}
"""A form's small body has a key or the token of one file: test_table_pages tries both. The body
with the file is read where the address has half of a token for which a file is awaited."""
IN_PATHS = {"event_id", "upload_id"}
"""Looked at: a UUID that tells nothing, and that its own provider alone can ask by; half a token.
"""

ABOUT_NOBODY = {"agreement", "after", "limit", "wait_seconds"}
"""What stands in a URL: an agreement, offsets of a tray, and how much and how long."""


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """Give the whole application; nothing answers behind it."""
    return lonely_app(tmp_path)


def routes(within: Any) -> Iterator[Route]:
    """Yield every route of an application, those of its routers included."""
    for one in within.routes:
        router = getattr(one, "original_router", None)
        if router is not None:
            yield from routes(router)
        else:
            assert isinstance(one, Route), one
            yield one


def needed(route: Dependant) -> Iterator[object]:
    """Yield whatever a route depends on."""
    for one in route.dependencies:
        yield one.call
        yield from needed(one)


def test_a_route_is_read_only_and_looked_at_or_asks_who_is_there(app: FastAPI) -> None:
    """A new one is in the list, or nobody without a credential gets through."""
    found = list(routes(app))

    assert {one.path for one in found} > PUBLIC
    for one in found:
        if one.path in BY_LINK | BY_FORM:
            assert isinstance(one, OpenRoute), one.path
        elif one.path in PUBLIC:
            assert (one.methods or set()) <= {"GET", "HEAD"}, one.path
        else:
            assert isinstance(one, ClosedRoute), one.path
            assert known_caller in set(needed(one.dependant)), one.path


def test_nobody_gets_through_without_a_credential(app: FastAPI) -> None:
    """Whatever they send: 401, before anything else is looked at."""
    closed = [
        (method, one.path)
        for one in routes(app)
        if one.path not in PUBLIC | BY_LINK | BY_FORM
        for method in sorted(one.methods or ())
    ]
    client = TestClient(app, base_url="http://localhost")

    assert closed
    for method, path in closed:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic wrong"}):
            answer = client.request(method, path, headers=headers, json={"number": "nobody"})
            assert answer.status_code == 401, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"


def test_no_route_has_a_place_for_a_person_in_its_url(app: FastAPI) -> None:
    """URLs are logged on their way: who it is about is in a body."""
    for one in routes(app):
        if isinstance(one, APIRoute) and one.path not in PUBLIC | BY_LINK:
            paths = {param.name for param in one.dependant.path_params}
            assert paths <= IN_PATHS | ABOUT_NOBODY, one.path
            assert {param.name for param in one.dependant.query_params} <= ABOUT_NOBODY, one.path
