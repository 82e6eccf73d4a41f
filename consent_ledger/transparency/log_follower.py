"""Follows a log from its first entry on and holds each stated root against the growing tree."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from consent_ledger.transparency.log_report import Fault, LogPart, LogReport
from consent_ledger.transparency.merkle import HASH_BYTES, CompactRange, leaf_hash


class Claim(NamedTuple):
    """A checkpoint: the root that the tree must have at `size` leaves, None where it is forged.

    `is_signed` by every key that must have signed it: two, where the log changes its key.
    """

    size: int
    root: bytes | None
    is_signed: bool
    is_outside: bool = False


class LogFollower:
    """Grows the tree along the entries and keeps what turns out wrong on the way.

    The claims come in the order of their sizes.
    """

    def __init__(self, claims: Iterator[Claim]) -> None:
        self._claims = claims
        self._claim = next(claims, None)
        self._tree = CompactRange()
        self._proven = 0  # how many entries the last root that agreed has proven
        self._covered = 0  # how many entries the last stored checkpoint speaks of
        self._checkpoints = 0
        self._is_lost = False  # an entry is wrong, and so is every root from there on
        self._faults: list[Fault] = []

    def follow(
        self,
        rows: Iterable[tuple[int, bytes, bytes]],
        on_entry: Callable[[int, bytes], None] | None = None,
    ) -> None:
        """Take all (seq, leaf, hashes) rows in their order; stop at an entry that is wrong."""
        tree = self._tree
        claimed = self._next_claimed_size()
        for seq, leaf, hashes in rows:
            if seq != tree.size:
                self._lose(tree.size, max(tree.size, seq - 1), "missing")
                return
            completed = tree.append(leaf_hash(leaf))
            if completed != hashes:
                first = max(self._proven, _first_of_differing_subtree(seq, completed, hashes))
                self._lose(first, seq, "leaf and stored hashes do not fit")
                return
            if on_entry is not None:
                on_entry(seq, leaf)
            if tree.size >= claimed:
                self._meet_claims()
                if self._is_lost:
                    return
                claimed = self._next_claimed_size()

    def finish(self, head: tuple[int, bytes] | None) -> LogReport:
        """Hold what is left, and the head row's size and state, against the whole tree."""
        tree = self._tree
        if not self._is_lost:
            self._meet_claims_beyond()
        if not self._is_lost and self._covered < tree.size:
            self._lose(self._covered, tree.size - 1, "added without a checkpoint")
        if not self._is_lost and head != (tree.size, tree.to_bytes()):
            size = head[0] if head else 0
            message = f"The head row does not fit the {tree.size} entries."
            self._faults.append(Fault(LogPart.HEAD, size, size, message))
        return LogReport(tree.size, tree.root(), self._checkpoints, tuple(self._faults))

    def _meet_claims(self) -> None:
        tree = self._tree
        while (claim := self._claim) is not None and claim.size <= tree.size:
            self._step_over(claim)
            if claim.root == tree.root():
                self._proven = claim.size
            elif claim.root is not None:
                # whoever wrote the log anew signed it anew: then nothing before is proven either
                first = 0 if claim.is_outside else self._proven
                where = " kept outside" if claim.is_outside else ""
                self._lose(
                    first,
                    claim.size - 1,
                    f"their root is not that of the checkpoint{where} of size {claim.size}",
                )
                return

    def _meet_claims_beyond(self) -> None:
        beyond = 0
        while (claim := self._claim) is not None:
            self._step_over(claim)
            if claim.root is not None:
                beyond = claim.size
        if beyond:
            reason = f"one at least is missing, for there is a checkpoint of size {beyond}"
            # the last ones that are there may have been others: no root speaks of them
            self._lose(self._proven, beyond - 1, reason)

    def _next_claimed_size(self) -> int:
        return sys.maxsize if self._claim is None else self._claim.size

    def _step_over(self, claim: Claim) -> None:
        self._claim = next(self._claims, None)
        if not claim.is_outside:
            self._checkpoints += 1
            self._covered = claim.size
        if not claim.is_signed and all(fault.part is LogPart.ENTRY for fault in self._faults):
            message = (
                f"Checkpoint of size {claim.size}: the first that is not as the log signed it."
            )
            self._faults.append(Fault(LogPart.CHECKPOINT, claim.size, claim.size, message))

    def _lose(self, first: int, last: int, reason: str) -> None:
        self._is_lost = True
        which = f"Entry {first}" if first == last else f"Entries {first} to {last}"
        self._faults.append(Fault(LogPart.ENTRY, first, last, f"{which}: {reason}."))


def _first_of_differing_subtree(seq: int, completed: bytes, stored: bytes) -> int:
    """First seq under the smallest subtree, completed by this entry, whose two hashes differ."""
    for level, at in enumerate(range(0, len(completed), HASH_BYTES)):
        if completed[at : at + HASH_BYTES] != stored[at : at + HASH_BYTES]:
            return seq + 1 - (1 << level)
    return seq  # more is stored than this entry completes
