"""`nwd export`: a participant's copy of everything held about them (UK GDPR Article 15)."""

import base64
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from consent_ledger.rights.export import Export
from consent_ledger.rights.receipt_document import receipt_document
from deploy.cli import output
from deploy.cli.arguments import AsJson, Number
from deploy.cli.text.standing import standing_fields
from deploy.hub import open_hub
from deploy.operations.subject_access import Copy, copy_of, fields_in
from deploy.pages.subject_access import subject_access_page
from deploy.settings import Settings


def run_export(
    number: Number,
    *,
    file: Annotated[
        Path | None,
        Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write to this new file, which only you may read, instead of standard output.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a participant's copy of everything that is held about them, with its sources.

    It is an HTML page to read, or JSON: the registration, every permission with its number in the
    ledger (in JSON the receipts, too), every event in every revision, what was disclosed to whom,
    the passport, what the hub's figures are counted from, and what could not be accepted. All of
    it for each number that the person has. It is personal: give it to the participant and delete
    it.
    """
    with open_hub() as hub:
        copy = copy_of(hub, number)
        settings = hub.settings
    text = (
        output.json_text(_fields(copy, settings))
        if as_json
        else subject_access_page(copy, settings.controller)
    )
    if file is None:
        output.verbatim(text + "\n")
        return
    _write(file, text + "\n")
    output.message(f"Written to {file}, which only you may read. Delete it once it is handed over.")


def _fields(copy: Copy, settings: Settings) -> dict[str, Any]:
    held, *others = map(_held, copy.held)
    return {
        "made_at": copy.made_at,
        **held,
        "other_numbers": others,
        "receipts": [
            receipt_document(one, settings.controller, settings.ledger_name)
            for one in copy.receipts
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
        "standings": {one: standing_fields(how) for one, how in sorted(held.standings.items())},
        "ledger_entries": [asdict(one) for one in held.entries],
        "events": [asdict(one) for one in held.events],
        "disclosures": [asdict(one) for one in held.disclosures],
    }


def _write(file: Path, text: str) -> None:
    """Write a new file that nobody else may read, at no moment; one that is there stays."""
    made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "w", encoding="utf-8") as stream:
        stream.write(text)
