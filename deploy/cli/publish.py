"""`nwd publish`: a provider's events, from a file or a pipe, to its in-tray."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from typer import Argument, Exit, Option

from consent_ledger.ledger.clock import system_clock
from deploy.broker.address import kafka_bootstrap
from deploy.broker.in_trays import InTrays, open_in_trays
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.output import counted
from producers.examples import EXAMPLES
from producers.json_lines import LineError, line_of, read_event
from producers.publisher import PublishError
from schemas.errors import MalformedError

_STANDARD_INPUT = Path("-")


@dataclass
class _Account:
    """What became of the lines. `assigned` has the event ids that lines came without."""

    events: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    assigned: dict[int, str] = field(default_factory=dict)

    def refuse(self, line: int, problems: tuple[str, ...]) -> None:
        """Note a line that is no event, and say so at once."""
        self.refused.append({"line": line, "problems": list(problems)})
        for problem in problems:
            output.message(f"line {line}: {problem}")


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
    account = _Account()
    with (
        _open(file) as lines,
        nullcontext() if dry_run else open_in_trays(kafka_bootstrap()) as trays,
    ):
        try:
            _take(lines, trays, account)
            if trays is not None:
                trays.flush()
        except PublishError:
            for number, event_id in account.assigned.items():
                output.message(f"line {number} was sent as event {event_id}: keep that event_id")
            raise
    _report(account, is_dry_run=dry_run, as_json=as_json)
    if account.refused:
        raise Exit(ExitCode.FAILED)


def _take(lines: Iterable[bytes], trays: InTrays | None, account: _Account) -> None:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            event, has_new_id = read_event(line, system_clock())
            if trays is not None:
                trays.publish(event)
        except LineError as error:
            account.refuse(number, error.problems)
        except MalformedError as error:
            account.refuse(number, (error.message,))
        else:
            account.events += 1
            if has_new_id:
                account.assigned[number] = event.event_id


def _report(account: _Account, *, is_dry_run: bool, as_json: bool) -> None:
    if as_json:
        output.json_object(
            {
                "published": 0 if is_dry_run else account.events,
                "good": account.events,
                "refused": len(account.refused),
                "problems": account.refused,
                "assigned_event_ids": {} if is_dry_run else account.assigned,
                "is_dry_run": is_dry_run,
            }
        )
        return
    if not is_dry_run:
        for number, event_id in account.assigned.items():
            output.result(f"line {number} is event {event_id}")
    done = "would be published" if is_dry_run else "published"
    events, lines = counted(account.events, "event"), counted(len(account.refused), "line")
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
