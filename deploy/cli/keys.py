"""`nwd keys`: the journal key, rotated; and every key, as the second half of a backup."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from typer import Argument, Option, Typer

from consent_ledger.journal.sealed_keys import Holder
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations.journal_key import rotate_journal_key
from deploy.operations.key_backup import export_keys, import_keys
from deploy.pages.text import counted

app = Typer(name="keys", help="The journal key: without it the journal cannot be read.")

RecoveryKey = Annotated[
    Path,
    Option(
        metavar="KEYFILE",
        dir_okay=False,
        help="File of 32 random bytes that the export is sealed under. Keep it off-line.",
    ),
]


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


@app.command(
    epilog=examples(
        "head -c 32 /dev/urandom > recovery.key   # once",
        "nwd keys export keys-2026-06-01 --recovery-key recovery.key",
    )
)
def export(
    file: Annotated[Path, Argument(dir_okay=False, help="File to write.")],
    *,
    recovery_key: RecoveryKey,
    as_json: AsJson = False,
) -> None:
    """Write every key of now, with its journal key, to one file, sealed under the recovery key.

    It is the second half of a backup: whichever older database is restored, the newest keys open
    it, but for whoever was erased since. Keep the newest two exports, and destroy the others: an
    export opens what was erased after it was made.
    """
    with open_hub() as hub:
        keys = export_keys(hub, file, recovery_key)
    counts = {"participants": len(keys.participants), "dead_letters": len(keys.dead_letters)}
    if as_json:
        output.json_object({"file": str(file), **counts})
    else:
        output.result(
            f"{counted(counts['participants'], 'participant')} and"
            f" {counted(counts['dead_letters'], 'dead letter')} in {file}"
        )
        output.message("Destroy all exports but this one and the one before it.")


@app.command(
    "import",
    epilog=examples("nwd keys import keys-2026-06-01 --recovery-key recovery.key"),
)
def import_(
    file: Annotated[Path, Argument(dir_okay=False, help="File that `nwd keys export` wrote.")],
    *,
    recovery_key: RecoveryKey,
    as_json: AsJson = False,
) -> None:
    """Give an older database, just restored, the keys of the newest export.

    Whoever was erased since has no key in it and cannot be read by anybody: `nwd erasure reapply`
    takes their rows away again. Do both before the filter starts.
    """
    with open_hub() as hub:
        done = import_keys(hub, file, recovery_key)
    if as_json:
        output.json_object(asdict(done))
        return
    output.result(
        f"{counted(done.participants, 'participant')} and"
        f" {counted(done.dead_letters, 'dead letter')} have their keys again"
    )
    if done.without_key:
        output.message(
            f"{counted(len(done.without_key), 'participant')} have no key in the export: they were"
            " erased since. `nwd erasure reapply --timeout 0` erases them again."
        )
