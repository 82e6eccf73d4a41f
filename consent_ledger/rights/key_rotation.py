"""Rotation of the journal key: every key is sealed again under the newest, in batches.

What the keys seal stays as it is. Each row says under which journal key it is, so a rotation that
is cut short goes on where it was. Only when nothing is under an older journal key, which the
database itself checks, may that be destroyed: from then on a copy of a row as it was opens nothing.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.journal.sealed_keys import EpochInUseError, Holder, SealedKey
from consent_ledger.journal.vault import Vault

BATCH: Final = 500
"""Keys that are sealed again in one transaction: a change of their holders may wait for that."""
PASSES: Final = 100
"""How often what was written meanwhile is looked for before a rotation gives up for now."""

Begin = Callable[[], AbstractContextManager[LedgerTransaction]]
"""Begins a unit of work."""


def reseal_all(begin: Begin, vault: Vault, *, batch: int = BATCH) -> Counter[Holder]:
    """Seal every key again under the vault's newest journal key, and end every other epoch.

    Returns how many keys were sealed again, by kind of holder. Somebody erased has no key: one that
    a backup brought back is destroyed.

    Raises UnsealError when a key is sealed under a journal key that is not here, EpochInUseError
    when keys under an older one come again and again. Then the older epochs go on.
    """
    with begin() as tx:
        tx.destroy_keys_of_erased()
    resealed: Counter[Holder] = Counter()
    for passes_left in reversed(range(PASSES)):
        for holder in Holder:
            resealed[holder] += _reseal(begin, vault, holder, batch)
        try:
            with begin() as tx:
                tx.end_other_epochs(vault.epoch)
        except EpochInUseError:  # somebody was registered meanwhile, or was locked
            if not passes_left:
                raise
        else:
            break
    return resealed


def reseal_batch(
    tx: LedgerTransaction, vault: Vault, holder: Holder, *, after: str, limit: int
) -> list[SealedKey]:
    """Seal a batch of keys again, of holders behind `after`, and return them; none is the end.

    Raises UnsealError when one is sealed under a journal key that is not here.
    """
    held = tx.keys_of_other_epochs(holder, vault.epoch, after=after, limit=limit)
    again = [one._replace(sealed=vault.reseal_key(one.sealed, one.holder)) for one in held]
    if again:
        tx.set_sealed_keys(holder, again)
    return again


def _reseal(begin: Begin, vault: Vault, holder: Holder, batch: int) -> int:
    count, after = 0, ""
    while True:
        with begin() as tx:
            again = reseal_batch(tx, vault, holder, after=after, limit=batch)
        if not again:
            return count
        count += len(again)
        after = again[-1].holder
