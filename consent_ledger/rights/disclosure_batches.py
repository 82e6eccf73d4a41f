"""The disclosure log in the ledger: for each turn, the count and Merkle root under each agreement.

It is entered after the turn and beside the filter, which does not wait for it. A leaf is made and
hashed by the database, always by the same expression: canonical JSON, in which the person stands by
pseudonym, the event by a salted and the value by a keyed digest. The leaf hashes are kept, in the
order of their bytes: so the disclosures of others can be proven also after somebody was erased.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Text,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from consent_ledger.entries import Kind
from consent_ledger.ledger import Ledger, NewEntry
from consent_ledger.tables.delivery import (
    aborted_turn,
    disclosure,
    disclosure_batch,
    shard,
    unentered_turn,
)
from consent_ledger.tables.register import participant
from consent_ledger.transparency.merkle import HASH_BYTES, merkle_root
from schemas.categories import BLOCKS

TURNS: Final = 20
"""Turns entered in one transaction."""
_BATCHES: Final = 200
"""Agreements in one entry, so that it fits a leaf; a turn of more has several entries."""


def enter_closed_turns(
    connection: Connection, ledger: Ledger[Connection], most: int = TURNS
) -> int:
    """Enter what closed turns disclosed, and return how many turns that were.

    Turns that were cut short are entered, too: as ones that may have been sent. Several processes
    may do this at once; each takes other turns.
    """
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
    for turn in turns:
        for batches in _chunks(_hashed(connection, turn)):
            rows += [
                {"turn": turn, "agreement_id": agreement_id, "hashes": hashes}
                for agreement_id, hashes in batches
            ]
            places += [len(entries)] * len(batches)
            entries.append(_entry(turn, batches, is_certain=turn not in cut_short))
    seqs = ledger.record(connection, entries)
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


def disclosure_leaf() -> ColumnElement[str]:
    """Return the expression of a disclosure's leaf, for a query that joins the participant."""
    event = func.sha256(participant.c.salt.op("||")(_utf8(cast(disclosure.c.event_id, Text))))
    at = func.to_char(
        func.timezone("UTC", disclosure.c.decided_at),
        text("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""),
    )
    opened = func.concat_ws(
        ",",
        *(case((disclosure.c.mask.op("&")(int(one.bit)) != 0, f'"{one.value}"')) for one in BLOCKS),
    )
    return func.concat(
        '{"agreement":"',
        disclosure.c.agreement_id,
        '","at":"',
        at,
        '","categories":[',
        opened,
        '],"decided_by":',
        disclosure.c.decided_by,
        ',"digest":',
        _quoted(func.encode(disclosure.c.digest, "hex")),
        ',"event":',
        _quoted(func.encode(event, "hex")),
        ',"format":1,"issue":',
        disclosure.c.issue,
        ',"subject":',
        _quoted(cast(participant.c.ledger_id, Text)),
        ',"turn":',
        disclosure.c.turn,
        "}",
        type_=Text,
    )


def leaf_hash_of(leaf: ColumnElement[str]) -> ColumnElement[bytes]:
    """Return the expression of a leaf's hash: RFC 6962 section 2.1, as `merkle.leaf_hash`."""
    prefix = literal_column(r"'\x00'::bytea", LargeBinary)
    return func.sha256(prefix.op("||")(_utf8(leaf)), type_=LargeBinary)


def _hashed(connection: Connection, turn: int) -> Sequence[tuple[str, bytes]]:
    """Return the agreements of a turn, each with its leaf hashes, joined in order."""
    hashed = (
        select(disclosure.c.agreement_id, leaf_hash_of(disclosure_leaf()).label("hash"))
        .join(participant, participant.c.participant_id == disclosure.c.participant_id)
        .where(disclosure.c.turn == turn)
        .subquery()
    )
    nothing = literal_column("''::bytea", LargeBinary)
    joined = func.string_agg(hashed.c.hash, aggregate_order_by(nothing, hashed.c.hash))
    found = connection.execute(
        select(hashed.c.agreement_id, joined)
        .group_by(hashed.c.agreement_id)
        .order_by(hashed.c.agreement_id)
    )
    return [(agreement_id, bytes(hashes)) for agreement_id, hashes in found]


def _chunks(batches: Sequence[tuple[str, bytes]]) -> Iterator[Sequence[tuple[str, bytes]]]:
    for start in range(0, len(batches), _BATCHES):
        yield batches[start : start + _BATCHES]


def _entry(turn: int, batches: Sequence[tuple[str, bytes]], *, is_certain: bool) -> NewEntry:
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
    return NewEntry(Kind.DISCLOSED, facts=facts)


def _quoted(value: ColumnElement[str]) -> ColumnElement[str]:
    return func.coalesce('"' + value + '"', literal("null"))


def _utf8(value: ColumnElement[str]) -> ColumnElement[bytes]:
    return func.convert_to(value, "UTF8", type_=LargeBinary)
