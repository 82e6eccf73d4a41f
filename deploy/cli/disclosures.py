"""`nwd disclosures`: who was sent what of a participant, and why."""

from pathlib import Path
from typing import Annotated

from typer import Option, Typer

from consent_ledger.register.passport_numbers import person
from consent_ledger.rights.access_log import disclosures_of
from consent_ledger.rights.proofs import prove_disclosures
from consent_ledger.transparency.log_proof import SUFFIX, LogProof, format_proof
from deploy.cli import output
from deploy.cli.arguments import AsJson, Number
from deploy.cli.help_text import examples
from deploy.cli.text.disclosure import disclosure_fields, disclosure_lines
from deploy.hub import open_hub
from deploy.pages.text import counted

app = Typer()


@app.command(
    epilog=examples("nwd disclosures NWD-SAMP-1E00-9", "nwd disclosures NWD-SAMP-1E00-9 --json")
)
def disclosures(
    number: Number,
    *,
    proofs: Annotated[
        Path | None,
        Option(
            metavar="FOLDER",
            file_okay=False,
            help="Write a proof of each disclosure into this folder, for `nwd ledger check`. One"
            " that was made just now is in the ledger a few seconds later.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show who was sent what of a participant, when, and on which basis, the newest first.

    Nothing is missing, because it is written down before it is sent. As JSON: one object for each
    record that was sent or taken back.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        numbers = [subject.participant_id for subject in person(connection, number)]
        rows = [row for one in numbers for row in disclosures_of(connection, hub.vault, one)]
        rows.sort(key=lambda row: row.turn, reverse=True)
        if proofs is not None:
            _write(
                [proof for one in numbers for proof in prove_disclosures(connection, one)], proofs
            )
    if as_json:
        output.json_lines(map(disclosure_fields, rows))
        return
    for line in disclosure_lines(rows):
        output.result(line)


def _write(proven: list[LogProof], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for place, proof in enumerate(proven, start=1):
        (folder / f"disclosure-{place}{SUFFIX}").write_text(format_proof(proof), "utf-8")
    output.message(f"Wrote {counted(len(proven), 'proof')} to {folder}.")
