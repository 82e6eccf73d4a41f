"""A change on the command line: entered, waited for, and both its times printed."""

from datetime import UTC, datetime
from typing import Annotated, Final

from typer import Exit, Option

from consent_ledger.consent.changes import LedgerChange
from deploy.cli import output
from deploy.cli.exit_codes import ExitCode
from deploy.cli.text.access import print_remaining
from deploy.hub import open_hub
from deploy.operations.consent_changes import ChangeResult, enter_change
from deploy.pages.consent_fields import change_fields

Timeout = Annotated[
    float,
    Option(
        min=0,
        metavar="SECONDS",
        help="Seconds to wait until the change is carried out in every tray.",
    ),
]
TIMEOUT: Final = 10.0
EXITS: Final = (ExitCode.NOT_ENFORCED,)


def enter(change: LedgerChange, timeout: float, *, as_json: bool) -> None:
    """Enter a change, wait until it is enforced, and print both times and what it cost.

    Raises:
        Exit: with NOT_ENFORCED, when time ran out first.

    """
    with open_hub() as hub:
        result = enter_change(hub, change, timeout)
    if as_json:
        output.json_object(change_fields(result))
    else:
        _print(result)
    if result.done is None:
        output.message(
            f"The filter has not carried it out within {timeout:g} seconds. It will, when it runs:"
            " look at `nwd up` or `nwd run filter`, and at the lag in its metrics."
        )
        raise Exit(ExitCode.NOT_ENFORCED)


def _print(result: ChangeResult) -> None:
    recorded = f"recorded  {_precise(result.recorded_at)}  entry {result.entry} of the ledger"
    if result.done is None:
        output.result(f"{recorded}; not yet enforced")
    else:
        output.result(recorded)
        output.result(
            f"enforced  {_precise(result.done.enforced_at)}  {result.milliseconds:,} ms later"
        )
        for agreement_id, cost in result.done.by_agreement.items():
            written = output.counted(cost.records, "record")
            output.result(
                f"{result.recipients[agreement_id]} ({agreement_id}):"
                f" {written} written, {cost.tombstones:,} retracted"
            )
    print_remaining(result.remaining)


def _precise(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds").replace("+00:00", " UTC")
