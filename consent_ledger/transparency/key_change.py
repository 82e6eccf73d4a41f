"""Which key signs the log when: a change of keys is an entry, and its checkpoint has both names.

The entry is a leaf like any other, signed by the old key, and names both. Whoever trusts one of the
log's keys can so follow it to all others: to later ones because the old key signed their entry, and
to earlier ones because the new key signed the checkpoint over it, too.
"""

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple, Self

from consent_ledger.tables.transparency_log import KEY_CHANGE_MARK
from consent_ledger.transparency.note_keys import NoteError, VerifierKey


class KeyChange(NamedTuple):
    """From the entry `seq` on, the log is signed by `new`; until then by `old`."""

    seq: int
    old: VerifierKey
    new: VerifierKey

    @property
    def facts(self) -> dict[str, str]:
        """What the entry says besides its kind and moment."""
        return {"old_key": self.old.vkey, "new_key": self.new.vkey}

    @classmethod
    def of(cls, seq: int, leaf: bytes) -> Self | None:
        """Return the change of keys that a leaf states; None where it is about something else."""
        if KEY_CHANGE_MARK not in leaf:
            return None
        try:
            match json.loads(leaf):
                case {"kind": "key", "old_key": str(old), "new_key": str(new)}:
                    return cls(seq, VerifierKey.from_vkey(old), VerifierKey.from_vkey(new))
        except (ValueError, RecursionError, NoteError):
            pass
        return None


class LogKeys:
    """All keys of a log that one trusted key leads to, and which of them signs at which size.

    `all` has the first one first.
    """

    def __init__(self, trusted: VerifierKey, changes: Iterable[KeyChange] = ()) -> None:
        self._changes = _connected(trusted, sorted(changes, key=lambda change: change.seq))
        first = self._changes[0].old if self._changes else trusted
        self.all = (first, *(one.new for one in self._changes))

    def signing(self, size: int) -> tuple[VerifierKey, ...]:
        """Return the keys that sign a checkpoint of this size: two where the key changes."""
        key = self.all[0]
        for change in self._changes:
            if size <= change.seq:
                break
            if size == change.seq + 1:
                return (change.old, change.new)
            key = change.new
        return (key,)


def _connected(trusted: VerifierKey, changes: list[KeyChange]) -> list[KeyChange]:
    """Return the changes that the trusted key leads to without a gap."""
    for place, change in enumerate(changes):
        if trusted in (change.old, change.new):
            first = last = place
            break
    else:
        return []
    while first > 0 and changes[first - 1].new == changes[first].old:
        first -= 1
    for before, after in pairwise(changes[last:]):
        if before.new != after.old:
            break
        last += 1
    return changes[first : last + 1]
