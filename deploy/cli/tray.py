"""`nwd tray`: the current records of an out-tray, as its recipient reads them."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from typer import Exit, Option, Typer

from consent_ledger.rights.enforcement_proof import told_to_delete
from consent_ledger.transparency.merkle_proofs import ProofError
from consumers.deletions import told_by
from consumers.record_fields import record_fields
from consumers.tray import NoTrayError
from consumers.tray_reader import read_tray
from deploy.broker.address import find_kafka
from deploy.broker.topics import out_tray_agreements
from deploy.cli import output
from deploy.cli.arguments import AgreementName, AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.ledger_check import ProofFile, TrustedKey, check_proof
from deploy.home.kafka_users import HubUser
from deploy.pages.text import counted
from schemas.categories import BLOCKS
from schemas.trays import TrayRecord, out_tray

app = Typer(name="tray", help="Out-trays: what one holds now, as its recipient reads it.")


@app.command(
    epilog=examples(
        "nwd tray show college-c.outcomes",
        "nwd tray show college-c.outcomes --json | jq .value.progress",
        "nwd tray show college-c.outcomes --raw-log --json",
    )
)
def show(
    agreement: AgreementName,
    *,
    is_raw: Annotated[
        bool,
        Option("--raw-log", help="Show every record in order, retractions and old ones included."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the current records of an out-tray: the last under each key, decoded.

    The table names the categories that a record holds and those that are closed; --json prints
    the values too, one record a line. What is closed never depends on what data there is.
    """
    kafka = find_kafka(HubUser.OPERATOR)
    records = read_tray(kafka, out_tray(agreement))
    try:
        shown = map(record_fields, records if is_raw else _current(records))
        if as_json:
            output.json_lines(shown)
        else:
            _print(agreement, shown, is_raw=is_raw)
    except NoTrayError as error:
        there = ", ".join(out_tray_agreements(kafka))
        hint = f"There are: {there}." if there else error.hint
        raise NoTrayError(f"There is no agreement {agreement}.", hint) from None


@app.command(
    epilog=examples(
        'nwd tray check college-c.outcomes withdrawal.tlog-proof --key "$(cat ledger.vkey)"',
        exits=(ExitCode.DIFFERENCES,),
    )
)
def check(
    agreement: AgreementName, proof: ProofFile, *, key: TrustedKey, as_json: AsJson = False
) -> None:
    """Check that the tray told its recipient to delete as many records as the hub has proven.

    The proof is what `nwd ledger prove ENTRY --enforced` wrote. Tombstones are counted that name
    the entry; a pseudonymous tray's name no entry about a person, so there is nothing to count.
    """
    proven = check_proof(proof.read_bytes(), key)
    if proven.what != "enforcement":
        raise ProofError(
            "The proof does not say how the entry was carried out.",
            "`nwd ledger prove ENTRY --enforced` makes one that does.",
        )
    entries = {one["entry"] for one in proven.enforced}
    records = read_tray(find_kafka(HubUser.OPERATOR), out_tray(agreement))
    wanted, found = told_to_delete(proven.enforced, agreement), told_by(records, entries)
    if as_json:
        output.json_object(
            {
                "entry": proven.entry,
                "proven": wanted,
                "in_the_tray": found.keys,
                "there_again": found.there_again,
            }
        )
    else:
        output.result(f"Entry {proven.entry:,} retracted {counted(wanted, 'record')}.")
        output.result(f"In the tray: {counted(found.keys, 'tombstone')} because of it.")
    if found.keys < wanted:
        output.message("Tombstones are kept for `delete.retention.ms`: older ones are gone.")
        raise Exit(ExitCode.DIFFERENCES)


def _current(records: Iterable[TrayRecord]) -> Iterable[TrayRecord]:
    """Return the last record of each key, without those that were retracted."""
    last: dict[bytes, TrayRecord] = {}
    for record in records:
        last.pop(record.key, None)
        if record.value is not None:
            last[record.key] = record
    return last.values()


def _print(agreement: str, records: Iterator[dict[str, Any]], *, is_raw: bool) -> None:
    rows = list(map(_row, records))
    output.table(
        f"out.{agreement}",
        ("partition", "offset", "participant", "event", "type", "service", "holds", "closed"),
        rows,
    )
    where = "in the log" if is_raw else "in the tray now"
    output.result(f"{counted(len(rows), 'record')} {where}")


def _row(record: dict[str, Any]) -> tuple[object, ...]:
    value = record["value"] or {}
    participation = value.get("participation") or {}
    return (
        record["partition"],
        record["offset"],
        record["participant"],
        record["event_id"],
        record["type"],
        participation.get("service_id", ""),
        ", ".join(one for one in BLOCKS if value.get(one.value) is not None),
        ", ".join(record["closed"]),
    )
