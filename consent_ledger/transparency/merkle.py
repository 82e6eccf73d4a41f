"""The Merkle tree of RFC 6962 section 2.1 (the same in RFC 9162): hashes and the growing tree.

It knows bytes only. Proofs over such a tree are in `merkle_proofs`.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final, Self

from schemas.errors import BusError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

# The prefixes keep a leaf from being passed off as an inner node, and the other way round.
_LEAF_PREFIX: Final = b"\x00"
_NODE_PREFIX: Final = b"\x01"


class MerkleError(BusError):
    """A tree state that cannot be, or a question about a tree that has no answer."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash one leaf (32 bytes)."""
    return sha256(_LEAF_PREFIX + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two sibling subtrees into their parent (32 bytes)."""
    return sha256(_NODE_PREFIX + left + right).digest()


def merkle_root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Root of the tree over these leaf hashes; of none it is SHA-256 of nothing."""
    tree = CompactRange()
    for hashed in leaf_hashes:
        tree.append(hashed)
    return tree.root()


class CompactRange:
    """A tree of which only the perfect subtrees' roots are kept: O(log n) to hold, O(1) to grow.

    `size` leaves have one perfect subtree for each 1 in the binary form of `size`; their roots
    are on a stack, the largest (leftmost) first.
    """

    __slots__ = ("_stack", "size")

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[bytes] = []

    @classmethod
    def from_bytes(cls, size: int, state: bytes) -> Self:
        """Take up a tree again from its size and `to_bytes()`; MerkleError when they disagree."""
        if size < 0 or len(state) != HASH_BYTES * size.bit_count():
            raise MerkleError(
                f"A tree of {size} leaves does not have {len(state)} bytes of subtree roots.",
                "The head of the log was altered: verify the log before anything is added to it.",
            )
        tree = cls()
        tree.size = size
        tree._stack = [state[at : at + HASH_BYTES] for at in range(0, len(state), HASH_BYTES)]
        return tree

    def to_bytes(self) -> bytes:
        """Join the perfect subtrees' roots, the largest first, 32 bytes each."""
        return b"".join(self._stack)

    def append(self, hashed: bytes) -> bytes:
        """Add a leaf hash; return the roots of all subtrees that it completes, itself first.

        These are 1 + (trailing ones of the leaf's index) hashes, joined: two on average.
        """
        stack = self._stack
        completed = node = hashed
        index = self.size
        while index & 1:
            # node_hash() written out: this loop is what verifying a log of millions waits for
            node = sha256(_NODE_PREFIX + stack.pop() + node).digest()
            completed += node
            index >>= 1
        stack.append(node)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Root of the present tree (32 bytes)."""
        if not self._stack:
            return EMPTY_ROOT
        root = self._stack[-1]
        for subtree in reversed(self._stack[:-1]):
            root = node_hash(subtree, root)
        return root
