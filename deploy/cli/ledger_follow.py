"""`nwd ledger follow`: a recipient's own watch over the ledger, with one file and one key."""

import time
from pathlib import Path
from typing import Annotated, Final

from typer import Exit, Option

from consent_ledger.transparency.note_keys import VerifierKey
from consumers.ledger_follower import Followed, LedgerFollower, LedgerForkError
from consumers.ledger_tiles import HttpLedger
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples

FOLLOW_EXAMPLES: Final = examples(
    'nwd ledger follow --url https://hub.example --state kept.txt --key "$(cat ledger.vkey)"',
    'nwd ledger follow --url https://hub.example --state kept.txt --key "$(cat ledger.vkey)"'
    " --every 3600",
    exits=(ExitCode.DIFFERENCES,),
)


def follow(
    *,
    url: Annotated[str, Option(metavar="URL", help="Where the hub's `nwd run web` answers.")],
    state: Annotated[Path, Option(dir_okay=False, help="The file that keeps the last checkpoint.")],
    key: Annotated[
        str, Option(metavar="VKEY", help="The ledger's public key, from where you trust it.")
    ],
    every: Annotated[
        float, Option(min=0, metavar="SECONDS", help="Go on, at this interval; 0 is once.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Fetch the ledger's newest checkpoint, and keep it if it begins with the one kept before.

    For a recipient, with no bus of its own: the hub's tiles and the public key are enough. A ledger
    that was cut short or written anew is refused, and both checkpoints are written to a file beside
    the one that is kept. An older key will do: changes of the key are followed.
    """
    follower = LedgerFollower(HttpLedger(url), state, VerifierKey.from_vkey(key))
    while True:
        try:
            followed = follower.follow()
        except LedgerForkError as error:
            output.failure(error)
            raise Exit(ExitCode.DIFFERENCES) from None
        _print(followed, as_json=as_json)
        if not every:
            return
        time.sleep(every)


def _print(followed: Followed, *, as_json: bool) -> None:
    before, now = followed
    if as_json:
        output.json_object(
            {
                "origin": now.origin,
                "size": now.size,
                "root": now.root.hex(),
                "size_before": before.size if before else None,
            }
        )
    elif before is None:
        output.result(f"{now.origin} has {now.size:,} entries. This is kept from now on.")
    else:
        output.result(
            f"{now.origin} has {now.size:,} entries, and begins with the {before.size:,} it had."
        )
