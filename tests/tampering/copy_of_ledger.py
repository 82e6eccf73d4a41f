"""A copy of a ledger: all rows that verification reads, in lists, so that they can be changed.

It is verified by the production verifier, which does not ask where rows come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.rights.enforcement_leaves import EnforcedRow
from consent_ledger.transparency.checkpoint import sign_checkpoint
from consent_ledger.transparency.key_change import KeyChange
from consent_ledger.transparency.log_report import LogReport
from consent_ledger.transparency.log_rows import LogRows
from consent_ledger.transparency.merkle import CompactRange, leaf_hash
from consent_ledger.transparency.note_keys import SigningKey, VerifierKey
from consent_ledger.verification.ledger_verification import verify_ledger_rows
from consent_ledger.verification.table_rows import (
    ApiKeyRow,
    BatchRow,
    CertificateRow,
    DisclosedRow,
    ServiceRow,
    ShardRow,
    StandingRow,
    SweepRow,
    TableRows,
    TwoPeopleRow,
    VersionRow,
)
from schemas.identifiers import ProviderId


@dataclass
class LedgerCopy:
    """The rows; a copy's lists are its own, the rows in them are never changed."""

    entries: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    checkpoints: list[tuple[int, str]] = field(default_factory=list)
    head: tuple[int, bytes] = (0, b"")
    participants: list[ParticipantRow] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
    standings: list[StandingRow] = field(default_factory=list)
    versions: list[VersionRow] = field(default_factory=list)
    services: list[ServiceRow] = field(default_factory=list)
    batches: list[BatchRow] = field(default_factory=list)
    disclosures: list[DisclosedRow] = field(default_factory=list)
    providers: list[ProviderId] = field(default_factory=list)
    shards: list[ShardRow] = field(default_factory=list)
    sweeps: list[SweepRow] = field(default_factory=list)
    enforcements: list[EnforcedRow] = field(default_factory=list)
    aborted_turns: list[int] = field(default_factory=list)
    unentered_turns: list[int] = field(default_factory=list)
    certificates: list[CertificateRow] = field(default_factory=list)
    api_keys: list[ApiKeyRow] = field(default_factory=list)
    two_people: list[TwoPeopleRow] = field(default_factory=list)

    def copy(self) -> Self:
        """Return another copy."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        lists: dict[str, Any] = {k: list(one) for k, one in values.items() if isinstance(one, list)}
        return replace(self, **lists)

    @property
    def leaves(self) -> list[bytes]:
        """The leaves, in their order."""
        return [leaf for _, leaf, _ in self.entries]

    def write_leaves(self, leaves: Sequence[bytes]) -> None:
        """Make entries and head of these leaves, with every hash as it must be."""
        tree = CompactRange()
        self.entries = [
            (seq, leaf, tree.append(leaf_hash(leaf))) for seq, leaf in enumerate(leaves)
        ]
        self.head = (tree.size, tree.to_bytes())

    def sign(self, size: int, key: SigningKey, *also: SigningKey) -> None:
        """Sign the first entries, and put that in the place of the checkpoint of that size."""
        tree = CompactRange()
        for leaf in self.leaves[:size]:
            tree.append(leaf_hash(leaf))
        note = sign_checkpoint(key, size, tree.root(), *also)
        kept = [one for one in self.checkpoints if one[0] != size]
        self.checkpoints = sorted([*kept, (size, note)])

    def verify(self, key: VerifierKey, outside: str | None = None) -> LogReport:
        """Verify the copy."""
        changes = (KeyChange.of(seq, leaf) for seq, leaf, _ in self.entries)
        log = LogRows(
            self.head,
            self.checkpoints,
            self.entries,
            tuple(one for one in changes if one is not None),
        )
        tables = TableRows(
            self.participants,
            self.changes,
            self.standings,
            self.versions,
            self.services,
            self.batches,
            self.disclosures,
            self.providers,
            self.shards,
            self.sweeps,
            self.enforcements,
            self.aborted_turns,
            self.unentered_turns,
            self.certificates,
            self.api_keys,
            self.two_people,
        )
        return verify_ledger_rows(log, tables, key, outside)
