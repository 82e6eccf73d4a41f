"""Honest ledgers, grown at random: the production consent code, merging and erasure over memory."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from typing_extensions import override

from consent_ledger.consent.new_terms import body_of, enter_services
from consent_ledger.credentials.api_keys import ApiKey, made_entry, revoked_entry
from consent_ledger.credentials.scopes import parse_scope
from consent_ledger.ledger.clock import Clock
from consent_ledger.ledger.entries import EntryKind, leaf
from consent_ledger.ledger.ledger import ChangeRow, NewEntry, Subject, record
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.rights.disclosure_batches import disclosure_entry
from consent_ledger.rights.enforcement_batches import enforcement_entry
from consent_ledger.rights.enforcement_leaves import EnforcedRow
from consent_ledger.rights.kept_certificates import certificate_digest
from consent_ledger.transparency.checkpoint import sign_checkpoint
from consent_ledger.transparency.key_change import KeyChange
from consent_ledger.transparency.merkle import CompactRange, leaf_hash
from consent_ledger.transparency.note_keys import SigningKey
from consent_ledger.verification.table_rows import (
    ApiKeyRow,
    BatchRow,
    CertificateRow,
    DisclosedRow,
    ServiceRow,
    StandingRow,
    SweepRow,
    TwoPeopleRow,
    VersionRow,
)
from consent_ledger.verification.table_rows import ShardRow as StoredShard
from schemas.identifiers import (
    AgreementId,
    LedgerIndex,
    OrganisationId,
    PassportNumber,
    ProviderId,
    ServiceId,
)
from schemas.trays import partition_of
from tests.histories import cast
from tests.histories.changes import CHANGES
from tests.histories.drawing import draw
from tests.histories.player import Player
from tests.support.bus import AnyBus
from tests.support.memory.database import MemoryDatabase, ShardRow
from tests.support.memory.ground import MemoryGround
from tests.support.memory.transaction import MemoryLedgerTransaction
from tests.tampering.copy_of_ledger import LedgerCopy

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


_SAID = (*CHANGES, "grant", "grant", "grant")
_PARTED = ("merge", "unmerge", "tell_apart", "erase", "finish_erasure")


class HonestHistory:
    """A ledger that only ever grew; the same seed grows the same one."""

    def __init__(self, seed: int, *, discloses: bool = True) -> None:
        self.random = random.Random(seed)  # noqa: S311 - histories, not secrets
        self.keys = [self._new_key()]
        self.copy = LedgerCopy()
        self.key_changes: list[KeyChange] = []
        self._tree = CompactRange()
        self._ground = MemoryGround()
        self._ground.clock.now = BEGIN
        self._database = self._ground.database
        self._database.shards[0] = ShardRow(
            (0, 1), 10**9, BEGIN, BEGIN
        )  # has always come past everything
        self._ground.tx = _GrowingLedger(
            self._database, self._ground.clock, lambda leaves: self.grow(leaves, self.keys[-1])
        )
        self._people: list[PassportNumber] = []
        self._player = Player(AnyBus(self._ground), self._people, cast.directory())
        self._numbers = cast.numbers(seed)
        self._turns = 0
        self._come_past = 0
        self._weights = (2, 14, 3 if discloses else 0, 2, 1, 3, 1, 2)
        self._enter_terms()
        for _ in range(self.random.randint(4, 18)):
            self._step()
        if self.random.random() < 0.3:
            self._certify()
        if self.random.random() < 0.5:
            self._part_two()
        self._write_tables()

    @property
    def sizes(self) -> list[int]:
        """The sizes at which there is a checkpoint."""
        return [size for size, _ in self.copy.checkpoints]

    @property
    def somebody_erased(self) -> bool:
        """Whether an erasure took rows of disclosures with it."""
        return any(row.state != "active" for row in self.copy.participants)

    def signers(self, size: int) -> list[SigningKey]:
        """Return the keys that sign a checkpoint of that size."""
        past = sum(one.seq < size for one in self.key_changes)
        is_of_change = any(one.seq + 1 == size for one in self.key_changes)
        return self.keys[past - is_of_change : past + 1]

    def grow(self, leaves: Sequence[bytes], key: SigningKey, *also: SigningKey) -> None:
        """Add leaves under a checkpoint by these keys, as an append does."""
        rows = self.copy.entries
        rows += [(self._tree.size, one, self._tree.append(leaf_hash(one))) for one in leaves]
        note = sign_checkpoint(key, self._tree.size, self._tree.root(), *also)
        self.copy.checkpoints.append((self._tree.size, note))
        self.copy.head = (self._tree.size, self._tree.to_bytes())

    def _new_key(self) -> SigningKey:
        return SigningKey.from_seed("hub.example/ledger", self.random.randbytes(32))

    def _record(self, *new: NewEntry) -> Sequence[LedgerIndex]:
        return record(self._ground.tx, new)

    def _enter_terms(self) -> None:
        services = tuple(
            one.model_copy(update={"sensitive": self.random.random() < 0.5})
            for one in cast.directory().services
        )
        directory = cast.directory().model_copy(update={"services": services})
        enter_services(self._ground.tx, directory)
        self._player.enter_agreements(tuple(cast.agreements(0).values()))
        self._register()

    def _step(self) -> None:
        self._player.wait(timedelta(seconds=self.random.randint(1, 100_000)))
        steps = (
            *(self._register, self._say, self._disclose, self._part, self._change_key),
            *(self._enforce, self._certify, self._hand_out_key),
        )
        (step,) = self.random.choices(steps, weights=self._weights)
        step()

    def _register(self) -> None:
        entries = []
        for _ in range(self.random.randint(1, 3)):
            number = next(self._numbers)
            ledger_id = UUID(bytes=self.random.randbytes(16))
            partition = partition_of(number, cast.PARTITIONS)
            row = ParticipantRow(number, ledger_id, partition, "active", self.random.randbytes(16))
            self._ground.add_person(row, bytes(32))
            self._people.append(number)
            entries.append(NewEntry(EntryKind.REGISTERED, Subject(number, ledger_id, partition)))
        self._record(*entries)

    def _say(self) -> None:
        """Make a consent change, or have it refused."""
        self._play(self.random.choice(_SAID))

    def _part(self) -> None:
        """Merge, unmerge or erase somebody."""
        self._play(self.random.choice(_PARTED))

    def _part_two(self) -> None:
        """Merge two, and part them again; tell two others apart, or the same."""
        if len(self._people) > 1:
            self._player.merge(1, 2)
            self._player.unmerge(1)
            self._play("tell_apart")

    def _play(self, step: str) -> None:
        anybody = range(1, len(self._people) + 1)
        likings = {"person": anybody, "into": anybody}
        self._player.do(draw(step, self.random.choice, likings))

    def _disclose(self) -> None:
        """Enter what a turn disclosed."""
        self._turns += 1
        agreements = self.random.sample(sorted(cast.agreements(0)), self.random.randint(1, 3))
        leaves = {
            one: sorted(sha256(self.random.randbytes(8)).digest() for _ in range(3))
            for one in agreements
        }
        batches = [(one, b"".join(hashes)) for one, hashes in sorted(leaves.items())]
        is_certain = self.random.random() < 0.8
        if not is_certain:
            self.copy.aborted_turns.append(self._turns)
        (seq,) = self._record(disclosure_entry(self._turns, batches, is_certain=is_certain))
        for agreement_id, hashes in batches:
            self.copy.batches.append(BatchRow(seq, AgreementId(agreement_id), self._turns, hashes))
            self.copy.disclosures += [
                DisclosedRow(seq, AgreementId(agreement_id), one) for one in leaves[agreement_id]
            ]

    def _enforce(self) -> None:
        """Carry out what was said since, and enter when and at what cost."""
        rows = self._carry_out()
        if rows:
            (seq,) = self._record(enforcement_entry(rows))
            self.copy.enforcements += [row._replace(seq=seq) for row in rows]

    def _carry_out(self) -> list[EnforcedRow]:
        since, self._come_past = self._come_past, self._tree.size
        return [
            self._carried_out(one)
            for one in self._database.changes
            if one.seq >= since and (one.agreement_id or one.kind != EntryKind.REGISTERED)
        ]

    def _carried_out(self, change: ChangeRow) -> EnforcedRow:
        by_agreement = {
            one: (self.random.randrange(9), self.random.randrange(9))
            for one in (
                [change.agreement_id] if change.agreement_id else sorted(cast.agreements(0))
            )
        }
        records, tombstones = (sum(column) for column in zip(*by_agreement.values(), strict=True))
        return EnforcedRow(
            None,
            change.seq,
            0,
            change.with_seq,
            records,
            tombstones,
            by_agreement,
            self._ground.clock(),
        )

    def _certify(self) -> None:
        """Erase somebody, and make the certificate of an erasure, or make it again."""
        self._play("erase")
        erased = [one.seq for one in self._database.changes if one.kind == EntryKind.ERASED]
        if erased:
            seq = self.random.choice(erased)
            body = {"awaiting": self.random.randrange(9)}
            facts = {"erasure": seq, "digest": certificate_digest(body)}
            self._record(NewEntry(EntryKind.CERTIFIED, facts=facts))
            others = [one for one in self.copy.certificates if one.seq != seq]
            self.copy.certificates = [*others, CertificateRow(seq, body)]

    def _hand_out_key(self) -> None:
        """Make an API key for an organisation, and revoke one or none."""
        now = self._ground.clock()
        key = ApiKey(
            self.random.randbytes(6).hex(),
            OrganisationId("college-c"),
            frozenset({parse_scope("consent:college-c.outcomes")}),
            self.random.randbytes(32),
            now,
            now + timedelta(days=90),
        )
        (seq,) = self._record(made_entry(key))
        scopes = list(map(str, key.scopes))
        self.copy.api_keys.append(
            ApiKeyRow(key.id, key.organisation, scopes, key.digest, now, key.expires_at, None, seq)
        )
        if self.random.random() < 0.6:
            held = [row for row in self.copy.api_keys if row.revoked_at is None]
            row = self.random.choice(held)
            self._record(revoked_entry(row.key_id, now))
            place = self.copy.api_keys.index(row)
            self.copy.api_keys[place] = row._replace(revoked_at=now)

    def _change_key(self) -> None:
        old, new = self.keys[-1], self._new_key()
        change = KeyChange(self._tree.size, old.verifier_key, new.verifier_key)
        self.keys.append(new)
        self.key_changes.append(change)
        told = leaf(EntryKind.KEY, self._ground.clock(), **change.facts)
        self._database.leaves.append(told)
        self.grow([told], old, new)

    def _write_tables(self) -> None:
        terms = self._database.terms
        self.copy.services = [
            ServiceRow(
                ServiceId(service_id),
                ProviderId(service_id.partition(".")[0]),
                mark.is_sensitive,
                mark.seq,
            )
            for service_id, mark in terms.services.items()
        ]
        self.copy.versions = [
            VersionRow(one.agreement.id, 1, body_of(one.agreement), one.seq)
            for one in terms.agreements.values()
        ]
        self.copy.providers = sorted(terms.providers)
        carried_out = self._carry_out()
        if carried_out and self.random.random() < 0.5:
            row = carried_out.pop()
            change = next(one for one in self._database.changes if one.seq == row.entry)
            self.copy.sweeps = [SweepRow(0, change.participant_id, [row.entry])]
        self.copy.enforcements = [*carried_out, *self.copy.enforcements]
        now = self._ground.clock()
        self.copy.shards = [StoredShard(0, [0, 1], self._come_past, now, now)]
        self.copy.unentered_turns = [self._turns + 1]
        self.copy.participants = list(self._database.participants.values())
        self.copy.changes = list(self._database.changes)
        self.copy.two_people = [
            TwoPeopleRow(*pair, seq) for pair, seq in self._database.two_people.items()
        ]
        self.copy.standings = [
            StandingRow(
                number,
                agreement_id,
                int(one.granted),
                one.until,
                sorted(one.excluded),
                one.is_informed,
                one.has_objected,
                one.seq,
            )
            for number, held in self._database.standings.items()
            for agreement_id, one in held.items()
        ]


class _GrowingLedger(MemoryLedgerTransaction):
    """Rows in memory whose log is a real one."""

    def __init__(
        self, database: MemoryDatabase, clock: Clock, grow: Callable[[Sequence[bytes]], None]
    ) -> None:
        super().__init__(database, clock)
        self._grow = grow

    @override
    def append(self, leaves: Sequence[bytes]) -> Sequence[LedgerIndex]:
        self._grow(leaves)
        return super().append(leaves)
