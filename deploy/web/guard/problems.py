"""Errors as `application/problem+json` (RFC 9457): what is wrong, never what somebody sent."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from consent_ledger.consent.standing_entries import (
    ConsentError,
    UnknownAgreementError,
    UnknownProviderError,
)
from consent_ledger.register.subjects import ErasedError, RegisterError
from schemas.errors import BusError
from schemas.validation import fault, where

MEDIA_TYPE: Final = "application/problem+json"
_STATUS: Final[Mapping[type[BusError], int]] = {
    ErasedError: 410,
    RegisterError: 404,
    UnknownAgreementError: 404,
    UnknownProviderError: 404,
    ConsentError: 409,
}
"""By the most special class first."""
_TITLES: Final[Mapping[type[BusError], str]] = {
    UnknownAgreementError: "There is no such agreement.",
    UnknownProviderError: "There is no such provider.",
}
"""For errors whose own message repeats the name that was sent."""


class ProblemError(BusError):
    """What is answered instead of what was asked for."""

    def __init__(self, status: int, title: str, detail: str = "", **headers: str) -> None:
        super().__init__(title, detail)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def answer_problems(app: FastAPI) -> None:
    """Answer every error of an application so."""
    app.add_exception_handler(ProblemError, _of_problem)
    app.add_exception_handler(BusError, _of_bus)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(OperationalError, _of_database)


def _problem(
    status: int, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    body = {"type": "about:blank", "title": title, "status": status} | more
    if detail:
        body["detail"] = detail
    return JSONResponse(
        body,
        status,
        headers={"cache-control": "no-store", **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def _of_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for it
    return _problem(error.status, error.message, error.hint, error.headers)


def _of_bus(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BusError)  # noqa: S101 - registered for it
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    return _problem(status, _TITLES.get(type(error), error.message), error.hint)


def _of_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    faults = [
        {"field": where(part for part in one["loc"] if part != "body"), "problem": fault(one)}
        for one in error.errors()
    ]
    return _problem(422, "The request does not have the form it must have.", "", faults=faults)


def _of_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    return _problem(error.status_code, str(error.detail), "", error.headers)


def _of_database(_request: Request, _error: Exception) -> Response:
    return _problem(503, "The database does not answer at the moment.", "Try again later.")
