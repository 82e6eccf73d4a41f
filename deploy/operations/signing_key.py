"""Changing the ledger's signing key, so that a cut anywhere leaves a ledger that can go on."""

from typing import NamedTuple

from consent_ledger.ledger.entries import EntryKind, leaf
from consent_ledger.transparency.checkpoint import signed_last
from consent_ledger.transparency.key_change import KeyChange
from consent_ledger.transparency.note_keys import VerifierKey
from consent_ledger.transparency.transparency_log import append, head
from deploy.hub import Hub
from schemas.identifiers import LedgerIndex


class Rotated(NamedTuple):
    """A change of keys that is done, and the entry that says so."""

    entry: LedgerIndex
    old: VerifierKey
    new: VerifierKey


def rotate_signing_key(hub: Hub) -> Rotated:
    """Make a new key, enter the change signed by both, and destroy the old key.

    Cut short before the entry, the old key goes on; after it, the new one. Either way calling this
    again finishes what was begun.

    Raises:
        BusError: the ledger is not as it was last signed.

    """
    old, new = hub.secrets.signing_key.prepare_change()
    change = old.verifier_key, new.verifier_key
    with hub.engine.begin() as connection:
        now = head(connection)
        if now.checkpoint is not None and signed_last(now.checkpoint, new.verifier_key):
            entry = now.size - 1  # entered before this was cut short
        else:
            told = leaf(EntryKind.KEY, hub.clock(), **KeyChange(now.size, *change).facts)
            (entry,) = append(connection, [told], old, successor=new)
    hub.secrets.signing_key.finish_change()
    return Rotated(LedgerIndex(entry), *change)
