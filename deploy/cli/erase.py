"""`nwd erase`: somebody is erased, everything is read back, and a certificate says so."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

from typer import Argument, BadParameter, Exit, Option, confirm

from consent_ledger.rights.acknowledgement import Acknowledgement
from consent_ledger.rights.erasure_certificate import BEYOND, KEPT, Certificate
from consent_ledger.rights.kept_certificates import ListedErasure, count_unfinished
from deploy.cli import output
from deploy.cli.arguments import AsJson, passport_number_given
from deploy.cli.exit_codes import ExitCode
from deploy.hub import Hub, open_hub
from deploy.operations.erasure import NotEnforcedError, erase_person, erase_suppressed, unfinished
from deploy.operations.erasure_certificate import certificate_of, certify, listed
from deploy.pages.text import when


def erase(
    number: Annotated[
        str | None,
        Argument(
            metavar="NUMBER",
            help="The passport number, NWD-XXXX-XXXX-C; hyphens and capitals do not matter.",
            callback=passport_number_given,
        ),
    ] = None,
    *,
    is_suppressed: Annotated[
        bool,
        Option(
            "--suppressed",
            help="Erase again everybody who was erased before, and is back from a backup.",
        ),
    ] = False,
    certificate: Annotated[
        int | None,
        Option(
            metavar="ENTRY",
            min=0,
            help="Print the certificate that is kept under an erasure's entry in the ledger, with"
            " who has acknowledged by now.",
        ),
    ] = None,
    is_unfinished: Annotated[
        bool,
        Option(
            "--unfinished",
            help="Go on with every erasure that was cut short, each to its certificate.",
        ),
    ] = False,
    is_list: Annotated[
        bool,
        Option("--list", help="List erasures by entry, with those that have no certificate yet."),
    ] = False,
    is_yes: Annotated[bool, Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    timeout: Annotated[
        float,
        Option(min=0, metavar="SECONDS", help="Seconds to wait for the filter and the readers."),
    ] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Erase a participant from every tray and table, read everything back, print a certificate.

    It cannot be undone. The keys are destroyed at once, so that nothing more is decided or
    accepted; the filter retracts whatever was disclosed; then the rows go. Cut short anywhere, it
    goes on to its certificate when it is run again, or with --unfinished. After a backup was
    restored, run it with --suppressed, --timeout 0 before the filter starts and once more when it
    runs.

    Recipients acknowledge by how far they have read. The certificate is kept under the number of
    its entry: --certificate prints it anew, with those who have acknowledged since.
    """
    asked = [number is not None, certificate is not None, is_suppressed, is_unfinished, is_list]
    if asked.count(True) != 1:
        raise BadParameter(
            "Give a passport number, or one of --certificate, --suppressed, --unfinished, --list."
        )
    if number is not None and not is_yes:
        confirm("Erase this participant? It cannot be undone.", abort=True, err=True)
    with open_hub() as hub:
        try:
            if is_suppressed:
                _report_again(erase_suppressed(hub, timeout), as_json=as_json)
            elif certificate is not None:
                _report([certificate_of(hub, certificate)], as_json=as_json)
            elif not is_list:
                wanted = unfinished(hub) if number is None else [number]
                _report((_erase(hub, one, timeout) for one in wanted), as_json=as_json)
        except NotEnforcedError as error:
            output.failure(error)
            raise Exit(ExitCode.NOT_ENFORCED) from None
        if is_list:
            _list(listed(hub), as_json=as_json)
        with hub.engine.connect() as connection:
            cut_short = count_unfinished(connection)
    if cut_short:
        output.message(
            f"{output.counted(cut_short, 'erasure')} cut short, without a certificate:"
            " `nwd erase --unfinished` goes on."
        )


def _erase(hub: Hub, number: str, timeout: float) -> Certificate:
    erased = erase_person(hub, number, timeout)
    output.message("Reading back every tray, dead letter and table ...")
    return certify(hub, erased, timeout)


def _report(certificates: Iterable[Certificate], *, as_json: bool) -> None:
    survivors = 0
    for found in certificates:
        if as_json:
            output.json_object(_fields(found))
        else:
            _print(found)
        survivors += found.survivors
    if survivors:
        raise Exit(ExitCode.DIFFERENCES)


def _list(erasures: Sequence[ListedErasure], *, as_json: bool) -> None:
    if as_json:
        output.json_lines(one._asdict() for one in erasures)
    else:
        output.table(
            "Erasures",
            ("entry", "recorded", "certificate"),
            ((one.seq, one.recorded_at, one.made_at or "cut short: none yet") for one in erasures),
        )


def _report_again(count: int, *, as_json: bool) -> None:
    if as_json:
        output.json_object({"erased_again": count})
    else:
        output.result(f"{output.counted(count, 'participant')} erased again")


def _seen(one: Acknowledgement) -> str:
    return "not yet" if one.seen_at is None else f"seen {when(one.seen_at)}"


def _by(moment: datetime | None) -> str:
    return "no time: the topic keeps it for ever" if moment is None else when(moment)


def _fields(found: Certificate) -> dict[str, Any]:
    return {
        "made_at": found.made_at,
        "ledger_entry": found.done.seq if found.done else None,
        "recorded_at": found.done.recorded_at if found.done else None,
        "enforced_at": found.done.enforced_at if found.done else None,
        "retracted": found.done.tombstones if found.done else None,
        "retracted_from": {
            agreement_id: cost.tombstones
            for agreement_id, cost in (found.done.by_agreement if found.done else {}).items()
        },
        "scanned": {
            "trays": {topic: one._asdict() for topic, one in found.trays.items()},
            "dead_letters": {topic: one._asdict() for topic, one in found.dead_letters.items()},
            "in_trays": found.in_trays,
            "tables": found.tables,
        },
        "survivors": found.survivors,
        "acknowledgements": [
            {
                "tray": one.topic,
                "reader": one.reader,
                "acknowledged": one.seen_at is not None,
                "seen_at": one.seen_at,
            }
            for one in found.acknowledgements
        ],
        "compaction": {
            "awaiting": found.awaiting,
            "values_gone_by": found.values_gone_by,
            "keys_gone_by": found.keys_gone_by,
            "in_trays_gone_by": found.in_trays_gone_by,
            "dead_letters_gone_by": found.dead_letters_gone_by,
        },
        "kept": [{"what": what, "basis": basis} for what, basis in KEPT.items()],
        "beyond": [{"what": what, "holds": holds} for what, holds in BEYOND.items()],
    }


def _print(found: Certificate) -> None:
    output.result("Certificate of erasure")
    if found.done is None:
        output.result("  The erasure was finished before; everything was read back again.")
    else:
        output.result(f"  recorded  {when(found.done.recorded_at)}, entry {found.done.seq}")
        output.result(
            f"  enforced  {when(found.done.enforced_at)},"
            f" {output.counted(found.done.tombstones, 'record')} retracted"
        )
        for agreement_id, cost in found.done.by_agreement.items():
            output.result(f"    from {agreement_id}: {cost.tombstones:,}")
    for title, scanned in (
        ("Out-trays, read from their start", found.trays),
        ("Dead letters, each opened", found.dead_letters),
    ):
        output.table(
            title,
            ("topic", "records", "survivors", "awaiting compaction"),
            ((topic, *one) for topic, one in scanned.items()),
        )
    output.table(
        "In-trays, which the filter alone reads",
        ("topic", "records awaiting deletion"),
        found.in_trays.items(),
    )
    output.table("Tables, every column", ("table", "survivors"), found.tables.items())
    output.table(
        "Recipients, by how far they have read",
        ("tray", "reader", "acknowledged"),
        (
            (one.topic, one.reader or "nobody is known to read it", _seen(one))
            for one in found.acknowledgements
        ),
    )
    output.result(f"Retracted values are off the disks by {when(found.values_gone_by)},")
    output.result(f"the keys they stood under by {when(found.keys_gone_by)},")
    output.result(f"what providers sent in by {_by(found.in_trays_gone_by)},")
    output.result(
        f"dead letters that nobody can tell whose they are by {_by(found.dead_letters_gone_by)}."
    )
    for what, basis in KEPT.items():
        output.result(f"Kept: {what}: {basis}.")
    for what, holds in BEYOND.items():
        output.result(f"Beyond this: {what}: {holds}.")
    output.result(output.counted(found.survivors, "survivor"))
