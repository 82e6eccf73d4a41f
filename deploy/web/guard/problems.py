"""Errors as `application/problem+json` (RFC 9457): what is wrong, never what was sent."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from consent_ledger.consent.access import AccessError
from consent_ledger.consent.standing_entries import (
    ConsentError,
    UnknownAgreementError,
    UnknownProviderError,
)
from consent_ledger.filter.event_log import EventLogError
from consent_ledger.register.passport_numbers import RegisterError
from consumers.inbox.cursor import CursorError
from consumers.inbox.files import TooLongError
from consumers.prefill.offers import OfferError, UnaskedError
from consumers.tray import NoTrayError, TrayError
from deploy.metrics import WEB_REFUSED
from deploy.operations.directory import UnknownListingError
from deploy.operations.kept_out import KeptOutError
from producers.gateway.avro_container import ContainerError
from producers.gateway.kept_requests import InFlightError, KeyReusedError
from producers.publisher import PublishError
from producers.snapshots.errors import UploadInProgressError
from producers.tables.errors import MappingError, TableError
from producers.uploads.kept_uploads import UploadError
from schemas.errors import BusError, KafkaAwayError
from schemas.kafka_connection import KafkaConnectionError
from schemas.validation import fault, where

MEDIA_TYPE: Final = "application/problem+json"
NO_TRAY: Final = "There is no such tray for this key."
_STATUS: Final[Mapping[type[BusError], int]] = {
    RegisterError: 404,
    UnknownAgreementError: 404,
    UnknownProviderError: 404,
    UnknownListingError: 404,
    ConsentError: 409,
    AccessError: 403,
    OfferError: 404,
    UnaskedError: 422,
    CursorError: 422,
    TooLongError: 409,
    NoTrayError: 404,
    KeptOutError: 403,
    UploadError: 404,
    ContainerError: 422,
    TableError: 409,
    MappingError: 409,
    UploadInProgressError: 409,
    InFlightError: 409,
    KeyReusedError: 422,
}
"""By class, the most special first."""
_TITLES: Final[Mapping[type[BusError], str]] = {
    UnknownAgreementError: "There is no such agreement.",
    UnknownProviderError: "There is no such provider.",
    NoTrayError: NO_TRAY,
}
"""For errors whose own message repeats the name that was sent, or is for the hub's operator."""
_HINTS: Final[Mapping[str, str]] = {NO_TRAY: ""}
"""In place of an error's own, by the title."""

_COUNTED: Final[Mapping[int, str]] = {401: "credential", 403: "scope", 429: "too-many-at-once"}
"""Refusals that somebody who watches should see: by status, whoever asked."""


_REGISTRY: Final = ("/config", "/mode", "/schemas/", "/subjects")
_READ_ONLY: Final = (
    "Schemas enter the bus by review alone, so a serializer registers none: set"
    " auto.register.schemas to false and use.latest.version to true."
)


class ProblemError(BusError):
    """What is answered instead of what was asked for."""

    def __init__(self, status: int, title: str, detail: str = "", **headers: str) -> None:
        super().__init__(title, detail)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def answer_problems(app: FastAPI) -> None:
    """Answer every error of an application so."""
    for kind in (BusError, RequestValidationError, HTTPException, OperationalError, PoolTimeout):
        app.add_exception_handler(kind, _answer)
    for of_kafka in (KafkaAwayError, KafkaConnectionError, TrayError, EventLogError, PublishError):
        app.add_exception_handler(of_kafka, _answer_for_kafka)
    app.add_exception_handler(NoTrayError, _answer)


def _answer_for_kafka(_request: Request, _error: Exception) -> Response:
    """Answer that Kafka is away: the error's own words say where it is, for the operator alone."""
    return problem(503, "Kafka does not answer at the moment.", "Try again later.")


def problem_fields(status: int, title: str, detail: str = "", **more: Any) -> dict[str, Any]:
    """Return the fields of a problem."""
    fields = {"type": "about:blank", "title": title, "status": status} | more
    return fields | ({"detail": detail} if detail else {})


def problem(
    status: int, title: str, detail: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """Return the answer that is a problem."""
    fields = problem_fields(status, title, detail, **more)
    headers = {"cache-control": "no-store", **(headers or {})}
    return JSONResponse(fields, status, headers=headers, media_type=MEDIA_TYPE)


def status_of(error: BusError) -> int:
    """Return the status with which an error of ours is answered."""
    return next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)


def _answer(request: Request, error: Exception) -> Response:
    match error:
        case ProblemError():
            if error.status in _COUNTED:
                WEB_REFUSED.labels(_COUNTED[error.status]).inc()
            return problem(error.status, error.message, error.hint, error.headers)
        case BusError():
            title = _TITLES.get(type(error), error.message)
            return problem(status_of(error), title, _HINTS.get(title, error.hint))
        case RequestValidationError():
            faults = [
                {
                    "field": where(part for part in wrong["loc"] if part != "body"),
                    "problem": fault(wrong),
                }
                for wrong in error.errors()
            ]
            return problem(422, "The request does not have the form it must have.", faults=faults)
        case HTTPException(status_code=405) if request.url.path.startswith(_REGISTRY):
            # a registry's client shows its own two fields alone
            more = {"error_code": 405, "message": f"{error.detail}. {_READ_ONLY}"}
            title = str(error.detail)
            return problem(405, title, _READ_ONLY, error.headers, **more)
        case HTTPException():
            return problem(error.status_code, str(error.detail), headers=error.headers)
    return problem(503, "The database does not answer at the moment.", "Try again later.")
