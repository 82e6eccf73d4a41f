"""CloudEvents headers of records in out-trays: Kafka protocol binding, binary mode.

Headers may be logged by anybody on the way: they hold the tray's own names, never a personal value.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

from consent_ledger.consent.decisions import Decision
from consent_ledger.filter.records import Header
from schemas.categories import Mask, categories_of
from schemas.identifiers import AgreementId, EventId, LedgerIndex, ProviderId

_SPECVERSION: Header = ("ce_specversion", b"1.0")
_CONTENT_TYPE: Header = ("content-type", b"application/avro")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def record_headers(
    agreement_id: AgreementId,
    event_id: EventId,
    issue: int,
    decision: Decision,
    *,
    visible_entry: int,
    event: str,
    occurred_at_ms: int,
) -> list[Header]:
    """Return the headers of a record that carries a value.

    `closed` is what the agreement could open and is closed for this person: it is decided without a
    look at the event's data, so that it never shows what is there. `visible_entry` is the ledger
    entry that this tray may know of.
    """
    return [
        _SPECVERSION,
        _CONTENT_TYPE,
        *_constant(agreement_id, event, decision.basis, decision.closed),
        ("ce_id", f"{event_id}.{issue}".encode()),
        ("ce_time", _time(occurred_at_ms)),
        ("ledgerseq", str(visible_entry).encode()),
    ]


def tombstone_headers(
    agreement_id: AgreementId, event_id: EventId, issue: int, decided_by: LedgerIndex
) -> list[Header]:
    """Return the headers of a tombstone: a CloudEvent without data."""
    return [
        _SPECVERSION,
        ("ce_type", b"org.nowrongdoor.retracted"),
        ("ce_source", _source(agreement_id)),
        ("ce_id", f"{event_id}.{issue}".encode()),
        ("agreement", agreement_id.encode()),
        ("ledgerseq", str(decided_by).encode()),
    ]


def removal_headers(agreement_id: AgreementId, key: bytes) -> list[Header]:
    """Return the headers of the tombstone for a record that nobody knows of."""
    return [
        _SPECVERSION,
        ("ce_type", b"org.nowrongdoor.retracted"),
        ("ce_source", _source(agreement_id)),
        ("ce_id", f"removed.{sha256(key).hexdigest()}".encode()),
        ("agreement", agreement_id.encode()),
    ]


def tick_headers(agreement_id: AgreementId, partition: int) -> list[Header]:
    """Return the headers of a tray's tick, which are always the same."""
    return [*_tick(_source(agreement_id), partition), ("agreement", agreement_id.encode())]


def dead_letter_tick_headers(provider_id: ProviderId, partition: int) -> list[Header]:
    """Return the headers of the tick of a provider's dead letters."""
    return _tick(f"/dead-letters/{provider_id}".encode(), partition)


def _tick(source: bytes, partition: int) -> list[Header]:
    return [
        _SPECVERSION,
        ("ce_type", b"org.nowrongdoor.tick"),
        ("ce_source", source),
        ("ce_id", f"tick.{partition}".encode()),
    ]


@lru_cache(maxsize=10_000)
def _constant(
    agreement_id: AgreementId, event: str, basis: str, closed: Mask
) -> tuple[Header, ...]:
    return (
        ("ce_type", f"org.nowrongdoor.{event}".encode()),
        ("ce_source", _source(agreement_id)),
        ("agreement", agreement_id.encode()),
        ("basis", basis.encode()),
        ("closed", ",".join(categories_of(closed)).encode()),
    )


def _source(agreement_id: AgreementId) -> bytes:
    return f"/trays/{agreement_id}".encode()


@lru_cache(maxsize=10_000)
def _time(milliseconds: int) -> bytes:
    moment = _EPOCH + timedelta(milliseconds=milliseconds)  # as a float, far years lose some
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
