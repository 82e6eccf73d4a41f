"""`nwd publish`: a provider's events, from a file or a pipe, to its in-tray."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from typer import Argument, Exit, Option, Typer

from consent_ledger.ledger.clock import system_clock
from deploy.broker.address import kafka_bootstrap
from deploy.broker.in_trays import open_in_trays
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.output import counted
from producers.account import Refused
from producers.examples import EXAMPLES
from producers.json_lines import LineAccount, line_of, take_lines
from producers.publisher import PublishError

app = Typer()

_STANDARD_INPUT = Path("-")


@app.command(
    epilog=examples(
        "nwd publish --example referral",
        "nwd publish events.jsonl --dry-run",
        "tail -f crm-export.jsonl | nwd publish",
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
        Option(help="Print an example line of this type, and nothing else."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish events, one JSON object a line, to the in-trays of their providers.

    A line holds `type` (referral, enrolment or outcome) and the fields of that event. Without
    `event_id` it gets a new one, which is printed: a later line with that id and a higher
    `revision` replaces it. Without `recorded_at` it is recorded now. A line that is wrong is
    reported by its number and fields; the others go through, and the command ends with 1.
    """
    if example is not None:
        output.result(line_of(EXAMPLES[example]))
        return
    account = LineAccount(_print_refused)
    with (
        _open(file) as lines,
        nullcontext() if dry_run else open_in_trays(kafka_bootstrap()) as publisher,
    ):
        try:
            if publisher is None:
                take_lines(lines, lambda *_: None, account, system_clock)
            else:
                take_lines(lines, lambda _, event: publisher.publish(event), account, system_clock)
                publisher.flush()
        except PublishError:
            for number, event_id in account.assigned.items():
                output.message(f"line {number} was sent as event {event_id}: keep that event_id")
            raise
    _report(account, is_dry_run=dry_run, as_json=as_json)
    if account.refused:
        raise Exit(ExitCode.FAILED)


def _print_refused(refused: Refused) -> None:
    for problem in refused.problems:
        output.message(f"line {refused.line}: {problem}")


def _report(account: LineAccount, *, is_dry_run: bool, as_json: bool) -> None:
    if as_json:
        output.json_object(
            {
                "published": 0 if is_dry_run else account.accepted,
                "good": account.accepted,
                "refused": len(account.refused),
                "problems": [one.model_dump() for one in account.refused],
                "assigned_event_ids": {} if is_dry_run else account.assigned,
                "is_dry_run": is_dry_run,
            }
        )
        return
    if not is_dry_run:
        for number, event_id in account.assigned.items():
            output.result(f"line {number} is event {event_id}")
    done = "would be published" if is_dry_run else "published"
    events, lines = counted(account.accepted, "event"), counted(len(account.refused), "line")
    output.result(f"{events} {done}, {lines} refused")


@contextmanager
def _open(file: Path) -> Iterator[BinaryIO]:
    if file == _STANDARD_INPUT:
        if sys.stdin.isatty():
            output.message("Reading events from standard input; Ctrl-D ends them.")
        yield sys.stdin.buffer
    else:
        with file.open("rb") as opened:
            yield opened
