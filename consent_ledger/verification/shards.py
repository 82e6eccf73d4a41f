"""Shards and partitions: each partition has one writer, and each participant their partition."""

from collections.abc import Iterable, Iterator, Sequence

from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.transparency.log_report import Fault
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.table_rows import ShardRow
from schemas.trays import partition_of


def check_shards(
    shards: Sequence[ShardRow], participants: Iterable[ParticipantRow], size: int
) -> Iterator[Fault]:
    """Hold shards against each other, and participants against them; `size` is that of the log.

    No entry speaks of them: a partition follows from the number, and from how many there are.
    """
    found, found_people = Findings("shards"), Findings("participants")
    partitions = sorted(one for row in shards if not row.is_retired for one in row.partitions)
    if partitions != list(range(len(partitions))):
        found.add(size, "a partition has no writer, or several")
    if any(row.checked_at > row.decided_until for row in shards):
        found.add(size, "one has looked further ahead than it has decided")
    for row in participants if partitions else ():
        if row.partition != partition_of(row.participant_id, len(partitions)):
            found_people.add(size, "one is in another partition than the number's")
    yield from found.faults()
    yield from found_people.faults()
