"""A change on the command line: entered, waited for, and both its times printed."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, Final, Protocol

from typer import Exit, Option, Typer

from consent_ledger.consent.changes import LedgerChange
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.text.access import print_remaining
from deploy.hub import open_hub
from deploy.operations.consent_changes import ChangeResult, enter_change
from deploy.pages.consent_fields import change_fields
from deploy.pages.text import counted

Timeout = Annotated[
    float,
    Option(
        min=0,
        metavar="SECONDS",
        help="Seconds to wait until the change is carried out in every tray.",
    ),
]
_PREVIEW: Final = Parameter(
    "is_preview",
    Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool, Option("--preview", help="Show what it would do, and enter nothing.")
    ],
)
_OPTIONS: Final = (
    Parameter("timeout", Parameter.KEYWORD_ONLY, default=10.0, annotation=Timeout),
    Parameter("as_json", Parameter.KEYWORD_ONLY, default=False, annotation=AsJson),
)


class Previewer(Protocol):
    """Prints what a change would do."""

    def __call__(self, change: Any, *, as_json: bool) -> None:
        """Print it; nothing is entered."""


def change_command(
    app: Typer, *lines: str, name: str | None = None, preview: Previewer | None = None
) -> Callable[[Callable[..., LedgerChange]], Callable[..., None]]:
    """Return a decorator: a function that returns a change becomes a command that enters it.

    The command has the function's parameters, --timeout and --json; `lines` are its examples. It
    waits until the change is enforced, prints both times and what it cost, and ends with
    NOT_ENFORCED when time ran out first. With `preview` it has --preview, too.
    """

    def decorate(change_of: Callable[..., LedgerChange]) -> Callable[..., None]:
        @wraps(change_of)
        def command(
            *, timeout: float, as_json: bool, is_preview: bool = False, **given: Any
        ) -> None:
            change = change_of(**given)
            if preview is not None and is_preview:
                preview(change, as_json=as_json)
            else:
                _enter(change, timeout, as_json=as_json)

        # typer reads a command's parameters from both
        own = signature(change_of)
        parameters = [*own.parameters.values(), *([_PREVIEW] if preview else ()), *_OPTIONS]
        vars(command)["__signature__"] = own.replace(parameters=parameters)
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        return app.command(name, epilog=examples(*lines, exits=(ExitCode.NOT_ENFORCED,)))(command)

    return decorate


def _enter(change: LedgerChange, timeout: float, *, as_json: bool) -> None:
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
            written = counted(cost.records, "record")
            output.result(
                f"{result.recipients[agreement_id]} ({agreement_id}):"
                f" {written} written, {cost.tombstones:,} retracted"
                + (
                    "; what is new comes with its next batch"
                    if agreement_id in result.batched
                    else ""
                )
            )
    print_remaining(result.remaining)


def _precise(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds").replace("+00:00", " UTC")
