"""Changing the journal key, under which participants' keys and dead letters are sealed.

A process that runs does not know a key that was made after it began: it ends when it meets what
that one sealed, and knows it when it starts again.
"""

from consent_ledger.journal.vault import UnsealError, Vault
from consent_ledger.rights.erased_rows import numbers_in_state
from consent_ledger.rights.key_rotation import reseal_key
from deploy.home.secret_files import add_journal_key, forget_old_journal_keys, load_secrets
from deploy.hub import Hub
from deploy.operations.dead_letters import dead_letter_topics, letters_in
from schemas.errors import BusError


class OldKeyNeededError(BusError):
    """An older journal key that something is still sealed under."""


def rotate_journal_key(hub: Hub) -> int:
    """Make a new key, seal every participant's key again under it, and return how many.

    Cut short, what is sealed under either key can be read; calling it again makes another key.
    UnsealError where a participant's key is sealed under a journal key that is not here.
    """
    add_journal_key(hub.settings.home)
    return _reseal_all(hub)


def forget_old_keys(hub: Hub) -> int:
    """Seal again what is not under the newest key yet, destroy the older ones, and return how many.

    OldKeyNeededError, with nothing destroyed, where a dead letter is sealed under one of them;
    UnsealError where a participant's key is sealed under a journal key that is not here.
    """
    secrets = load_secrets(hub.settings.home, hub.settings.ledger_name)
    newest = Vault(secrets.journal_keys[:1], secrets.pepper)
    for letter in letters_in(hub, dead_letter_topics(hub)):
        try:
            newest.open_dead_letter(letter.sealed, letter.origin)
        except UnsealError:
            raise OldKeyNeededError(
                "A dead letter is sealed under an older journal key.",
                "Replay it (`nwd dead-letters`), or wait: dead letters are kept for 30 days. An"
                " erasure has to open every one.",
            ) from None
    _reseal_all(hub)
    forget_old_journal_keys(hub.settings.home)
    return len(secrets.journal_keys) - 1


def _reseal_all(hub: Hub) -> int:
    # the keys as they are on the disk now
    secrets = load_secrets(hub.settings.home, hub.settings.ledger_name)
    vault = Vault(secrets.journal_keys, secrets.pepper)
    with hub.engine.connect() as connection:
        numbers = numbers_in_state(connection, "active", "erasing")
    resealed = 0
    for number in numbers:
        with hub.ledger.begin() as tx:
            resealed += reseal_key(tx, vault, number)
    return resealed
