"""Sweeps in PostgreSQL: what is still to be decided about again, and how far that has come."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Integer, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from typing_extensions import override

from consent_ledger.filter.store import FilterTransaction, ShardLease
from consent_ledger.filter.sweep import Reached, Sweep
from consent_ledger.ledger.enforcement import Cost
from consent_ledger.tables.delivery import sweep
from consent_ledger.tables.register import participant
from schemas.identifiers import EventId

_OF_SHARD = (
    select(sweep)
    .outerjoin(participant, participant.c.participant_id == sweep.c.participant_id)
    .where(
        (sweep.c.participant_id.is_(None) & (sweep.c.shard_id == bindparam("held_id")))
        | (participant.c.partition == func.any(bindparam("partitions", type_=ARRAY(Integer))))
    )
    .order_by(sweep.c.participant_id.is_(None), sweep.c.sweep_id)
)
_OF_EVERYBODY = select(sweep).where(sweep.c.participant_id.is_(None)).order_by(sweep.c.sweep_id)


class StoredSweeps(FilterTransaction, Protocol):
    """What a transaction knows of sweeps."""

    connection: Connection

    @override
    def sweeps(self, lease: ShardLease) -> list[Sweep]:
        held = {"held_id": lease.shard_id, "partitions": list(lease.partitions)}
        return list(read_sweeps(self.connection.execute(_OF_SHARD, held)))


def sweeps_of_everybody(connection: Connection) -> list[Sweep]:
    """Return the sweeps of everybody that no shard has come to the end of."""
    return list(read_sweeps(connection.execute(_OF_EVERYBODY)))


def give_up_sweeps_of_everybody(connection: Connection) -> None:
    """Forget how far they have come: who takes over begins anew. They say what was not done."""
    connection.execute(
        update(sweep)
        .where(sweep.c.participant_id.is_(None))
        .values(after_participant="", after_event=None)
    )


def begin_sweeps(connection: Connection, begun: Sequence[Sweep]) -> None:
    """Let sweeps begin."""
    if begun:
        connection.execute(
            insert(sweep),
            [
                {
                    "shard_id": new.shard_id,
                    "since": new.since,
                    "until": new.until,
                    "seqs": list(new.seqs),
                    "participant_id": new.participant_id,
                    "agreement_ids": _listed(new.agreement_ids),
                    "service_ids": _listed(new.service_ids),
                    "is_release": new.is_release,
                }
                for new in begun
            ],
        )


def go_on_with(connection: Connection, swept: Sweep) -> None:
    """Note how far a sweep has come: one that has come to its end is no more."""
    its = sweep.c.sweep_id == swept.sweep_id
    if swept.after is None:
        connection.execute(delete(sweep).where(its))
    else:
        connection.execute(
            update(sweep)
            .where(its)
            .values(
                after_participant=swept.after.participant_id,
                after_event=swept.after.event_id,
                cost=dict(swept.cost),
            )
        )


def _listed(ids: Iterable[str] | None) -> list[str] | None:
    return None if ids is None else sorted(ids)


def read_sweeps(rows: Iterable[Any]) -> Iterator[Sweep]:
    """Yield the sweep of each row."""
    for row in rows:
        event_id = None if row.after_event is None else EventId(str(row.after_event))
        yield Sweep(
            row.shard_id,
            row.since,
            row.until,
            tuple(row.seqs),
            row.participant_id,
            None if row.agreement_ids is None else frozenset(row.agreement_ids),
            None if row.service_ids is None else frozenset(row.service_ids),
            row.is_release,
            row.sweep_id,
            Reached(row.after_participant, event_id),
            {agreement_id: Cost(*cost) for agreement_id, cost in row.cost.items()},
        )
