"""Writing what a set of people changes: each table once, for all of them together."""

from typing import NamedTuple

from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, Subject, record
from consent_ledger.register.changes import Changes
from consent_ledger.register.identity_rows import HeldKey, SealedTelling
from consent_ledger.register.kept_identities import TellingOf, seal_identity
from consent_ledger.register.looked import Looked
from consent_ledger.register.register_rows import NewParticipant, RegisterRows
from schemas.identifiers import PassportNumber


class _Entered(NamedTuple):
    """A participant to be entered, and the one that the entry is about."""

    new: NewParticipant
    who: Subject


def write(tx: RegisterRows, changes: Changes, looked: Looked, vault: Vault) -> None:
    """Write what was gathered while the head is held; `looked` is what it was gathered from.

    UnsealError when the key of a participant is sealed under another journal key.
    """
    entered = _entered(tx, changes, vault)
    tx.add_participants([new for new, _ in entered])
    tx.link_references(changes.references)
    record(tx, [NewEntry(EntryKind.REGISTERED, who) for _, who in entered])
    keys = {number: known.sealed_key for number, known in looked.numbers.items()}
    keys |= {new.participant_id: new.sealed_key for new, _ in entered}
    tx.keep_identities(_sealed(changes, keys, vault))
    tx.count_up(changes.counted)
    tx.remember_keys(
        [HeldKey(number, key) for key, numbers in changes.keys.items() for number in numbers]
    )


def _entered(tx: RegisterRows, changes: Changes, vault: Vault) -> list[_Entered]:
    epochs = tx.key_epochs() if changes.people else set()
    found = []
    for number, (row, registered_by) in changes.people.items():
        assert row.ledger_id is not None  # noqa: S101 - the register has drawn it
        assert row.salt is not None  # noqa: S101 - likewise
        new = NewParticipant(
            number,
            row.ledger_id,
            row.partition,
            row.salt,
            sealed_key=vault.new_key(number, epochs),
            registered_by=registered_by,
        )
        found.append(_Entered(new, Subject(number, row.ledger_id, row.partition)))
    return found


def _sealed(
    changes: Changes, keys: dict[PassportNumber, bytes | None], vault: Vault
) -> list[SealedTelling]:
    found = []
    for number, tellings in changes.tellings.items():
        key = keys[number]
        assert key is not None  # noqa: S101 - nothing is told of somebody erased
        for asked, counted in tellings:
            place = TellingOf(number, asked.digest, asked.provider_id)
            sealed = seal_identity(place, asked.told, counted, key, vault)
            found.append(SealedTelling(number, asked.digest, sealed))
    return found
