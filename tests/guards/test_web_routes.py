"""Every route of the web application is read-only and for anybody, or asks for the token."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Route

from deploy.home.api_token import create_api_token
from deploy.home.secret_files import create_secrets, load_secrets
from deploy.hub import Hub
from deploy.settings import Addresses, Settings
from deploy.web.app import create_hub_app
from deploy.web.guard.bearer import require_token
from schemas.kafka_connection import KafkaConnection

PUBLIC = {
    "/openapi.json",
    "/schemas/types",
    "/schemas/ids/{schema_id}",
    "/subjects",
    "/subjects/{subject}/versions",
    "/subjects/{subject}/versions/{version}",
    "/associations/{_path:path}",
    "/ledger/checkpoint",
    "/ledger/keys",
    "/ledger/tile/entries/{_path:path}",
    "/ledger/tile/{path:path}",
}
"""Looked at one by one: schemas, hashes and public keys, nothing about a person."""


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """Give the whole application; nothing answers behind it."""
    create_secrets(tmp_path)
    create_api_token(tmp_path)
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1"
    hub = Hub(
        Settings(home=tmp_path),
        Addresses(KafkaConnection("127.0.0.1:1"), nowhere, nowhere, manages_access=False),
        load_secrets(tmp_path, "example.org/ledger"),
    )
    return create_hub_app(hub)


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


def test_a_route_is_read_only_and_looked_at_or_asks_for_the_token(app: FastAPI) -> None:
    """A new one is in the list, or nobody without the token gets through."""
    found = list(routes(app))

    assert {one.path for one in found} > PUBLIC
    for one in found:
        if one.path in PUBLIC:
            assert (one.methods or set()) <= {"GET", "HEAD"}, one.path
        else:
            assert isinstance(one, APIRoute), one.path
            assert require_token in set(needed(one.dependant)), one.path


def test_nobody_gets_through_without_the_token(app: FastAPI) -> None:
    """Whatever they send: 401, before anything else is looked at."""
    closed = [
        (method, one.path)
        for one in routes(app)
        if one.path not in PUBLIC
        for method in sorted(one.methods or ())
    ]
    client = TestClient(app)

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
        if isinstance(one, APIRoute) and one.path not in PUBLIC:
            assert not one.dependant.path_params, one.path
            assert not one.dependant.query_params, one.path
