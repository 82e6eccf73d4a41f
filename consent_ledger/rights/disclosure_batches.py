"""The disclosure log in the ledger: for each turn, the count and Merkle root under each agreement.

It is entered after the turn and beside the filter, which does not wait for it. The leaf hashes are
kept, so that the disclosures of others can be proven also after somebody was erased; in the order
of their bytes, so that their places do not tell in which order the turn looked at people.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    LargeBinary,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, record
from consent_ledger.ledger.rows import PostgresLedgerRows
from consent_ledger.rights.disclosure_leaves import disclosure_leaf, leaf_hash_of
from consent_ledger.tables.delivery import (
    aborted_turn,
    disclosure,
    disclosure_batch,
    shard,
    unentered_turn,
)
from consent_ledger.tables.register import participant
from consent_ledger.transparency.merkle import HASH_BYTES, merkle_root

TURNS: Final = 20
"""Turns entered in one transaction."""
_BATCHES: Final = 200
"""Agreements in one entry, so that it fits a leaf; a turn of more has several entries."""

_LEAF_HASHES = (
    select(
        disclosure.c.turn,
        disclosure.c.agreement_id,
        leaf_hash_of(disclosure_leaf()).label("leaf_hash"),
    )
    .join(participant, participant.c.participant_id == disclosure.c.participant_id)
    .where(disclosure.c.turn == func.any(bindparam("turns", type_=ARRAY(BigInteger))))
    .subquery()
)
# built once: the interpreter takes longer to build it than PostgreSQL to answer, and the filter,
# which runs in the same process, waits for that
_OF_TURNS = (
    select(
        _LEAF_HASHES.c.turn,
        _LEAF_HASHES.c.agreement_id,
        func.string_agg(
            _LEAF_HASHES.c.leaf_hash,
            aggregate_order_by(literal_column("''::bytea", LargeBinary), _LEAF_HASHES.c.leaf_hash),
        ),
    )
    .group_by(_LEAF_HASHES.c.turn, _LEAF_HASHES.c.agreement_id)
    .order_by(_LEAF_HASHES.c.turn, _LEAF_HASHES.c.agreement_id)
)


def enter_closed_turns(tx: PostgresLedgerRows, most: int = TURNS) -> int:
    """Enter what closed turns disclosed, and return how many turns that were.

    Turns that were cut short are entered, too: as ones that may have been sent. Several processes
    may do this at once; each takes other turns.
    """
    connection = tx.connection
    is_open = exists().where(shard.c.open_turn == unentered_turn.c.turn)
    turns = connection.scalars(
        select(unentered_turn.c.turn)
        .where(~is_open)
        .order_by(unentered_turn.c.turn)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if not turns:
        return 0
    cut_short = set(
        connection.scalars(select(aborted_turn.c.turn).where(aborted_turn.c.turn.in_(turns)))
    )
    entries: list[NewEntry] = []
    rows: list[dict[str, Any]] = []
    places: list[int] = []
    hashed = _hashed(connection, turns)
    for turn in turns:
        for batches in _chunks(hashed.get(turn, [])):
            rows += [
                {"turn": turn, "agreement_id": agreement_id, "hashes": hashes}
                for agreement_id, hashes in batches
            ]
            places += [len(entries)] * len(batches)
            entries.append(disclosure_entry(turn, batches, is_certain=turn not in cut_short))
    seqs = record(tx, entries)
    if rows:
        connection.execute(
            insert(disclosure_batch),
            [row | {"seq": seqs[place]} for row, place in zip(rows, places, strict=True)],
        )
    connection.execute(delete(unentered_turn).where(unentered_turn.c.turn.in_(turns)))
    return len(turns)


def split_hashes(hashes: bytes) -> list[bytes]:
    """Return the leaf hashes of a batch."""
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def _hashed(connection: Connection, turns: Sequence[int]) -> dict[int, list[tuple[str, bytes]]]:
    """Return, by turn, the agreements and the leaf hashes of each, joined in order."""
    found: dict[int, list[tuple[str, bytes]]] = {}
    for turn, agreement_id, hashes in connection.execute(_OF_TURNS, {"turns": turns}):
        found.setdefault(turn, []).append((agreement_id, bytes(hashes)))
    return found


def _chunks(batches: Sequence[tuple[str, bytes]]) -> Iterator[Sequence[tuple[str, bytes]]]:
    for start in range(0, len(batches), _BATCHES):
        yield batches[start : start + _BATCHES]


def disclosure_entry(
    turn: int, batches: Sequence[tuple[str, bytes]], *, is_certain: bool
) -> NewEntry:
    """Return the entry of what a turn disclosed: agreements and their leaf hashes, joined."""
    facts = {
        "turn": turn,
        "certain": is_certain,
        "batches": {
            agreement_id: {
                "count": len(hashes) // HASH_BYTES,
                "root": merkle_root(split_hashes(hashes)).hex(),
            }
            for agreement_id, hashes in batches
        },
    }
    return NewEntry(EntryKind.DISCLOSED, facts=facts)
