"""The application with nothing behind it, asked in this process or over a socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from deploy.home.api_token import read_api_token
from tests.support.web import lonely_app, serving


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """Give the whole application."""
    return lonely_app(tmp_path)


@pytest.fixture
def token(app: FastAPI) -> str:
    """Give the operator's token."""
    return read_api_token(app.state.hub.settings.home)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Give somebody who asks without any credential."""
    with TestClient(app, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def operator(app: FastAPI, token: str) -> Iterator[TestClient]:
    """Give somebody who asks with the operator's token."""
    with TestClient(app, base_url="http://localhost") as client:
        client.headers["authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def port(app: FastAPI) -> Iterator[int]:
    """Give the port of a real server of it."""
    with serving(app) as port:
        yield port
