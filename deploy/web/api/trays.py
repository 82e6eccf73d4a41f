"""Trays over HTTP, for their readers: what came and went as JSON, what stands there as a table.

What is read is the tray itself. Passport numbers are in bodies alone, and the server keeps no place
for anybody: the cursor, which is in the URL, holds offsets.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi import Request as HttpRequest
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from pydantic_core import to_json

from consumers.inbox.cursor import MOST_CHARACTERS, TrayCursor, parse_cursor
from consumers.inbox.page import Page
from consumers.record_fields import record_fields
from consumers.tray import PositionLostError
from deploy.hub import Hub
from deploy.metrics import INBOX_RECORDS
from deploy.operations.inbox import Inbox, TableForm
from deploy.operations.webhooks import calls_of, list_webhooks, public_keys
from deploy.web.api.reading_route import ReadingRoute
from deploy.web.ending import Ending
from deploy.web.guard.callers import Callers
from deploy.web.guard.closed_route import KnownCaller
from deploy.web.guard.declared_answers import OF_CLOSED_ROUTES, problem_answer
from deploy.web.guard.problems import NO_TRAY, ProblemError
from deploy.web.work import Work
from schemas.identifiers import AgreementId, OrganisationId

PAGES_AT_ONCE: Final = 4
TABLES_AT_ONCE: Final = 2
"""Each in a thread, whoever asks; a table takes long, and pages do not wait for it."""
DEFAULT_RECORDS: Final = 500
MOST_RECORDS: Final = 5_000
MOST_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.5
"""Between two looks of a request that waits: in between it holds no thread."""
_CHUNK_BYTES: Final = 64 * 1024


router = APIRouter(
    prefix="/v1/trays",
    tags=["trays"],
    route_class=ReadingRoute,
    responses={
        **{code: OF_CLOSED_ROUTES[code] for code in (400, 401, 403, 429)},
        404: problem_answer("The key reads no such tray: it may be another's, or nobody's."),
        422: problem_answer("A part of the URL does not have the form it must have."),
        503: problem_answer("The database or Kafka does not answer at the moment."),
    },
)

Agreement = Annotated[
    AgreementId,
    Path(
        max_length=63,
        pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$",
        description="The agreement, such as `college-c.outcomes`.",
        json_schema_extra={"format": "agreement-id"},
    ),
]
After = Annotated[
    str | None,
    Query(
        max_length=MOST_CHARACTERS,
        description="`next` of the page before; without it, from the start.",
        json_schema_extra={"format": "tray-cursor"},
    ),
]


class CsvAnswer(StreamingResponse):
    """Comma-separated values."""

    media_type = "text/csv; charset=utf-8"


class WorkbookAnswer(StreamingResponse):
    """A workbook of Excel."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ShownRecord(BaseModel):
    """A record of a tray: the state of its key from now on, or that there is none any more."""

    partition: int
    offset: int
    participant: Annotated[str, Field(description="Of the key: a passport number or pseudonym.")]
    event_id: Annotated[str, Field(description="Of the key: delete by both.")]
    type: Annotated[str, Field(description="referral, enrolment or outcome.")]
    closed: Annotated[list[str], Field(description="Categories that are closed for this person.")]
    headers: dict[str, str]
    value: Annotated[
        dict[str, Any] | None, Field(description="The event; null: delete what has this key.")
    ]


class TrayPage(BaseModel):
    """What stands in a tray behind a place."""

    records: list[ShownRecord]
    next: Annotated[str, Field(description="Send it as `after`, once these records are kept.")]
    is_caught_up: Annotated[bool, Field(description="Whether nothing was behind them.")]


class ShownCall(BaseModel):
    """A call of a webhook, and what came of it."""

    at: datetime
    message_id: str
    status: int | None
    problem: Annotated[str, Field(description="Empty where the message was taken.")]


class ShownWebhook(BaseModel):
    """Where the reader of a tray is told that it has something new."""

    id: str
    url: str
    public_keys: Annotated[list[str], Field(description="Of those that sign, the newest first.")]
    failing_since: datetime | None
    attempts: int
    next_try_at: datetime | None
    calls: Annotated[list[ShownCall], Field(description="The last ones, the newest first.")]


class _TrayRequest:
    """What a request reads with. Who asks is looked at each time: some wait for a minute."""

    def __init__(self, request: HttpRequest) -> None:
        self.ending: Ending = request.app.state.ending
        self._page_work: Work = request.app.state.page_work
        self._table_work: Work = request.app.state.table_work
        self._hub: Hub = request.app.state.hub
        self._inbox: Inbox = request.app.state.inbox
        self._callers: Callers = request.app.state.callers
        self._headers = request.headers

    async def page(self, agreement: AgreementId, after: TrayCursor | None, limit: int) -> Page:
        """Return a page; ProblemError 401, 404 or 410 where there is none, or no next one."""
        who = await self._reader_of(agreement)
        try:
            return await self._page_work.run(self._inbox.page, who, agreement, after, limit)
        except PositionLostError:
            raise ProblemError(
                410,
                "The cursor cannot be continued.",
                "Its tray was made again, or it is older than retractions are kept. Empty your"
                " table and read from the start, without `after`.",
            ) from None

    async def table(self, agreement: AgreementId, form: TableForm) -> IO[bytes]:
        """Return the file of a table; ProblemError 404 where there is none."""
        who = await self._reader_of(agreement)
        return await self._table_work.run(self._inbox.table, who, agreement, form)

    async def webhooks(self, agreement: AgreementId) -> list[ShownWebhook]:
        """Return the webhooks of a tray; ProblemError 404 where there is none."""
        who = await self._reader_of(agreement)
        return await self._page_work.run(_webhooks_of, self._hub, self._inbox, who, agreement)

    async def as_json(self, found: Page) -> bytes:
        """Return a page as it is answered."""
        return await self._page_work.run(_as_json, found)

    async def _reader_of(self, agreement: AgreementId) -> OrganisationId:
        caller = await self._callers.caller_of(self._headers)
        if caller.organisation is None or agreement not in caller.readable():
            raise ProblemError(404, NO_TRAY)
        return caller.organisation


async def _asked(request: HttpRequest, _caller: KnownCaller) -> _TrayRequest:
    return _TrayRequest(request)


Asked = Annotated[_TrayRequest, Depends(_asked)]


@router.get(
    "/{agreement}",
    response_model=TrayPage,
    responses={410: problem_answer("The cursor is too old, or of a tray that was made again.")},
)
async def page(
    agreement: Agreement,
    asked: Asked,
    after: After = None,
    limit: Annotated[
        int, Query(ge=1, le=MOST_RECORDS, description="Records at most.")
    ] = DEFAULT_RECORDS,
    wait_seconds: Annotated[
        float, Query(ge=0, le=MOST_SECONDS, description="How long to wait for a first record.")
    ] = 0.0,
) -> Response:
    """Return what stands in a tray behind a cursor, in the tray's order, retractions included.

    The same as its reader gets from Kafka: committed records, of which the last of a key counts. A
    record without `value` is a retraction: delete what you hold under that key.
    """
    until = time.monotonic() + wait_seconds
    cursor = None if after is None else parse_cursor(after)
    found = await asked.page(agreement, cursor, limit)
    while not found.records and time.monotonic() < until:
        if await asked.ending.comes_within(min(LOOK_SECONDS, until - time.monotonic())):
            break
        found = await asked.page(agreement, found.cursor, limit)
    INBOX_RECORDS.labels(agreement).inc(len(found.records))
    return Response(await asked.as_json(found), media_type="application/json")


@router.get("/{agreement}/webhooks")
async def webhooks(agreement: Agreement, asked: Asked) -> list[ShownWebhook]:
    """Return the webhooks of a tray, since when one fails, and what came of its last calls."""
    return await asked.webhooks(agreement)


@router.get("/{agreement}/table.csv", response_class=CsvAnswer)
async def table_as_csv(agreement: Agreement, asked: Asked) -> Response:
    """Return the tray as it stands, as comma-separated values: the last of each key, if any.

    It says nothing of what was retracted: whoever keeps a copy deletes by the pages.
    """
    return _as_file(await asked.table(agreement, TableForm.CSV), agreement, CsvAnswer)


@router.get(
    "/{agreement}/table.xlsx",
    response_class=WorkbookAnswer,
    responses={409: problem_answer("A text is too long for a cell of Excel: take CSV.")},
)
async def table_as_workbook(agreement: Agreement, asked: Asked) -> Response:
    """Return the tray as it stands, as a workbook of Excel in which every cell is text."""
    return _as_file(await asked.table(agreement, TableForm.WORKBOOK), agreement, WorkbookAnswer)


def _webhooks_of(
    hub: Hub, inbox: Inbox, organisation: OrganisationId, agreement: AgreementId
) -> list[ShownWebhook]:
    inbox.demand_reader(organisation, agreement)
    return [
        ShownWebhook(
            id=of.id,
            url=of.url,
            public_keys=public_keys(hub, of),
            failing_since=of.pending_since,
            attempts=of.attempts,
            next_try_at=of.next_try_at,
            calls=[ShownCall(**call._asdict()) for call in calls_of(hub, of.id)],
        )
        for of in list_webhooks(hub)
        if (of.organisation, of.agreement_id) == (organisation, agreement)
    ]


def _as_json(found: Page) -> bytes:
    return to_json(
        {
            "records": [record_fields(record) for record in found.records],
            "next": found.cursor.text(),
            "is_caught_up": found.is_caught_up,
        },
        inf_nan_mode="null",  # Avro knows numbers that JSON does not
    )


def _as_file(
    file: IO[bytes], agreement: AgreementId, answer: type[StreamingResponse]
) -> StreamingResponse:
    ending = "csv" if answer is CsvAnswer else "xlsx"
    return answer(
        _chunks(file),
        headers={"content-disposition": f'attachment; filename="{agreement}.{ending}"'},
    )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
