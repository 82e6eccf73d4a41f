"""Rotation of the journal key: each participant's key is sealed again under the newest.

The events stay as they are, under their participants' own keys. Cut short, it is done again: a key
that was sealed again already is sealed once more.
"""

from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.journal.vault import Vault
from schemas.identifiers import PassportNumber


def reseal_key(tx: LedgerTransaction, vault: Vault, participant_id: PassportNumber) -> bool:
    """Seal an active participant's key again; return whether there was one.

    A person erased has no key, and if a backup brought one back it opens nothing.

    Raises:
        UnsealError: it is sealed under a journal key that is not here.

    """
    rows = tx.numbers_of(participant_id)  # locked until the transaction ends
    is_active = any(row.participant_id == participant_id for row in rows if row.state == "active")
    sealed_key = tx.sealed_key(participant_id)
    if not is_active or sealed_key is None:
        return False
    tx.set_sealed_key(participant_id, vault.reseal_key(sealed_key, participant_id))
    return True
