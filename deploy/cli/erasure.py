"""`nwd erasure`: participants erased, everything read back, and certificates that say so."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from typer import Exit, Option, Typer, confirm

from consent_ledger.rights.erasure_certificate import Certificate
from consent_ledger.rights.kept_certificates import count_unfinished
from deploy.cli import output
from deploy.cli.arguments import AsJson, EntryIndex, Number, PassportNumber
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.text.certificate import certificate_fields, print_certificate
from deploy.hub import Hub, open_hub
from deploy.operations.erasure import NotEnforcedError, erase_person, erase_suppressed, unfinished
from deploy.operations.erasure_certificate import certificate_of, certify, listed
from deploy.pages.text import counted

app = Typer(name="erasure", help="Erase participants from every tray and table, and prove it.")

Timeout = Annotated[
    float, Option(min=0, metavar="SECONDS", help="Seconds to wait for the filter and the readers.")
]
TIMEOUT: Final = 30.0
EXITS: Final = (ExitCode.DIFFERENCES, ExitCode.NOT_ENFORCED)


@app.command(
    epilog=examples(
        "nwd erasure start NWD-SAMP-1E00-9",
        "nwd erasure start NWD-SAMP-1E00-9 --yes --json > certificate.json",
        exits=EXITS,
    )
)
def start(
    number: Number,
    *,
    is_yes: Annotated[bool, Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Erase a participant from every tray and table, read everything back, print a certificate.

    It cannot be undone. The keys are destroyed at once, so that nothing more is decided or
    accepted; the filter retracts whatever was disclosed; then the rows go. Cut short anywhere, it
    goes on to its certificate when it is run again, or by `nwd erasure resume`.
    """
    if not is_yes:
        confirm("Erase this participant? It cannot be undone.", abort=True, err=True)
    with _hub() as hub:
        _report([_erase(hub, number, timeout)], as_json=as_json)


@app.command(
    epilog=examples("nwd erasure certificate 412   # who has acknowledged by now", exits=EXITS[:1])
)
def certificate(entry: EntryIndex, *, as_json: AsJson = False) -> None:
    """Print the certificate that is kept of an erasure, with who has acknowledged by now.

    Recipients acknowledge by how far they have read.
    """
    with _hub() as hub:
        _report([certificate_of(hub, entry)], as_json=as_json)


@app.command("list", epilog=examples("nwd erasure list", "nwd erasure list --json"))
def list_erasures(*, as_json: AsJson = False) -> None:
    """List erasures by entry, with those that have no certificate yet."""
    with _hub() as hub:
        erasures = listed(hub)
    if as_json:
        output.json_lines(erasure._asdict() for erasure in erasures)
        return
    rows = ((seq, recorded, made or "cut short: none yet") for seq, recorded, made in erasures)
    output.table("Erasures", ("entry", "recorded", "certificate"), rows)


@app.command(epilog=examples("nwd erasure resume", exits=EXITS))
def resume(*, timeout: Timeout = TIMEOUT, as_json: AsJson = False) -> None:
    """Go on with every erasure that was cut short, each to its certificate."""
    with _hub() as hub:
        _report((_erase(hub, number, timeout) for number in unfinished(hub)), as_json=as_json)


@app.command(
    epilog=examples(
        "nwd erasure reapply --timeout 0   # before the filter starts",
        "nwd erasure reapply               # when it runs",
        exits=EXITS[1:],
    )
)
def reapply(*, timeout: Timeout = TIMEOUT, as_json: AsJson = False) -> None:
    """Erase again everybody who was erased before, and is back from a backup of the database.

    Run it twice: with --timeout 0 before the filter starts, and once more when it runs.
    """
    with _hub() as hub:
        count = erase_suppressed(hub, timeout)
        if as_json:
            output.json_object({"erased_again": count})
        else:
            output.result(f"{counted(count, 'participant')} erased again")


@contextmanager
def _hub() -> Iterator[Hub]:
    """Open the hub; at the end, print how many erasures were cut short.

    Exit with NOT_ENFORCED, when the filter did not carry an erasure out in time.
    """
    with open_hub() as hub:
        try:
            yield hub
        except NotEnforcedError as error:
            output.failure(error)
            raise Exit(ExitCode.NOT_ENFORCED) from None
        with hub.engine.connect() as connection:
            cut_short = count_unfinished(connection)
    if cut_short:
        output.message(
            f"{counted(cut_short, 'erasure')} cut short, without a certificate:"
            " `nwd erasure resume` goes on."
        )


def _erase(hub: Hub, number: PassportNumber, timeout: float) -> Certificate:
    erased = erase_person(hub, number, timeout)
    output.message("Reading back every tray, dead letter and table ...")
    return certify(hub, erased, timeout)


def _report(certificates: Iterable[Certificate], *, as_json: bool) -> None:
    survivors = 0
    for made in certificates:
        if as_json:
            output.json_object(certificate_fields(made))
        else:
            print_certificate(made)
        survivors += made.survivors
    if survivors:
        raise Exit(ExitCode.DIFFERENCES)
