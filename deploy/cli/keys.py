"""`nwd keys`: the journal key, changed and forgotten."""

from typer import Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations.journal_key import forget_old_keys, rotate_journal_key
from deploy.pages.text import counted

app = Typer(name="keys", help="The journal key: without it the journal cannot be read.")


@app.command(epilog=examples("nwd keys rotate", "nwd keys rotate --json | jq .participants"))
def rotate(*, as_json: AsJson = False) -> None:
    """Make a new journal key, and seal every participant's key again under it.

    Events stay as they are, under their participants' own keys, and no record is sent again. The
    older keys stay beside it until `nwd keys forget-old`. Back the secrets up again, and start
    again what runs: `nwd up` does so by itself.
    """
    with open_hub() as hub:
        count = rotate_journal_key(hub)
    if as_json:
        output.json_object({"participants": count})
    else:
        output.result(f"{counted(count, 'participant')} under the new journal key")
        output.message("Back up the secrets again: an older copy lacks the new key.")


@app.command(epilog=examples("nwd keys forget-old", "nwd keys forget-old --json | jq .forgotten"))
def forget_old(*, as_json: AsJson = False) -> None:
    """Destroy the older journal keys, once nothing is sealed under them any more.

    Participants' keys are sealed again first. Dead letters are not: while one needs an older key,
    all keys stay.
    """
    with open_hub() as hub:
        count = forget_old_keys(hub)
    if as_json:
        output.json_object({"forgotten": count})
    else:
        output.result(f"{counted(count, 'older key')} destroyed")
