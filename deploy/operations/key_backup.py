"""The second half of a backup: the newest keys, for whichever older database is restored.

A restored database holds keys under a journal key that is destroyed. The newest export gives
everybody theirs again, but for those who were erased since: they have none in it.
"""

from dataclasses import dataclass
from pathlib import Path

from consent_ledger.journal.sealed_keys import (
    Holder,
    SealedKey,
    all_keys,
    keep_letter_keys,
    set_sealed_keys,
)
from consent_ledger.journal.vault import EPOCH_BYTES, epoch_of
from deploy.home.key_file import KeyFile, KeyFileError, read_key_file, write_key_file
from deploy.home.secret_files import read_journal_keys, replace_journal_keys
from deploy.hub import Hub
from deploy.operations.journal_key import alone
from schemas.derivation import derived_token
from schemas.identifiers import PassportNumber


@dataclass(frozen=True)
class Imported:
    """How many participants have their key again, and who has none: they were erased since."""

    participants: int
    dead_letters: int
    without_key: list[PassportNumber]


def export_keys(hub: Hub, path: Path, recovery_key: Path) -> KeyFile:
    """Write the keys of now to a file, sealed under the recovery key, and return them.

    No rotation goes on meanwhile. Raises KeyFileError.
    """
    with alone(hub), hub.engine.connect() as connection:
        keys = KeyFile(
            _name(hub),
            hub.clock(),
            read_journal_keys(hub.settings.home),
            all_keys(connection, Holder.PARTICIPANT),
            all_keys(connection, Holder.DEAD_LETTER),
        )
        write_key_file(path, keys, recovery_key)
    return keys


def import_keys(hub: Hub, path: Path, recovery_key: Path) -> Imported:
    """Put the keys of an export in the place of the database's, and its journal key in the home.

    Cut short, it is done again. KeyFileError, with nothing changed, where the file is of another
    hub or does not open, or where somebody whom it does not have opens by the journal key of now:
    then the database is newer than the export.
    """
    keys = read_key_file(path, recovery_key)
    if keys.hub != _name(hub):
        raise KeyFileError(
            f"{path} is of another hub.", "Its pepper is not the one in NWD_HOME/secrets."
        )
    with alone(hub):
        here = {epoch_of(key) for key in read_journal_keys(hub.settings.home)}
        with hub.ledger.begin() as tx:
            held = all_keys(tx.connection, Holder.PARTICIPANT)
            without = {name: held[name] for name in held.keys() - keys.participants.keys()}
            if any(sealed[:EPOCH_BYTES] in here for sealed in without.values()):
                raise KeyFileError(
                    "The database has people whom that export does not know, and opens them.",
                    "It is newer than the export: it needs no import. Take the newest export.",
                )
            for key in keys.journal_keys:
                tx.begin_epoch(epoch_of(key))
            again = [
                SealedKey(name, sealed)
                for name, sealed in keys.participants.items()
                if name in held
            ]
            set_sealed_keys(tx.connection, Holder.PARTICIPANT, again)
            letters = [SealedKey(*letter) for letter in keys.dead_letters.items()]
            if letters:
                keep_letter_keys(tx.connection, keys.dead_letters)
                set_sealed_keys(tx.connection, Holder.DEAD_LETTER, letters)
        replace_journal_keys(hub.settings.home, keys.journal_keys)
    return Imported(len(again), len(letters), sorted(map(PassportNumber, without)))


def _name(hub: Hub) -> str:
    return derived_token(hub.secrets.pepper, "key file").hex()
