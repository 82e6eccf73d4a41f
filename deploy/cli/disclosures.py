"""`nwd disclosures`: who was sent what of a participant, and why."""

from consent_ledger.access_log import disclosures_of
from deploy.cli import output
from deploy.cli.arguments import AsJson, Number
from deploy.cli.disclosure_text import disclosure_fields, disclosure_lines
from deploy.hub import open_hub


def disclosures(number: Number, *, as_json: AsJson = False) -> None:
    """Show who was sent what of a participant, when, and on which basis, the newest first.

    Nothing is missing, because it is written down before it is sent. As JSON: one object for each
    record that was sent or taken back.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        found = disclosures_of(connection, hub.vault, number)
    if as_json:
        output.json_lines(map(disclosure_fields, found))
        return
    for line in disclosure_lines(found):
        output.result(line)
