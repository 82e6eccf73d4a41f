"""The tables that are made from the ledger's entries, as verification reads them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, select

from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.rights.disclosure_leaves import disclosure_leaf, leaf_hash_of
from consent_ledger.rights.enforcement_leaves import ENFORCED_ROWS, EnforcedRow
from consent_ledger.tables.consent import agreement_version, change, standing
from consent_ledger.tables.credentials import api_key
from consent_ledger.tables.delivery import (
    aborted_turn,
    disclosure,
    disclosure_batch,
    enforcement,
    shard,
    sweep,
    unentered_turn,
)
from consent_ledger.tables.register import participant, provider, service, two_people
from consent_ledger.tables.rights import erasure_certificate
from consent_ledger.transparency.log_rows import stream
from schemas.identifiers import AgreementId, PassportNumber, ProviderId, ServiceId


class StandingRow(NamedTuple):
    """A participant's standing towards an agreement, as stored."""

    participant_id: PassportNumber
    agreement_id: AgreementId
    granted: int
    until: datetime | None
    excluded: list[str]
    is_informed: bool
    has_objected: bool
    seq: int


class VersionRow(NamedTuple):
    """A version of an agreement, as stored."""

    agreement_id: AgreementId
    version: int
    body: dict[str, Any]
    seq: int


class ServiceRow(NamedTuple):
    """A service, as stored."""

    service_id: ServiceId
    provider_id: ProviderId
    is_sensitive: bool
    seq: int


class BatchRow(NamedTuple):
    """The leaf hashes of what a turn disclosed under an agreement, joined."""

    seq: int
    agreement_id: AgreementId
    turn: int
    hashes: bytes


class DisclosedRow(NamedTuple):
    """One disclosure that is in the ledger: its batch's entry (None where none is) and its leaf.

    Those of people erased are not among them: their leaves cannot be made any more.
    """

    seq: int | None
    agreement_id: AgreementId
    leaf_hash: bytes


class ShardRow(NamedTuple):
    """How far the writer of some partitions has come, or had when it was retired, as stored."""

    shard_id: int
    partitions: list[int]
    next_seq: int
    checked_at: datetime
    decided_until: datetime
    is_retired: bool = False


class SweepRow(NamedTuple):
    """What a shard has come past and still sweeps: of one participant, or of everybody."""

    shard_id: int
    participant_id: PassportNumber | None
    seqs: list[int]


class CertificateRow(NamedTuple):
    """A certificate of an erasure under the erasure's entry; no body: it is owed."""

    seq: int
    body: Any


class ApiKeyRow(NamedTuple):
    """A key of an organisation, as stored."""

    key_id: str
    organisation: str
    scopes: list[str]
    digest: bytes
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    seq: int


class TwoPeopleRow(NamedTuple):
    """Two numbers that are two people's, as stored."""

    participant_id: PassportNumber
    other_id: PassportNumber
    seq: int


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one moment; they are read once.

    But for participants, shards and sweeps, which are kept. Changes come in the order of their seq,
    batches and disclosures in that of seq and agreement, enforcements in that of the entry that
    covers them, and of the place in their batch. Shards come in the order in which they were made.
    """

    participants: Sequence[ParticipantRow]
    changes: Iterable[ChangeRow]
    standings: Iterable[StandingRow]
    versions: Iterable[VersionRow]
    services: Iterable[ServiceRow]
    batches: Iterable[BatchRow]
    disclosures: Iterable[DisclosedRow]
    providers: Iterable[ProviderId]
    shards: Sequence[ShardRow]
    sweeps: Sequence[SweepRow]
    enforcements: Iterable[EnforcedRow]
    aborted_turns: Iterable[int]
    unentered_turns: Iterable[int]
    certificates: Iterable[CertificateRow]
    api_keys: Iterable[ApiKeyRow]
    two_people: Iterable[TwoPeopleRow]


_BY_BATCH = enforcement.c.entered_by.nulls_first(), enforcement.c.seq, enforcement.c.shard_id


@contextmanager
def stored_tables(connection: Connection) -> Iterator[TableRows]:
    """Give the rows as the connection's transaction sees them."""
    batch = disclosure_batch.c
    leaf_hash = leaf_hash_of(disclosure_leaf())
    is_entered = ~exists().where(unentered_turn.c.turn == disclosure.c.turn)
    disclosures = (
        select(batch.seq, disclosure.c.agreement_id, leaf_hash)
        .join_from(
            disclosure, participant, participant.c.participant_id == disclosure.c.participant_id
        )
        .outerjoin(
            disclosure_batch,
            (batch.turn == disclosure.c.turn) & (batch.agreement_id == disclosure.c.agreement_id),
        )
        .where(participant.c.state == "active", is_entered)
        .order_by(batch.seq.nulls_first(), disclosure.c.agreement_id)
    )
    with ExitStack() as open_streams:

        def rows(columns: Any, row: Any, order: Any = None) -> Iterator[Any]:
            wanted = columns if order is None else columns.order_by(*order)
            return map(row._make, open_streams.enter_context(stream(connection, wanted)))

        yield TableRows(
            list(rows(_columns(participant, ParticipantRow), ParticipantRow)),
            rows(_columns(change, ChangeRow), ChangeRow, [change.c.seq]),
            rows(_columns(standing, StandingRow), StandingRow),
            rows(_columns(agreement_version, VersionRow), VersionRow),
            rows(_columns(service, ServiceRow), ServiceRow),
            rows(_columns(disclosure_batch, BatchRow), BatchRow, [batch.seq, batch.agreement_id]),
            rows(disclosures, DisclosedRow),
            providers=list(connection.scalars(select(provider.c.provider_id))),
            shards=list(rows(_columns(shard, ShardRow), ShardRow, [shard.c.shard_id])),
            sweeps=list(rows(_columns(sweep, SweepRow), SweepRow)),
            enforcements=rows(ENFORCED_ROWS, EnforcedRow, _BY_BATCH),
            aborted_turns=connection.scalars(select(aborted_turn.c.turn)),
            unentered_turns=connection.scalars(select(unentered_turn.c.turn)),
            certificates=rows(_columns(erasure_certificate, CertificateRow), CertificateRow),
            api_keys=rows(_columns(api_key, ApiKeyRow), ApiKeyRow),
            two_people=rows(_columns(two_people, TwoPeopleRow), TwoPeopleRow),
        )


def _columns(table: Any, row: Any) -> Any:
    return select(*(table.c[name] for name in row._fields))
