"""Certificates of erasures as they are kept: each under its erasure's entry, owed until it is made.

Owed, a certificate is written down in the transaction in which the person's last rows go: from then
on nothing else shows which entry was theirs. It names them by keyed codes, until it is made.
"""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from consent_ledger.ledger.entries import EntryKind, canonical
from consent_ledger.ledger.ledger import NewEntry, record
from consent_ledger.ledger.rows import PostgresLedgerRows
from consent_ledger.tables.consent import change
from consent_ledger.tables.register import participant
from consent_ledger.tables.rights import erasure_certificate as certificate
from schemas.identifiers import LedgerIndex, PassportNumber


class ListedErasure(NamedTuple):
    """An erasure's entry, and when its certificate was made: None where it was cut short."""

    seq: LedgerIndex
    recorded_at: datetime
    made_at: datetime | None


def owe_certificate(connection: Connection, seq: LedgerIndex, codes: Collection[str]) -> None:
    """Write down that an erasure's certificate is still to be made; one that was made stays."""
    owing = upsert(certificate).values(seq=seq, owed_for=sorted(codes))
    connection.execute(owing.on_conflict_do_nothing())


def owed_certificates(connection: Connection) -> dict[LedgerIndex, list[str]]:
    """Return the entries whose certificate is owed, and the codes of whose numbers they erased."""
    wanted = select(certificate.c.seq, certificate.c.owed_for).where(certificate.c.body.is_(None))
    return {row.seq: row.owed_for for row in connection.execute(wanted.order_by("seq"))}


def keep_certificate(tx: PostgresLedgerRows, seq: LedgerIndex, body: Any) -> None:
    """Keep a certificate, in place of an older one; whose it is is not known from then on.

    What it says is entered in the ledger by its digest, unless that was said of it already.
    """
    was_entered = certificate.c.entered_by.is_not(None)
    entered = select(certificate.c.body).where(certificate.c.seq == seq, was_entered)
    if tx.connection.scalar(entered) == body:
        return
    facts = {"erasure": seq, "digest": certificate_digest(body)}
    (entered_by,) = record(tx, [NewEntry(EntryKind.CERTIFIED, facts=facts)])
    changed = {"body": body, "owed_for": None, "entered_by": entered_by}
    keeping = upsert(certificate).values(seq=seq, **changed)
    tx.connection.execute(keeping.on_conflict_do_update(index_elements=["seq"], set_=changed))


def certificate_digest(body: Any) -> str:
    """Return the SHA-256 of a certificate's body in its one form as JSON, in hexadecimal."""
    return sha256(canonical(body)).hexdigest()


def kept_certificate(connection: Connection, seq: LedgerIndex) -> Any:
    """Return the body of the certificate under an entry, None where none was made."""
    return connection.scalar(select(certificate.c.body).where(certificate.c.seq == seq))


def listed_erasures(connection: Connection) -> list[ListedErasure]:
    """Return every erasure that has a certificate, is owed one, or is not finished, by entry."""
    made_at = certificate.c.body["made_at"].astext
    of_entries = (
        select(change.c.seq, change.c.recorded_at, made_at)
        .outerjoin(certificate, certificate.c.seq == change.c.seq)
        .outerjoin(participant, participant.c.participant_id == change.c.participant_id)
        .where(
            change.c.kind == EntryKind.ERASED.value,
            change.c.with_seq.is_(None),
            certificate.c.seq.is_not(None) | (participant.c.state == "erasing"),
        )
        .order_by(change.c.seq)
    )
    return [
        ListedErasure(seq, at, made and datetime.fromisoformat(made))
        for seq, at, made in connection.execute(of_entries)
    ]


def count_unfinished(connection: Connection) -> int:
    """Return how many erasures are recorded and have no certificate yet."""
    return len(owed_certificates(connection)) + len(being_erased(connection))


def being_erased(connection: Connection) -> list[PassportNumber]:
    """Return a number of everybody whose erasure is recorded and not finished, in its order."""
    wanted = (
        select(participant.c.participant_id)
        .join(change, change.c.participant_id == participant.c.participant_id)
        .where(
            participant.c.state == "erasing",
            change.c.kind == EntryKind.ERASED.value,
            change.c.with_seq.is_(None),
        )
        .order_by(change.c.seq)
    )
    return list(connection.scalars(wanted))
