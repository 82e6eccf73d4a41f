"""A change of permission on the command line: entered, waited for, and both its times printed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final

from sqlalchemy import Connection
from typer import Exit, Option

from consent_ledger.enforcement import wait_until_enforced
from deploy.cli import output
from deploy.cli.exit_codes import ExitCode
from deploy.hub import Hub, open_hub

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

Change = Callable[[Hub, Connection], int]
"""Enters a change in the ledger and returns the number of its entry."""


def carry_out(change: Change, timeout: float, *, as_json: bool) -> None:
    """Enter a change, wait until it is enforced, and print both times and what it cost.

    Raises:
        Exit: with NOT_ENFORCED, when time ran out first.

    """
    with open_hub() as hub:
        with hub.engine.begin() as connection:
            entry = change(hub, connection)
        done = wait_until_enforced(hub.engine, entry, timeout)
    if as_json:
        output.json_object(
            {"entry": entry, "is_enforced": done is not None}
            | (done._asdict() | {"milliseconds": _milliseconds(done.seconds)} if done else {})
        )
    elif done:
        output.result(f"recorded  {_precise(done.recorded_at)}  entry {entry} of the ledger")
        output.result(
            f"enforced  {_precise(done.enforced_at)}  {_milliseconds(done.seconds):,} ms later"
        )
        written = output.counted(done.records, "record")
        output.result(f"{written} written, {done.tombstones:,} retracted")
    else:
        output.result(f"recorded  entry {entry} of the ledger; not yet enforced")
    if done is None:
        output.message(
            f"The filter has not carried it out within {timeout:g} seconds. It will, when it runs:"
            " look at `nwd up` or `nwd run filter`, and at the lag in its metrics."
        )
        raise Exit(ExitCode.NOT_ENFORCED)


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _precise(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds").replace("+00:00", " UTC")
