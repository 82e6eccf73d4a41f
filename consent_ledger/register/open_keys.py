"""The open keys of participants: what is sealed about somebody is read and written with theirs."""

from collections.abc import Collection
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Text, func, select

from consent_ledger.journal.array_text import array_of
from consent_ledger.journal.vault import Vault
from consent_ledger.tables.register import participant
from schemas.identifiers import PassportNumber

_SEALED_KEYS: Final = select(participant.c.participant_id, participant.c.sealed_key).where(
    participant.c.participant_id == func.any(array_of("ids", Text)),
    participant.c.sealed_key.is_not(None),
)


def open_keys(
    connection: Connection, vault: Vault, participant_ids: Collection[PassportNumber]
) -> dict[PassportNumber, AESGCM]:
    """Return the keys of those who have one: who was erased, or is being erased, is left out.

    UnsealError when one is sealed under another journal key.
    """
    if not participant_ids:
        return {}
    rows = connection.execute(_SEALED_KEYS, {"ids": list(participant_ids)})
    return {number: vault.open_key(bytes(sealed), number) for number, sealed in rows}
