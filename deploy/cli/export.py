"""`nwd export`: a participant's copy of everything held about them (UK GDPR Article 15)."""

import base64
from dataclasses import asdict
from typing import Any

from typer import Typer

from consent_ledger.rights.export import Export
from consent_ledger.rights.receipt_document import receipt_document
from deploy.cli import output
from deploy.cli.arguments import AsJson, Number, OutputFile
from deploy.cli.help_text import examples
from deploy.cli.text.standing import standing_fields
from deploy.hub import open_hub
from deploy.operations.subject_access import Copy, copy_of, fields_in
from deploy.pages.subject_access import subject_access_page
from deploy.settings import Settings

app = Typer()


@app.command(
    "export",
    epilog=examples(
        "nwd export NWD-SAMP-1E00-9 -o copy.html", "nwd export NWD-SAMP-1E00-9 --json -o copy.json"
    ),
)
def run_export(number: Number, *, file: OutputFile = None, as_json: AsJson = False) -> None:
    """Print a participant's copy of everything that is held about them, with its sources.

    It is an HTML page to read, or JSON: the registration, every consent change with its entry in
    the ledger (in JSON the receipts, too), every event in every revision, what was disclosed to
    whom, the passport, what the hub's figures are counted from, and what could not be accepted. All
    of it for each number that the person has. It is personal: give it to the participant and delete
    it.
    """
    with open_hub() as hub:
        copy = copy_of(hub, number)
        settings = hub.settings
    if as_json:
        text = output.json_text(_fields(copy, settings)) + "\n"
    else:
        text = subject_access_page(copy, settings.controller) + "\n"
    if file is None:
        output.verbatim(text)
    else:
        output.new_file(file, text)


def _fields(copy: Copy, settings: Settings) -> dict[str, Any]:
    held, *others = map(_held, copy.held)
    return {
        "made_at": copy.made_at,
        **held,
        "other_numbers": others,
        "receipts": [
            receipt_document(receipt, settings.controller, settings.ledger_name)
            for receipt in copy.receipts
        ],
        "recipients": {
            agreement_id: {"name": agreement.recipient_name, "purpose": agreement.plain}
            for agreement_id, agreement in sorted(copy.held[0].agreements.items())
        },
        "passport": copy.passport,
        "figures": copy.figures,
        "dead_letters": [
            {
                "provider": letter.provider_id,
                "origin": letter.origin,
                "reason": letter.reason,
                "refused_at": letter.refused_at,
                "bytes": base64.b64encode(opened).decode(),
                "fields": fields_in(opened),
            }
            for letter, opened in copy.letters
        ],
    }


def _held(held: Export) -> dict[str, Any]:
    return {
        "registration": asdict(held.registration),
        "standings": {id_: standing_fields(how) for id_, how in sorted(held.standings.items())},
        "ledger_entries": [asdict(one) for one in held.entries],
        "look_ups": [one._asdict() for one in held.look_ups],
        "events": [asdict(one) for one in held.events],
        "disclosures": [asdict(one) for one in held.disclosures],
    }
