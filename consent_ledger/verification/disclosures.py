"""What was disclosed, against the count and Merkle root that each turn's entry states."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.rights.disclosure_batches import split_hashes
from consent_ledger.transparency.log_report import Fault
from consent_ledger.transparency.merkle import HASH_BYTES, merkle_root
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.in_step import InStep
from consent_ledger.verification.table_rows import BatchRow, DisclosedRow


class DisclosuresCheck:
    """A batch has the root of its entry, and every disclosure has its place in its batch.

    Rows go with the person who is erased, and the hashes stay: after an erasure nobody can tell
    whose they were, so that some are missing is no fault from then on.
    """

    def __init__(self, batches: Iterable[BatchRow], disclosed: Iterable[DisclosedRow]) -> None:
        self._batches = InStep(batches)
        self._disclosed = InStep(disclosed)
        self._found_batches = Findings("batches of disclosures")
        self._found = Findings("disclosures")
        self._missing = Findings("disclosures")

    def take(self, seq: int, entry: dict[str, Any]) -> None:
        """Hold the rows of a turn's entry against it; KeyError where it lacks something."""
        if entry["kind"] != EntryKind.DISCLOSED:
            return
        self._refuse(seq)
        rows = self._batches.at(seq)
        if sorted(row.agreement_id for row in rows) != sorted(entry["batches"]):
            self._found_batches.add(seq, "they are not those of the entry")
        for row in rows:
            said = entry["batches"].get(row.agreement_id)
            hashes = split_hashes(row.hashes)
            if (
                said is None
                or row.turn != entry["turn"]
                or len(row.hashes) != HASH_BYTES * said["count"]
                or merkle_root(hashes).hex() != said["root"]
            ):
                self._found_batches.add(seq, "one has not the root that the entry states")
        left = Counter(
            (row.agreement_id, leaf) for row in rows for leaf in split_hashes(row.hashes)
        )
        for disclosed in self._disclosed.at(seq):
            place = disclosed.agreement_id, disclosed.leaf_hash
            if left[place]:
                left[place] -= 1
            else:
                self._found.add(seq, "there is one that is not in its batch")
        if left.total():
            self._missing.add(seq, "one of the batch is not there")

    def finish(self, *, anybody_erased: bool) -> Iterator[Fault]:
        """Refuse what is left."""
        self._refuse(None)
        yield from self._found_batches.faults()
        yield from self._found.faults()
        if not anybody_erased:
            yield from self._missing.faults()

    def _refuse(self, seq: int | None) -> None:
        for batch in self._batches.below(seq):
            self._found_batches.add(batch.seq, "there is one that no entry states")
        for disclosed in self._disclosed.below(seq):
            self._found.add(disclosed.seq or 0, "there is one that no entry speaks of")
