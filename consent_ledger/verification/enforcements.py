"""When entries were carried out, and at what cost, against the roots that the ledger states."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.rights.enforcement_leaves import EnforcedRow
from consent_ledger.transparency.log_report import Fault
from consent_ledger.transparency.merkle import merkle_root
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.in_step import InStep
from consent_ledger.verification.table_rows import ShardRow, SweepRow

_OF_A_WHOLE_PERSON: Final = frozenset({EntryKind.ERASED, EntryKind.MERGED, EntryKind.UNMERGED})


class _Span(NamedTuple):
    """The entries that a shard has come past: from `begin` on, `end` excluded."""

    shard_id: int
    begin: int
    end: int


class EnforcementsCheck:
    """A batch has the root of its entry; each shard has carried out all that it has come past.

    Or sweeps it. When the partitions are divided anew a shard begins in each where the ones before
    it ended, and does again of everybody what they had not swept.

    An enforcement that is not entered yet, a few seconds old, is believed.
    """

    def __init__(
        self,
        rows: Iterable[EnforcedRow],
        shards: Sequence[ShardRow],
        sweeps: Sequence[SweepRow],
    ) -> None:
        self._rows = InStep(rows)
        self._shards = shards
        self._sweeps = sweeps
        self._everybody: list[_Span] = []
        self._by_partition: dict[int, list[_Span]] = {}
        self._everybody_upto: dict[int, int] = {}
        for row in shards:
            self._add_spans(row)
        self._owed: set[tuple[int, int]] = set()
        self._done: set[tuple[int, int]] = set()
        self._found = Findings("enforcements")
        self._found_shards = Findings("shards")

    def take(self, seq: int, entry: dict[str, Any], change: ChangeRow | None) -> None:
        """Take an entry with its row in the feed; KeyError where it lacks something."""
        if change is not None:
            self._owe(change)
        if entry["kind"] == EntryKind.ENFORCED:
            self._pass(seq)
            rows = self._rows.at(seq)
            self._carried_out(rows)
            hashes = [row.leaf_hash() for row in rows]
            if len(rows) != entry["count"] or merkle_root(hashes).hex() != entry["root"]:
                self._found.add(seq, "they are not those of the entry")

    def finish(self, size: int) -> Iterator[Fault]:
        """Hold what was carried out against what shards have come past; `size` is the log's."""
        self._pass(None)
        swept = {(seq, row.shard_id) for row in self._sweeps for seq in row.seqs}
        left = self._owed - self._done
        for entry, _ in swept - left:
            self._found.add(entry, "it is swept though no entry asks for that, or asks no more")
        for entry, _ in left - swept:
            self._found.add(entry, "a shard has come past it and not carried it out")
        for row in self._shards:
            if row.next_seq > size:
                self._found_shards.add(size, "one has come past entries that are not there")
        behind = {row.shard_id: row.next_seq for row in self._shards}
        for entry, shard_id in self._done - self._owed:
            if entry >= behind.get(shard_id, 0):
                self._found_shards.add(entry, "one has carried it out and not come past it")
            else:
                self._found.add(entry, "there is one that no entry asks for")
        yield from self._found.faults()
        yield from self._found_shards.faults()

    def _pass(self, seq: int | None) -> None:
        passed = self._rows.below(seq)
        self._carried_out(passed)
        for row in passed:
            if row.seq is not None:
                self._found.add(row.seq, "there is one that no entry speaks of")

    def _carried_out(self, rows: Iterable[EnforcedRow]) -> None:
        for row in rows:
            self._done.add((row.entry, row.shard_id))
            records, tombstones = map(sum, zip((0, 0), *row.by_agreement.values(), strict=True))
            if (row.records, row.tombstones) != (records, tombstones):
                self._found.add(row.entry, "the sums are not those of the agreements")

    def _owe(self, change: ChangeRow) -> None:
        """Note who has to carry out a change, as far as they say that they have come past it."""
        concerned = self._everybody
        if change.partition is not None:
            if change.agreement_id is None and change.kind not in _OF_A_WHOLE_PERSON:
                return
            concerned = self._by_partition.get(change.partition, [])
        self._owed |= {
            (change.seq, span.shard_id) for span in concerned if span.begin <= change.seq < span.end
        }

    def _add_spans(self, row: ShardRow) -> None:
        """Note where a shard began: of what concerns everybody, where its first partition did."""
        swept = (
            seq
            for sweep in self._sweeps
            if sweep.shard_id == row.shard_id and sweep.participant_id is None
            for seq in sweep.seqs
        )
        upto = min(swept, default=row.next_seq)
        begins = [self._everybody_upto.get(partition, 0) for partition in row.partitions]
        self._everybody.append(_Span(row.shard_id, min(begins, default=0), row.next_seq))
        for partition in row.partitions:
            spans = self._by_partition.setdefault(partition, [])
            begin = max((span.end for span in spans), default=0)
            spans.append(_Span(row.shard_id, begin, row.next_seq))
            self._everybody_upto[partition] = max(self._everybody_upto.get(partition, 0), upto)
