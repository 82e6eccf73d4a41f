"""The pages on which an organisation hands in a table: from the file to the bus in five of them.

The key is asked for once. From then on the token of one file stands for it, in the body of each
form: an address has the half of it that opens nothing, so that it is known before a file is read
whether one is awaited. Nothing needs JavaScript.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.exc import OperationalError
from typing_extensions import override

from deploy.hub import Hub
from deploy.operations.kept_out import KeptOutError
from deploy.operations.uploads import (
    LookedThrough,
    ask_for_table,
    choose,
    hand_in,
    import_upload,
    is_asked_for,
    look_through,
    return_upload,
    try_upload,
)
from deploy.pages.key import key_page
from deploy.pages.notice import notice_page
from deploy.pages.table_columns import ColumnForm, table_columns_page
from deploy.pages.table_result import TriedTable, table_imported_page, table_tried_page
from deploy.pages.table_upload import EVENT_WORDS, table_upload_page
from deploy.web.guard.bounded_request import MOST_BYTES, BoundedRequest
from deploy.web.guard.callers import Callers
from deploy.web.guard.open_route import OpenRoute
from deploy.web.guard.problems import ProblemError, status_of
from deploy.web.served.table_forms import chosen_in, lacks_words, with_words
from deploy.web.work import Work
from producers.publisher import PublishError
from producers.snapshots.errors import UploadInProgressError
from producers.tables.errors import MappingError, TableError
from producers.uploads.kept_uploads import UploadError, public_half
from schemas.errors import KafkaAwayError

MOST_FILE_BYTES: Final = 5_000_000
MOST_FORM_BYTES: Final = 256 * 1024
MOST_FIELDS: Final = 5_000
_CSV: Final = "text/csv; charset=utf-8"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TablePageRoute(OpenRoute):
    """Says on a page what is wrong with a table or its token, where no page of its own does."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_on_a_page(request: Request) -> Response:
            try:
                return await answer(request)
            except (UploadError, KeptOutError, TableError, UploadInProgressError) as error:
                page = notice_page(error.message, error.hint, _hub(request).clock())
                return HTMLResponse(page, status_code=status_of(error))

        return answer_on_a_page


router = APIRouter(
    prefix="/import",
    route_class=TablePageRoute,
    default_response_class=HTMLResponse,
    include_in_schema=False,
)


@router.get("")
async def show(request: Request) -> HTMLResponse:
    """Show the form for a key."""
    return HTMLResponse(key_page(_hub(request).clock()))


@router.post("")
async def ask(request: Request) -> HTMLResponse:
    """Take a key, and show the form for a file."""
    hub, work = _hub(request), _work(request)
    callers: Callers = request.app.state.callers
    fields = await BoundedRequest(request.scope, request.receive, MOST_BYTES).read_form()
    try:
        caller = await callers.caller_with(fields.get("key", ""))
        provider_id = caller.demand_provider()
    except ProblemError as error:
        page = key_page(hub.clock(), f"{error.message} Ask the hub for a key that may publish.")
        return HTMLResponse(page, status_code=error.status)
    token = await work.run(ask_for_table, hub, provider_id)
    return HTMLResponse(table_upload_page(token, hub.clock()))


@router.post("/file/{upload_id}")
async def upload(upload_id: str, request: Request) -> HTMLResponse:
    """Keep a file, and show where its columns may go. Whether one is awaited is known before."""
    hub, work = _hub(request), _work(request)
    if not await work.run(is_asked_for, hub, upload_id):
        raise UploadError
    bounded = BoundedRequest(request.scope, request.receive, MOST_FILE_BYTES)
    sent = await bounded.read_upload()
    token, event = sent.fields.get("token", ""), sent.fields.get("event", "")
    if public_half(token) != upload_id:
        raise UploadError
    if event not in EVENT_WORDS or not sent.file_name:
        page = table_upload_page(token, hub.clock(), "Choose a file, and say what each row is.")
        return HTMLResponse(page, status_code=422)
    try:
        await work.run(hand_in, hub, token, sent.file_name, sent.content)
        looked = await work.run(look_through, hub, token, event)
    except TableError as error:
        page = table_upload_page(token, hub.clock(), f"{error.message} {error.hint}".strip())
        return HTMLResponse(page, status_code=422)
    return HTMLResponse(_columns_page(hub, looked))


@router.post("/check")
async def check(request: Request) -> HTMLResponse:
    """Show what would become of a table, or the columns again where something is left to say."""
    hub, work = _hub(request), _work(request)
    fields = await _form(request)
    token, event = fields.get("token", ""), fields.get("event", "")
    if event not in EVENT_WORDS:
        raise UploadError
    looked = await work.run(look_through, hub, token, event)
    looked = looked._replace(chosen=chosen_in(fields, looked))
    if lacks_words(looked.chosen, looked.proposed.samples):
        faults = ["Say what the words in your table mean."]
        return HTMLResponse(_columns_page(hub, looked, faults), status_code=422)
    try:
        await work.run(choose, hub, looked)
        tried = await work.run(try_upload, hub, token)
    except MappingError as error:
        faults = list(error.faults) or [error.message]
        return HTMLResponse(_columns_page(hub, looked, faults), status_code=422)
    warnings = await work.run(tried.tried.referrals.warnings, hub)
    page = TriedTable(token, tried.done, tried.tried.reaches, tried.tried.row_reaches, warnings)
    return HTMLResponse(table_tried_page(page, hub.clock()))


@router.post("/table")
async def download(request: Request) -> Response:
    """Give a table back with what would become of each row, and why."""
    hub, work = _hub(request), _work(request)
    fields = await _form(request)
    table = await work.run(return_upload, hub, fields.get("token", ""))
    name = "".join(part for part in table.name if part.isascii() and part.isprintable())
    return Response(
        table.content,
        media_type=_XLSX if table.is_workbook else _CSV,
        headers={"content-disposition": f'attachment; filename="{name.replace(chr(34), "")}"'},
    )


@router.post("/publish")
async def publish(request: Request) -> HTMLResponse:
    """Import a table, and show what became of it."""
    hub, work = _hub(request), _work(request)
    fields = await _form(request)
    try:
        done = await work.run(import_upload, hub, fields.get("token", ""))
    except (PublishError, KafkaAwayError, OperationalError):
        again = "Nothing is lost, and nothing counts twice: go back, and press Publish again."
        page = notice_page("The table could not be published as a whole", again, hub.clock())
        return HTMLResponse(page, status_code=503)
    return HTMLResponse(table_imported_page(done, hub.clock()))


def _columns_page(hub: Hub, looked: LookedThrough, faults: list[str] | None = None) -> str:
    samples = looked.proposed.samples
    form = ColumnForm(
        token=looked.token,
        file_name=looked.file.name,
        chosen=with_words(looked.chosen, samples),
        samples=samples,
        services=looked.services,
        faults=faults or (),
    )
    return table_columns_page(form, hub.clock())


async def _form(request: Request) -> dict[str, str]:
    return await BoundedRequest(request.scope, request.receive, MOST_FORM_BYTES).read_form(
        MOST_FIELDS
    )


def _hub(request: Request) -> Hub:
    return cast("Hub", request.app.state.hub)


def _work(request: Request) -> Work:
    return cast("Work", request.app.state.import_work)
