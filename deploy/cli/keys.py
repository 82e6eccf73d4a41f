"""`nwd keys`: the journal key, rotated."""

from typer import Typer

from consent_ledger.journal.sealed_keys import Holder
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations.journal_key import rotate_journal_key
from deploy.pages.text import counted

app = Typer(name="keys", help="The journal key: without it the journal cannot be read.")


@app.command(epilog=examples("nwd keys rotate", "nwd keys rotate --json | jq .participants"))
def rotate(*, as_json: AsJson = False) -> None:
    """Make a new journal key, seal every key again under it, and destroy the old one.

    Whoever was erased before is gone from older copies of the database, too: nothing opens them any
    more. Events stay as they are, under their participants' own keys, and no record is sent again.
    What runs picks the new key up by itself. Cut short anywhere, run it again: it goes on. The
    filter does the same by itself every NWD_KEY_ROTATION_HOURS.
    """
    with open_hub() as hub:
        resealed = rotate_journal_key(hub)
    participants, letters = resealed[Holder.PARTICIPANT], resealed[Holder.DEAD_LETTER]
    if as_json:
        output.json_object({"participants": participants, "dead_letters": letters})
    else:
        output.result(
            f"{counted(participants, 'participant')} and {counted(letters, 'dead letter')} under"
            " the new journal key; the old one is destroyed"
        )
        output.message("Older copies of the secrets open nothing of now: `nwd keys export` again.")
