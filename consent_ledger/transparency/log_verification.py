"""Verifies a log from its first entry to its last, trusting only one of the log's keys.

In one pass every leaf is hashed again, and at every checkpoint's size the tree must have the root
that was signed.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

from sqlalchemy import Connection

from consent_ledger.transparency.checkpoint import open_checkpoint
from consent_ledger.transparency.key_change import LogKeys
from consent_ledger.transparency.log_follower import Claim, LogFollower
from consent_ledger.transparency.log_report import LogReport
from consent_ledger.transparency.log_rows import LogRows, stored_log
from consent_ledger.transparency.note_keys import NoteError, VerifierKey
from consent_ledger.transparency.transparency_log import TransparencyLogError


def verify(
    connection: Connection, key: VerifierKey, known_checkpoint: str | bytes | None = None
) -> LogReport:
    """Verify the stored log as `verify_rows`; TransparencyLogError within a transaction."""
    with stored_log(connection) as rows:
        return verify_rows(rows, key, known_checkpoint)


def verify_rows(
    rows: LogRows,
    key: VerifierKey,
    known_checkpoint: str | bytes | None = None,
    on_entry: Callable[[int, bytes], None] | None = None,
) -> LogReport:
    """Recompute the whole log and report what is wrong, naming the first bad entries.

    `key` is any of the log's: changes of keys are followed from it. `known_checkpoint` is one that
    was kept outside the database: without it nothing shows that a log was cut short, or written
    anew by the holder of the key. `on_entry` is given each (seq, leaf) that is as its hashes are.

    Raises NoteError when the known checkpoint is not this log's, and TransparencyLogError when it
    is of no entries, which proves nothing.
    """
    keys = LogKeys(key, rows.key_changes)
    outside = [] if known_checkpoint is None else [_outside_claim(keys, known_checkpoint)]
    stored = _stored_claims(keys, rows.checkpoints)
    follower = LogFollower(heapq.merge(stored, outside, key=attrgetter("size")))
    follower.follow(rows.entries, on_entry)
    return follower.finish(rows.head)


def _outside_claim(keys: LogKeys, note: str | bytes) -> Claim:
    known = open_checkpoint(note, keys.all)
    if known.size == 0:
        raise TransparencyLogError(
            "The checkpoint to compare with is of a log without entries: it proves nothing.",
            "Give one that was kept after the first entry.",
        )
    return Claim(known.size, known.root, is_signed=True, is_outside=True)


def _stored_claims(keys: LogKeys, notes: Iterable[tuple[int, str]]) -> Iterator[Claim]:
    for size, note in notes:
        roots = []
        signing = keys.signing(size)
        for key in signing:
            try:
                checkpoint = open_checkpoint(note, [key])
            except NoteError:
                continue
            if checkpoint.size == size:
                roots.append(checkpoint.root)
        yield Claim(size, roots[0] if roots else None, is_signed=len(roots) == len(signing))
