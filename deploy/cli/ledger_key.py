"""`nwd ledger key` and `nwd ledger rotate-key`: the key that signs, and its change."""

from typing import Final

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations.signing_key import rotate_signing_key

KEY_EXAMPLES: Final = examples(
    "nwd ledger key > ledger.vkey", "nwd ledger key --json | jq -r .name"
)
ROTATE_EXAMPLES: Final = examples("nwd ledger rotate-key && nwd ledger key > new.vkey")


def print_key(*, as_json: AsJson = False) -> None:
    """Print the ledger's public key, one line: it checks all proofs and checkpoints."""
    with open_hub() as hub:
        key = hub.secrets.signing_key.verifier_key
    if as_json:
        output.json_object({"name": key.name, "verifier_key": key.vkey})
    else:
        output.result(key.vkey)


def rotate_key(*, as_json: AsJson = False) -> None:
    """Give the ledger a new signing key, and destroy the old one.

    The change is an entry that both keys sign: a holder of an older public key can follow it to
    the new one. Programs that are running go on by themselves. Cut short, run it again.
    """
    with open_hub() as hub:
        done = rotate_signing_key(hub)
    if as_json:
        output.json_object(
            {"entry": done.entry, "old_key": done.old.vkey, "new_key": done.new.vkey}
        )
    else:
        output.result(f"Entry {done.entry:,} says that this key signs from now on:")
        output.result(done.new.vkey)
        output.message("Keep a copy of the secrets again: with the old one nothing can go on.")
