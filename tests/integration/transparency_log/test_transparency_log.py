from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from sqlalchemy import Connection, Engine, func, select

from consent_ledger.tables import transparency_log as tables
from consent_ledger.transparency.checkpoint import open_checkpoint
from consent_ledger.transparency.merkle import MerkleError, leaf_hash, merkle_root
from consent_ledger.transparency.merkle_proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from consent_ledger.transparency.note_keys import NoteError, SigningKey
from consent_ledger.transparency.transparency_log import (
    TransparencyLogError,
    append,
    entries,
    head,
    stored_nodes,
)
from tests.integration.transparency_log.filled_log import LEAVES, SIZES, checked, fill, tamper


def test_entries_are_numbered_from_0_under_one_checkpoint_an_append(
    engine: Engine, key: SigningKey
) -> None:
    """Each append returns its seqs, and signs the root over all entries so far."""
    with engine.begin() as connection:
        empty = head(connection)
        first = append(connection, LEAVES[:3], key)
        second = append(connection, LEAVES[3:], key)
        stored = [(entry.seq, entry.leaf) for entry in entries(connection, 0, 100)]
        now = head(connection)
        sizes = connection.scalars(select(tables.checkpoint.c.size).order_by("size")).all()

    assert (empty.size, empty.root, empty.checkpoint) == (0, merkle_root([]), None)
    assert (first, second) == (range(3), range(3, 10))
    assert stored == list(enumerate(LEAVES))
    assert sizes == [3, 10]
    assert (now.size, now.root) == (10, merkle_root(map(leaf_hash, LEAVES)))
    signed = open_checkpoint(now.checkpoint or "", [key.verifier_key])
    assert (signed.size, signed.root) == (now.size, now.root)


def test_entries_are_given_for_a_part_of_the_log(log: Engine) -> None:
    """A range of entries has its start and not its stop, with the database's time."""
    with log.connect() as connection:
        part = list(entries(connection, 4, 6))

    assert [(entry.seq, entry.leaf) for entry in part] == [(4, b"4"), (5, b"5")]
    assert part[0].recorded_at.tzinfo is not None
    assert part[0].recorded_at <= part[1].recorded_at


def test_an_append_that_is_rolled_back_leaves_nothing(log: Engine, key: SigningKey) -> None:
    """Entries, head and checkpoint go with the caller's transaction."""
    with log.connect() as connection:
        append(connection, [b"never", b"said"], key)
        connection.rollback()
        assert head(connection).size == 10

    assert checked(log, key).is_sound
    with log.begin() as connection:
        assert append(connection, [b"10"], key) == range(10, 11)


def test_appends_at_the_same_time_never_overlap(engine: Engine, key: SigningKey) -> None:
    """Four appenders at once get seqs of their own, and one history comes of it."""

    def append_often(appender: int) -> list[range]:
        got = []
        for number in range(10):
            with engine.begin() as connection:
                leaves = [f"{appender} {number} {part}".encode() for part in range(3)]
                got.append(append(connection, leaves, key))
        return got

    with ThreadPoolExecutor(4) as pool:
        got = [seqs for all_of_one in pool.map(append_often, range(4)) for seqs in all_of_one]

    assert sorted(seq for seqs in got for seq in seqs) == list(range(120))
    report = checked(engine, key)
    assert (report.size, report.checkpoints, report.faults) == (120, 40, ())
    with engine.connect() as connection:
        leaves = [entry.leaf.decode().split() for entry in entries(connection, 0, 120)]
    assert all(leaves[seqs.start + part][2] == str(part) for seqs in got for part in range(3))


def test_a_large_append_is_one_checkpoint(engine: Engine, key: SigningKey) -> None:
    """Twenty thousand leaves go in together and come out under one root."""
    leaves = [f"{number:08}".encode() * 10 for number in range(20_000)]
    fill(engine, key, [leaves])

    report = checked(engine, key)

    assert (report.size, report.checkpoints, report.faults) == (20_000, 1, ())
    assert report.root == merkle_root(map(leaf_hash, leaves))


def test_what_is_no_append_is_refused(log: Engine, key: SigningKey) -> None:
    """No leaf at all, and a leaf that does not fit into a tile, change nothing."""
    with log.begin() as connection, pytest.raises(TransparencyLogError, match="one leaf"):
        append(connection, [], key)
    with log.begin() as connection, pytest.raises(TransparencyLogError, match="65,535 bytes"):
        append(connection, [b"fits", bytes(65_536)], key)
    with log.begin() as connection:
        assert append(connection, [bytes(65_535), b""], key) == range(10, 12)

    assert checked(log, key).is_sound


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE ledger.head SET state = sha256('x') || sha256('y')", TransparencyLogError),
        ("UPDATE ledger.head SET state = sha256('x')", MerkleError),
        ("UPDATE ledger.head SET size = 12", TransparencyLogError),
        ("DELETE FROM ledger.head", TransparencyLogError),
        ("DELETE FROM ledger.entry WHERE seq = 9", TransparencyLogError),
        ("TRUNCATE ledger.entry", TransparencyLogError),
        ("DELETE FROM ledger.checkpoint WHERE size = 10", TransparencyLogError),
        ("TRUNCATE ledger.checkpoint", NoteError),
        ("UPDATE ledger.checkpoint SET note = replace(note, E'\\n10\\n', E'\\n9\\n')", NoteError),
    ],
)
def test_nothing_is_signed_on_top_of_an_altered_log(
    log: Engine, key: SigningKey, statement: str, error: type[Exception]
) -> None:
    """An append to a log that is not as last signed is refused: it would sign a second history."""
    tamper(log, statement)

    with log.begin() as connection, pytest.raises(error):
        append(connection, [b"10"], key)
    with log.begin() as connection:
        checkpoints = select(func.max(tables.checkpoint.c.size))
        assert (connection.scalar(checkpoints) or 0) <= 10


def test_another_key_cannot_go_on_with_the_log(log: Engine) -> None:
    """A program that was given the wrong key file adds nothing."""
    with log.begin() as connection, pytest.raises(NoteError):
        append(connection, [b"10"], SigningKey.generate("hub.example/ledger"))


def test_proofs_come_from_the_stored_hashes(log: Engine, key: SigningKey) -> None:
    """Every entry is proven against every later checkpoint, and each checkpoint by the next."""
    with log.connect() as connection:
        nodes = stored_nodes(connection)
        signed = [opened(connection, size, key) for size in SIZES]

        for size, root in signed:
            for seq in range(size):
                proof = inclusion_proof(nodes, seq, size)
                verify_inclusion(leaf_hash(LEAVES[seq]), seq, size, proof, root)
        for (size1, root1), (size2, root2) in pairwise(signed):
            proof = consistency_proof(nodes, size1, size2)
            verify_consistency(size1, root1, size2, root2, proof)


def opened(connection: Connection, size: int, key: SigningKey) -> tuple[int, bytes]:
    """Read the stored checkpoint of that size."""
    note = select(tables.checkpoint.c.note).where(tables.checkpoint.c.size == size)
    checkpoint = open_checkpoint(connection.execute(note).scalar_one(), [key.verifier_key])
    return checkpoint.size, checkpoint.root
