"""The ledger's tree as the bus serves it over HTTP: checkpoint, tiles and keys."""

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from consent_ledger.transparency.log_proof import MAX_PROOF_BYTES, LogProof, parse_proof
from consent_ledger.transparency.merkle import HASH_BYTES
from consent_ledger.transparency.merkle_proofs import NodeHashes
from consent_ledger.transparency.signed_note import MAX_NOTE_BYTES
from consent_ledger.transparency.tiles import WIDTH, node_in, tile_of, tile_path
from schemas.errors import BusError

TIMEOUT_SECONDS: Final = 10.0
_MOST_CHANGES: Final = 100
"""Changes of keys that are read: one a month for eight years."""


class LedgerAwayError(BusError):
    """The ledger's tree cannot be had, or is not what it should be: nothing could be checked."""


class LedgerSource(Protocol):
    """Where the tree is served."""

    def get(self, path: str, most_bytes: int) -> bytes:
        """Return what stands under `/ledger/`; LedgerAwayError when that cannot be had."""


class HttpLedger:
    """See `LedgerSource`; `url` is the bus's, such as https://hub.example."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise LedgerAwayError("The ledger's address does not begin with http:// or https://.")
        self._base = url.rstrip("/") + "/ledger/"

    def get(self, path: str, most_bytes: int) -> bytes:
        """See `LedgerSource`."""
        try:
            with urllib.request.urlopen(  # noqa: S310 - http or https, as checked above
                self._base + path, timeout=TIMEOUT_SECONDS
            ) as answer:
                found: bytes = answer.read(most_bytes + 1)
        except (urllib.error.URLError, HTTPException, OSError):
            raise LedgerAwayError(
                f"{self._base}{path} does not answer.",
                "Check the address; `nwd run web` serves it.",
            ) from None
        if len(found) > most_bytes:
            raise LedgerAwayError(f"{self._base}{path} answers with more than it can have.")
        return found


def newest_checkpoint(source: LedgerSource) -> bytes:
    """Return the newest checkpoint, a signed note that nobody has verified yet."""
    return source.get("checkpoint", MAX_NOTE_BYTES)


def key_changes(source: LedgerSource) -> list[LogProof]:
    """Return the proofs of the changes of the ledger's key; nobody has verified them yet.

    Raises LedgerAwayError or, like `parse_proof`, ProofError or NoteError.
    """
    try:
        answer: Any = json.loads(source.get("keys", _MOST_CHANGES * MAX_PROOF_BYTES))
        proofs = [str(one) for one in answer["changes"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise LedgerAwayError("The list of the ledger's keys is none.") from None
    return [parse_proof(one) for one in proofs]


def nodes_of(source: LedgerSource, size: int) -> NodeHashes:
    """Return the tree's nodes at that size, from its tiles; each tile is asked for once."""
    tiles: dict[str, bytes] = {}

    def node(level: int, index: int) -> bytes:
        tile = tile_of(level, index, size)
        path = f"tile/{tile_path(tile)}"
        if path not in tiles:
            tiles[path] = source.get(path, WIDTH * HASH_BYTES)
            if len(tiles[path]) != tile.width * HASH_BYTES:
                raise LedgerAwayError(f"{path} is not as long as that tile must be.")
        return node_in(tiles[path], level, index)

    return node
