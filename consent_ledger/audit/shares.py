"""How an audit is divided among processes: each has some of the people and of the partitions."""

import zlib
from typing import Final, NamedTuple


class Share(NamedTuple):
    """The share of the process with this number, from 0, of so many.

    A person's events and a partition's records are each of one share. The two are divided by
    themselves: the partition of a pseudonymous record says nothing of whose it is.
    """

    number: int
    of: int

    def has_person(self, ledger_id: str) -> bool:
        """Return whether a person's journal is of this share."""
        return zlib.crc32(ledger_id.encode()) % self.of == self.number

    def has_partition(self, partition: int) -> bool:
        """Return whether a partition, of every tray, is of this share."""
        return partition % self.of == self.number


ALL: Final = Share(0, 1)
"""What a process has that audits by itself."""
