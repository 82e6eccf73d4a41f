"""Tables over HTTP: a dry run first, and the import by what the dry run answered."""

from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from deploy.hub import Hub
from deploy.operations.dry_run import reach_fields
from deploy.operations.uploads import (
    Tried,
    ask_for_table,
    choose_text,
    hand_in,
    import_upload,
    try_upload,
)
from deploy.pages.service_fields import warning_fields
from deploy.web.api.provider_route import ProviderRoute
from deploy.web.guard.bounded_request import MULTIPART, BoundedRequest
from deploy.web.guard.closed_route import KnownCaller
from deploy.web.guard.declared_answers import OF_CLOSED_ROUTES, problem_answer
from deploy.web.guard.problems import ProblemError
from deploy.web.work import Work

_BODY: Final = {
    "required": True,
    "content": {
        MULTIPART: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "CSV or a workbook, with headings in its first row.",
                    },
                    "mapping": {
                        "type": "string",
                        "description": "Where each column goes, as YAML. Without it, as the last"
                        " table with these columns.",
                    },
                },
            }
        }
    },
}
_NONE: Final = problem_answer("There is no such table: it was imported, or has run out.")
_REFUSED: Final = problem_answer("The file is no table, or the mapping does not fit it.")


class TablesRoute(ProviderRoute):
    """One that takes a file."""

    most_bytes = 5_000_000


def _router(route: type[ProviderRoute]) -> APIRouter:
    return APIRouter(
        prefix="/v1/imports",
        tags=["gateway"],
        route_class=route,
        responses=OF_CLOSED_ROUTES | {409: _REFUSED},
    )


files = _router(TablesRoute)
router = _router(ProviderRoute)


class TriedImport(BaseModel):
    """What an import of a table would do."""

    token: Annotated[str, Field(description="Accept the dry run with it, within a day.")]
    result: dict[str, Any]
    recipients: list[dict[str, Any]]
    published_unseen: int
    rows: Annotated[
        list[dict[str, Any]],
        Field(
            description="Rows that would be published, those together of which the same recipients"
            " would see the same categories: who would, who more once the person has been asked,"
            " and the first lines."
        ),
    ]
    service_warnings: list[dict[str, Any]]


class AcceptedTable(BaseModel, extra="forbid"):
    """The dry run that is accepted."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


class DoneImport(BaseModel):
    """What an import did."""

    result: dict[str, Any]


@files.post("", openapi_extra={"requestBody": _BODY})
async def dry_run(request: Request, caller: KnownCaller) -> TriedImport:
    """Try a table: what would become of its rows, and who would see what. Nothing is shared."""
    hub, work = _parts(request)
    provider_id = caller.demand_provider()
    sent = await cast("BoundedRequest", request).read_upload()
    if not sent.file_name:
        raise ProblemError(422, "The form has no file.")
    token = await work.run(ask_for_table, hub, provider_id)
    await work.run(hand_in, hub, token, sent.file_name, sent.content)
    await work.run(choose_text, hub, token, sent.fields.get("mapping"))
    tried = await work.run(try_upload, hub, token)
    return TriedImport(
        token=token,
        result=tried.done.model_dump(mode="json"),
        recipients=list(map(reach_fields, tried.tried.reaches)),
        published_unseen=tried.tried.unseen,
        rows=tried.tried.row_reaches.fields(),
        service_warnings=await work.run(_warnings, hub, tried),
    )


@router.post("/accept", responses={404: _NONE})
async def accept(body: AcceptedTable, request: Request, caller: KnownCaller) -> DoneImport:
    """Import the table of a dry run: it does what the dry run said, but for what changed since."""
    hub, work = _parts(request)
    done = await work.run(import_upload, hub, body.token, caller.demand_provider())
    return DoneImport(result=done.model_dump(mode="json"))


def _warnings(hub: Hub, tried: Tried) -> list[dict[str, Any]]:
    return [*map(warning_fields, tried.tried.referrals.warnings(hub))]


def _parts(request: Request) -> tuple[Hub, Work]:
    return request.app.state.hub, request.app.state.import_work
