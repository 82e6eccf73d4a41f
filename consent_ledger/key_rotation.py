"""Rotation of the journal key: each participant's key is sealed again under the newest.

The events stay as they are, under their participants' own keys. Cut short, it is done again: a key
that was sealed again already is sealed once more.
"""

from consent_ledger.records import Records
from consent_ledger.vault import Vault


def reseal_key(records: Records, vault: Vault, participant_id: str) -> bool:
    """Seal one participant's key again; tell whether there is one, which is not so once erased.

    Raises:
        UnsealError: it is sealed under a journal key that is not here.

    """
    records.numbers_of(participant_id)  # locked until the transaction ends
    sealed_key = records.sealed_key(participant_id)
    if sealed_key is None:
        return False
    records.set_sealed_key(participant_id, vault.reseal_key(sealed_key, participant_id))
    return True
