"""The shards that the partitions are divided among, and how they are divided anew."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime

from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.store import Cursor, ShardState, Store
from schemas.errors import BusError
from schemas.identifiers import LedgerIndex


def divide(
    store: Store,
    open_log: Callable[[int], EventLog],
    *,
    partitions: int,
    shards: int,
    now: datetime,
) -> bool:
    """Divide the partitions among so many shards; False where they are divided so already.

    A shard's partitions never change, and its number is never used again: those that there are
    retire, and new ones take their partitions over. `open_log` opens the log of a shard.

    Whoever still holds a shard that retires must have written its last record when another shard
    begins to write in its partitions. So the old shards are acquired first, each in the database,
    which takes nothing from its holder any more, and then in the log, which ends the holder's open
    transaction and refuses the next. Only whoever acquired a shard in the log before the database
    ever writes; whoever does so in between is noticed, because the leases are looked at again in
    the transaction that divides. Cut short before that, nothing has changed but that processes
    were fenced, as by a restart; after it there is nothing left to do.

    Raises BusError when the number of partitions is another one, or there are fewer of them than
    shards; FencedError when a process took an old shard back meanwhile, or was in the middle of a
    transaction: then it can be tried again; KafkaAwayError.
    """
    if shards > partitions:
        raise BusError(
            f"There are {partitions} partitions, which {shards} shards cannot be made of.",
            "Set NWD_SHARDS to at most NWD_PARTITIONS.",
        )
    with store.begin() as transaction:
        old = [state for state in transaction.shards() if not state.is_retired]
    held = sum(len(state.partitions) for state in old)
    if old and held != partitions:
        raise BusError(
            f"The bus was set up with {held} partitions, not {partitions}.",
            "The number of partitions cannot change: a person's records would move.",
        )
    if len(old) == shards:
        return False
    leases = []
    for state in old:
        with store.begin() as transaction:
            leases.append(transaction.acquire(state.shard_id))
    for lease in leases:
        with closing(open_log(lease.shard_id)) as log:
            log.acquire()
    with store.begin() as transaction:
        for lease in leases:
            transaction.fence(lease)
        own = [range(place, partitions, shards) for place in range(shards)]
        transaction.replace_shards(list(_successors(transaction.shards(), own, now)))
    return True


def begins(earlier: Iterable[ShardState], partitions: Iterable[int]) -> dict[int, LedgerIndex]:
    """Return for each partition the first entry that no earlier shard has come past there."""
    found = dict.fromkeys(partitions, LedgerIndex(0))
    for state in earlier:
        for partition in found.keys() & state.partitions:
            found[partition] = max(found[partition], state.cursor.next_seq)
    return found


def _successors(
    states: Sequence[ShardState], division: Sequence[Sequence[int]], now: datetime
) -> Iterator[ShardState]:
    """Yield the shards that take over, each where the least advanced of its partitions is.

    What an entry asks of one person is not carried out twice: it is taken from where that person's
    partition begins, and a sweep of one person goes on by itself. What an entry asks of everybody
    is, from the first on that is still swept, since one partition may lack it; to do it again is
    harmless. `checked_at` is the earliest moment of those that the shard takes over from,
    and `decided_until` the latest: what ran out in between, or came back when a clock was set back,
    is looked at once more, which changes nothing where it was done.
    """
    states = [replace(state, cursor=state.of_everybody) for state in states]
    retiring = [state for state in states if not state.is_retired]
    for shard_id, partitions in enumerate(division, start=len(states)):
        before = [
            state.cursor for state in retiring if not set(partitions).isdisjoint(state.partitions)
        ]
        yield ShardState(
            shard_id,
            tuple(partitions),
            Cursor(
                min(begins(states, partitions).values()),
                min((cursor.checked_at for cursor in before), default=now),
                max((cursor.decided_until for cursor in before), default=now),
            ),
        )
