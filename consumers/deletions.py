"""What a recipient was told to delete because of an entry, counted in its own tray."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from schemas.trays import TrayRecord, is_tick


class Told(NamedTuple):
    """`keys` were retracted because of the entries; `there_again` of them hold a record now."""

    keys: int
    there_again: int


def told_by(records: Iterable[TrayRecord], entries: Collection[int]) -> Told:
    """Count the keys that a tray's tombstones retract because of these entries.

    A tombstone names the entry that decided in its header `ledgerseq`; that of a pseudonymous tray
    names its agreement's. Kafka forgets a tombstone `delete.retention.ms` after it was written.
    """
    wanted = {str(one).encode() for one in entries}
    told: set[bytes] = set()
    held: set[bytes] = set()
    for record in records:
        if record.value is not None:
            held.add(record.key)
            continue
        held.discard(record.key)
        if not is_tick(record.key) and dict(record.headers).get("ledgerseq") in wanted:
            told.add(record.key)
    return Told(len(told), len(told & held))
