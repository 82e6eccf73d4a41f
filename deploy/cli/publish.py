"""`nwd publish`: a provider's events, from a file or a pipe, to its in-tray."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal
from uuid import uuid4

from typer import Argument, BadParameter, Exit, Option, Typer

from consent_ledger.ledger.clock import system_clock
from deploy.broker.address import find_kafka
from deploy.broker.in_trays import open_in_trays
from deploy.broker.topics import providers_with_in_tray
from deploy.cli import output
from deploy.cli.arguments import AsJson, PassportNumber, number_option
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.output import Advance
from deploy.cli.referral_warnings import UNSEEN, warnings_of
from deploy.cli.text.publishing import PublishAccount, account_fields, print_account
from deploy.home.kafka_users import HubUser
from deploy.home.memberships import removed
from deploy.home.secret_files import SecretError
from deploy.hub import open_hub
from deploy.operations.published_events import SentEvent, Status, wait_for_statuses
from deploy.operations.service_warnings import NotedReferrals
from deploy.settings import SettingsError, read_settings
from producers.examples import EXAMPLES
from producers.json_lines import LineError, line_of, take_lines
from schemas.errors import BusError
from schemas.events import Event

app = Typer()

_STANDARD_INPUT = Path("-")
_LINES_A_STEP: Final = 1000  # of the progress bar: a short input shows none
_SOON_SECONDS: Final = 1.0  # a filter that takes no longer needs no progress bar either


@app.command(
    epilog=examples(
        "nwd publish --example referral",
        "nwd publish --example referral --for NWD-SAMP-1E00-9",
        "nwd publish events.jsonl --dry-run",
        "tail -f crm-export.jsonl | nwd publish",
        exits=(ExitCode.NOT_ENFORCED,),
    )
)
def publish(
    file: Annotated[
        Path,
        Argument(metavar="[FILE|-]", help="Events as JSON, one a line; standard input by default."),
    ] = _STANDARD_INPUT,
    *,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Check every line and publish nothing.")
    ] = False,
    example: Annotated[
        Literal["referral", "enrolment", "outcome"] | None,
        Option(help="Print an example line of this type, to start from; with --for, publish it."),
    ] = None,
    number: Annotated[
        PassportNumber | None,
        number_option("The passport number that the example is about.", "--for"),
    ] = None,
    no_wait: Annotated[
        bool, Option("--no-wait", help="Do not wait to hear what the filter makes of the events.")
    ] = False,
    timeout: Annotated[
        float,
        Option(
            min=0,
            metavar="SECONDS",
            help="End the wait when the filter has taken nothing in for this long.",
        ),
    ] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Publish events, one JSON object a line, to the in-trays of their providers.

    A line holds `type` (referral, enrolment or outcome) and the fields of that event. Without
    `event_id` it gets a new one, which is printed: a later line with that id and a higher
    `revision` replaces it. Without `recorded_at` it is recorded now. A line that is wrong is
    reported by its number and fields; the others go through, and the command ends with 1.

    A referral to a service that is closed, full or long unconfirmed in the directory is published
    like any other: a warning says so, and what else there is.

    Then it waits until the filter has looked at the events, and reports which it refused and why:
    those, too, end it with 1. A machine that reaches only Kafka cannot learn that.
    """
    if number is not None and example is None:
        raise BadParameter("It is for --example TYPE: a line names its own participant.")
    if example is not None and number is None:
        output.result(line_of(EXAMPLES[example]))
        return
    account, noted = PublishAccount(), NotedReferrals()
    with _open(file, example, number) as lines, output.progress() as advance:
        if dry_run:
            take_lines(
                *(_counted(lines, advance), lambda _, event: noted.note(event)),
                *(account, system_clock),
            )
        else:
            _publish(lines, account, noted, advance, None if no_wait else timeout)
        warnings = warnings_of(noted)
        if warnings is None:
            output.message(UNSEEN)
        account.warnings = warnings or []
    if as_json:
        output.json_object(account_fields(account, is_dry_run=dry_run))
    else:
        print_account(account, is_dry_run=dry_run)
    if account.refused or account.count(Status.REFUSED):
        raise Exit(ExitCode.FAILED)
    if account.count(Status.PENDING):
        raise Exit(ExitCode.NOT_ENFORCED)


def _publish(
    lines: Iterable[bytes],
    account: PublishAccount,
    noted: NotedReferrals,
    advance: Advance,
    timeout: float | None,
) -> None:
    kafka = find_kafka(HubUser.DOORS)
    try:
        with open_in_trays(kafka) as trays:
            providers = providers_with_in_tray(kafka) - removed(read_settings().home)

            def send(line: int, event: Event) -> None:
                # Kafka itself would say so after 15 seconds, and take no later event
                if event.provider_id not in providers:
                    raise LineError("provider_id: the bus has no in-tray of this provider")
                account.sent[line] = SentEvent(
                    event.participant_id, event.event_id, event.revision, trays.publish(event)
                )
                noted.note(event)

            take_lines(_counted(lines, advance), send, account, system_clock)
            trays.flush()
        if timeout is not None and account.sent:
            _wait(account, timeout, advance)
    except BusError:
        for number, event_id in account.assigned.items():
            output.message(f"line {number} was sent as event {event_id}: keep that event_id")
        raise


def _counted(lines: Iterable[bytes], advance: Advance) -> Iterator[bytes]:
    for number, line in enumerate(lines, start=1):
        if number % _LINES_A_STEP == 0:
            advance("Lines read", number, None)
        yield line


def _wait(account: PublishAccount, timeout: float, advance: Advance) -> None:
    begun = time.monotonic()

    def on_progress(done: int, total: int) -> None:
        if time.monotonic() - begun > _SOON_SECONDS:
            advance("Looked at by the filter", done, total)

    try:
        with open_hub() as hub:
            statuses = wait_for_statuses(hub, list(account.sent.values()), timeout, on_progress)
    except (SettingsError, SecretError):
        output.message("Whether the filter accepts them cannot be seen from here: ask the hub.")
    else:
        account.statuses = dict(zip(account.sent, statuses, strict=True))


@contextmanager
def _open(file: Path, example: str | None, number: str | None) -> Iterator[Iterable[bytes]]:
    if example is not None:
        changes = {"event_id": str(uuid4()), "participant_id": number}
        yield [line_of(EXAMPLES[example].model_copy(update=changes)).encode()]
    elif file == _STANDARD_INPUT:
        if sys.stdin.isatty():
            output.message("Reading events from standard input; Ctrl-D ends them.")
        yield sys.stdin.buffer
    else:
        with file.open("rb") as opened:
            yield opened
