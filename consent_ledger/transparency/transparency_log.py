"""The append-only log: entries under one Merkle tree, and a signed checkpoint for each append.

It knows bytes, not what an entry means. Entries, head and checkpoint change in the caller's
transaction together, or not at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy import (
    BigInteger,
    Connection,
    LargeBinary,
    Text,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from consent_ledger.tables import transparency_log as tables
from consent_ledger.transparency.checkpoint import (
    open_checkpoint,
    sign_checkpoint,
    signed_last,
)
from consent_ledger.transparency.merkle import HASH_BYTES, CompactRange, leaf_hash
from consent_ledger.transparency.merkle_proofs import NodeHashes
from consent_ledger.transparency.note_keys import NoteError, SigningKey
from schemas.errors import BusError

_entry, _head, _checkpoint = tables.entry.c, tables.head.c, tables.checkpoint.c

_LOCK_HEAD = select(
    _head.size,
    _head.state,
    select(func.max(_entry.seq)).scalar_subquery().label("last"),
    select(_checkpoint.note).order_by(_checkpoint.size.desc()).limit(1).scalar_subquery(),
).with_for_update(of=tables.head)

_WRITE = text(  # all in one statement: an append waits for round trips more than for anything else
    f"""
    WITH moved AS (UPDATE {tables.head} SET size = :size, state = :state),
         signed AS (INSERT INTO {tables.checkpoint} (size, note) VALUES (:size, :note))
    INSERT INTO {tables.entry} (seq, leaf, hashes)
    SELECT :size - cardinality(:leaves) + nth - 1, leaf, hashes
    FROM unnest(:leaves, :hashes) WITH ORDINALITY AS new (leaf, hashes, nth)
    """  # noqa: S608 - names of our own tables
).bindparams(
    bindparam("size", type_=BigInteger),
    bindparam("state", type_=LargeBinary),
    bindparam("note", type_=Text),
    bindparam("leaves", type_=ARRAY(LargeBinary)),
    bindparam("hashes", type_=ARRAY(LargeBinary)),
)


class TransparencyLogError(BusError):
    """A log that is not what it should be, or a use of it that is not possible."""


class Signer(Protocol):
    """Who signs the log: a key, or the keys among which it is being changed."""

    def key_after(self, checkpoint: str | None) -> SigningKey:
        """Return the key that goes on from the newest checkpoint; None is a log without entries."""


@dataclass(frozen=True, slots=True)
class Head:
    """The log as it stands; `checkpoint` is the signed note, absent while there is no entry."""

    size: int
    root: bytes
    checkpoint: str | None


class LogEntry(NamedTuple):
    """One stored entry; `recorded_at` is the database's clock and not covered by the tree."""

    seq: int
    leaf: bytes
    recorded_at: datetime


def append(
    connection: Connection,
    leaves: Sequence[bytes],
    signer: Signer,
    *,
    successor: SigningKey | None = None,
) -> range:
    """Add the leaves in their order, under one new checkpoint; return their seq numbers.

    A successor signs that checkpoint too, and alone goes on from there: the last leaf is then the
    entry that names both keys, see `KeyChange`.

    Holds the head's lock until the caller's transaction ends, so appends never overlap. Raises
    TransparencyLogError when there is no leaf or one is too long; that, MerkleError or NoteError
    when the log is not as the signer's key last signed it: no two histories may be signed
    (c2sp.org/tlog-checkpoint).
    """
    if not leaves:
        raise TransparencyLogError("An append needs one leaf at least.")
    if max(map(len, leaves)) > tables.MAX_LEAF_BYTES:
        raise TransparencyLogError(f"A leaf has more than {tables.MAX_LEAF_BYTES:,} bytes.")
    tree, last, newest = _lock_head(connection)
    key = _key_of_the_signed_log(tree, last, newest, signer)
    first = tree.size
    hashes = [tree.append(leaf_hash(leaf)) for leaf in leaves]
    note = sign_checkpoint(key, tree.size, tree.root(), *([successor] if successor else []))
    connection.execute(
        _WRITE,
        {
            "size": tree.size,
            "state": tree.to_bytes(),
            "note": note,
            "leaves": list(leaves),
            "hashes": hashes,
        },
    )
    return range(first, tree.size)


def hold_head(connection: Connection) -> None:
    """Wait for whoever appends now, and let nobody else until the caller's transaction ends."""
    _lock_head(connection)


def head(connection: Connection) -> Head:
    """Return the log's size, root and newest checkpoint."""
    newest = tables.head.outerjoin(
        tables.checkpoint, tables.checkpoint.c.size == tables.head.c.size
    )
    columns = select(tables.head.c.size, tables.head.c.state, tables.checkpoint.c.note)
    size, state, note = connection.execute(columns.select_from(newest)).one()
    return Head(size, CompactRange.from_bytes(size, state).root(), note)


def entries(connection: Connection, start: int, stop: int) -> Iterator[LogEntry]:
    """Stream the entries of seq `start` up to, not including, `stop`, in bounded memory."""
    entry = tables.entry.c
    wanted = (
        select(entry.seq, entry.leaf, entry.recorded_at)
        .where(entry.seq >= start, entry.seq < stop)
        .order_by(entry.seq)
    )
    with connection.execute(wanted, execution_options={"yield_per": 1000}) as rows:
        yield from (LogEntry(*row) for row in rows)


def stored_nodes(connection: Connection) -> NodeHashes:
    """Give the proofs of `merkle_proofs` the log's node hashes: one row read for each."""

    def node(level: int, index: int) -> bytes:
        completed_by = ((index + 1) << level) - 1
        stored = func.substring(tables.entry.c.hashes, HASH_BYTES * level + 1, HASH_BYTES)
        found: bytes = connection.execute(
            select(stored).where(tables.entry.c.seq == completed_by)
        ).scalar_one()
        return found

    return node


def _lock_head(connection: Connection) -> tuple[CompactRange, int | None, str | None]:
    """Return the tree, the last entry's seq and the newest checkpoint, with the head locked."""
    row = connection.execute(_LOCK_HEAD).one_or_none()
    if row is not None and row.last != row.size - 1:
        # Whoever had to wait for the lock has the head as it is now, and the rest as it was before
        # another one's append: a statement sees what was committed when it began. Now that the
        # head is held, a second one sees everything.
        row = connection.execute(_LOCK_HEAD).one()
    if row is None:
        raise TransparencyLogError(
            "The log has no head row.", "Run the migrations; if they ran, restore a backup."
        )
    size, state, last, newest = row
    return CompactRange.from_bytes(size, state), last, newest


def _key_of_the_signed_log(
    tree: CompactRange, last: int | None, newest: str | None, signer: Signer
) -> SigningKey:
    """Return the key that goes on, once the log is known to be as it last signed it."""
    key = signer.key_after(newest)
    if last is None and newest is None and tree.size == 0:
        return key
    signed = open_checkpoint(newest or "", [key])
    if (last, signed.size, signed.root) != (tree.size - 1, tree.size, tree.root()):
        raise TransparencyLogError(
            "The log's head, its last entry and its last checkpoint do not belong together: "
            "nothing was added.",
            "`nwd ledger verify` names what was altered.",
        )
    if not signed_last(newest or "", key):
        raise NoteError(
            "The log has changed its key: this one signs no more.",
            "Use the signing key as it is now: `nwd ledger rotate-key` has written it.",
        )
    return key
