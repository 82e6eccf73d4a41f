"""What recording needs of a database within one transaction: PostgreSQL, or one in memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import Connection, insert, select, text, update

from consent_ledger.decisions import Standing
from consent_ledger.rights import erased_rows
from consent_ledger.standings import set_standing, standing_of
from consent_ledger.tables.consent import change
from consent_ledger.tables.register import participant
from consent_ledger.terms import Terms, read_terms
from consent_ledger.transparency import transparency_log
from consent_ledger.transparency.note_keys import SigningKey

CHANNEL = "nwd_ledger"
"""The NOTIFY channel that wakes an idle filter. Its payload is empty."""


class ParticipantRow(NamedTuple):
    """A participant as stored: active, erasing or erased.

    From the entry of an erasure on there is no salt, once it is finished no ledger id either.
    """

    participant_id: str
    ledger_id: UUID | None
    partition: int
    state: str
    salt: bytes | None


class ChangeRow(NamedTuple):
    """What an entry of the ledger concerns, for the feed that the filter reads."""

    seq: int
    kind: str
    participant_id: str | None
    partition: int | None
    agreement_id: str | None
    service_id: str | None
    recorded_at: datetime


class Records(Protocol):
    """The register's and the ledger's rows, within one transaction."""

    def participant(self, participant_id: str, *, lock: bool) -> ParticipantRow | None:
        """Return a participant, None if never registered; `lock` lets nobody else change them."""

    def standing(self, participant_id: str, agreement_id: str) -> Standing:
        """Return how a participant stands towards an agreement."""

    def set_standing(self, participant_id: str, agreement_id: str, new: Standing) -> None:
        """Write a standing. Only who appends the entry `new.seq` in the same transaction may."""

    def terms(self) -> Terms:
        """Return the terms in force."""

    def sealed_key(self, participant_id: str) -> bytes | None:
        """Return a participant's sealed key; None of somebody erased, or never registered."""

    def set_sealed_key(self, participant_id: str, sealed_key: bytes) -> None:
        """Write a participant's key, sealed again."""

    def close_person(self, participant_id: str) -> None:
        """Mark an active participant as being erased; their key, salt and permissions go at once.

        Only who appends the entry of the erasure in the same transaction may.
        """

    def erasure_of(self, participant_id: str) -> int | None:
        """Return the entry that erased somebody; None if there is none, or it is finished."""

    def is_enforced(self, seq: int) -> bool:
        """Tell whether every tray is as an entry asks."""

    def forget_person(self, participant_id: str) -> None:
        """Take away all that is left of somebody being erased, but the number alone."""

    def append(self, leaves: Sequence[bytes]) -> range:
        """Append leaves to the log and return their numbers, which are in commit order."""

    def add_changes(self, changes: Sequence[ChangeRow]) -> None:
        """Add to the feed, and wake the filter once the transaction is committed."""


class PostgresRecords:
    """See `Records`. Entries are signed with the bus's key."""

    def __init__(self, connection: Connection, key: SigningKey) -> None:
        self._connection = connection
        self._key = key

    def participant(self, participant_id: str, *, lock: bool) -> ParticipantRow | None:
        """See `Records`."""
        return participant_row(self._connection, participant_id, lock=lock)

    def standing(self, participant_id: str, agreement_id: str) -> Standing:
        """See `Records`."""
        return standing_of(self._connection, participant_id, agreement_id)

    def set_standing(self, participant_id: str, agreement_id: str, new: Standing) -> None:
        """See `Records`."""
        set_standing(self._connection, participant_id, agreement_id, new)

    def terms(self) -> Terms:
        """See `Records`."""
        return read_terms(self._connection)

    def sealed_key(self, participant_id: str) -> bytes | None:
        """See `Records`."""
        found: bytes | None = self._connection.scalar(
            select(participant.c.sealed_key).where(participant.c.participant_id == participant_id)
        )
        return found

    def set_sealed_key(self, participant_id: str, sealed_key: bytes) -> None:
        """See `Records`."""
        self._connection.execute(
            update(participant)
            .where(participant.c.participant_id == participant_id)
            .values(sealed_key=sealed_key)
        )

    def close_person(self, participant_id: str) -> None:
        """See `Records`."""
        erased_rows.close_person(self._connection, participant_id)

    def erasure_of(self, participant_id: str) -> int | None:
        """See `Records`."""
        return erased_rows.erasures_of(self._connection, [participant_id]).get(participant_id)

    def is_enforced(self, seq: int) -> bool:
        """See `Records`."""
        return erased_rows.is_enforced(self._connection, seq)

    def forget_person(self, participant_id: str) -> None:
        """See `Records`."""
        erased_rows.forget_person(self._connection, participant_id)

    def append(self, leaves: Sequence[bytes]) -> range:
        """See `Records`. The head row stays locked until the transaction ends."""
        return transparency_log.append(self._connection, leaves, self._key)

    def add_changes(self, changes: Sequence[ChangeRow]) -> None:
        """See `Records`."""
        self._connection.execute(insert(change), [one._asdict() for one in changes])
        self._connection.execute(text(f"NOTIFY {CHANNEL}"))


def participant_row(
    connection: Connection, participant_id: str, *, lock: bool = False
) -> ParticipantRow | None:
    """Return a participant's row; see `Records.participant`."""
    found = select(*(participant.c[name] for name in ParticipantRow._fields)).where(
        participant.c.participant_id == participant_id
    )
    if lock:
        found = found.with_for_update()
    row = connection.execute(found).one_or_none()
    return ParticipantRow(*row) if row else None
