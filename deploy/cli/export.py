"""`nwd export`: a participant's copy of everything held about them (UK GDPR Article 15)."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from consent_ledger.rights.export import Export, export
from consumers.passport.view import Passport, see_all_that_is_held, view
from deploy.cli import output
from deploy.cli.arguments import AsJson, Number
from deploy.cli.export_page import export_page
from deploy.cli.standing_text import standing_fields
from deploy.hub import open_hub


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
    ledger, every event in every revision, what was disclosed to whom, and the passport. It is
    personal: give it to the participant and delete it.
    """
    with open_hub() as hub:
        snapshot = hub.engine.execution_options(isolation_level="REPEATABLE READ")
        with snapshot.begin() as connection:
            held = export(connection, hub.vault, number)
            passport = view(connection, number, see_all_that_is_held)
        made_at = hub.clock()
    if as_json:
        text = output.json_text({"made_at": made_at, **_fields(held, passport)})
    else:
        text = export_page(held, passport, made_at)
    if file is None:
        output.verbatim(text + "\n")
        return
    _write(file, text + "\n")
    output.message(f"Written to {file}, which only you may read. Delete it once it is handed over.")


def _fields(held: Export, passport: Passport) -> dict[str, Any]:
    return {
        "registration": asdict(held.registration),
        "standings": {one: standing_fields(how) for one, how in sorted(held.standings.items())},
        "ledger_entries": [asdict(one) for one in held.entries],
        "events": [asdict(one) for one in held.events],
        "disclosures": [asdict(one) for one in held.disclosures],
        "recipients": {
            agreement_id: {"name": name, "purpose": purpose}
            for agreement_id, (name, purpose) in sorted(held.recipients.items())
        },
        "passport": passport,
    }


def _write(file: Path, text: str) -> None:
    """Write a new file that nobody else may read, at no moment; one that is there stays."""
    made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "w", encoding="utf-8") as stream:
        stream.write(text)
