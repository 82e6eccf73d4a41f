"""What recording needs of a database within one transaction: PostgreSQL, or one in memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, insert, select, text, update

from consent_ledger.agreements.in_force import Terms, read_terms
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.standings import set_standing, standing_of
from consent_ledger.ledger.enforcement import is_past
from consent_ledger.register import passport_numbers
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.rights import erased_rows
from consent_ledger.tables.consent import change
from consent_ledger.tables.register import participant
from consent_ledger.transparency import transparency_log

CHANNEL = "nwd_ledger"
"""The NOTIFY channel that wakes an idle filter. Its payload is empty."""


class ChangeRow(NamedTuple):
    """What an entry of the ledger concerns, for the feed that the filter reads.

    `with_seq` is the entry of whose change it is a part, see `NewEntry.is_part`.
    """

    seq: int
    kind: str
    participant_id: str | None
    partition: int | None
    agreement_id: str | None
    service_id: str | None
    with_seq: int | None
    recorded_at: datetime


class Records(Protocol):
    """The register's and the ledger's rows, within one transaction."""

    def numbers_of(self, participant_id: str) -> list[ParticipantRow]:
        """Return all numbers of the person with this one, that under which they are shown first.

        Nobody else can change them before the transaction ends. None: it was never issued.
        """

    def standing(self, participant_id: str, agreement_id: str) -> Standing:
        """Return how a participant stands towards an agreement."""

    def set_standing(self, participant_id: str, agreement_id: str, new: Standing) -> None:
        """Write a standing. Only who appends the entry `new.seq` in the same transaction may."""

    def show_as(self, participant_id: str, other: str | None, seq: int) -> None:
        """Show a number's events under another one, or under its own again.

        Only who appends the entry `seq` in the same transaction may.
        """

    def said_since(self, participant_id: str, seq: int) -> list[ChangeRow]:
        """Return what was entered of a number after an entry, in order."""

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

    def __init__(self, connection: Connection, signer: transparency_log.Signer) -> None:
        self._connection = connection
        self._signer = signer

    def numbers_of(self, participant_id: str) -> list[ParticipantRow]:
        """See `Records`."""
        return passport_numbers.numbers_of(self._connection, participant_id, lock=True)

    def standing(self, participant_id: str, agreement_id: str) -> Standing:
        """See `Records`."""
        return standing_of(self._connection, participant_id, agreement_id)

    def set_standing(self, participant_id: str, agreement_id: str, new: Standing) -> None:
        """See `Records`."""
        set_standing(self._connection, participant_id, agreement_id, new)

    def show_as(self, participant_id: str, other: str | None, seq: int) -> None:
        """See `Records`."""
        passport_numbers.show_as(self._connection, participant_id, other, seq)

    def said_since(self, participant_id: str, seq: int) -> list[ChangeRow]:
        """See `Records`."""
        columns = (change.c[name] for name in ChangeRow._fields)
        rows = self._connection.execute(
            select(*columns)
            .where(change.c.participant_id == participant_id, change.c.seq > seq)
            .order_by(change.c.seq)
        )
        return [ChangeRow(*row) for row in rows]

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
        return is_past(self._connection, seq)

    def forget_person(self, participant_id: str) -> None:
        """See `Records`."""
        erased_rows.forget_person(self._connection, participant_id)

    def append(self, leaves: Sequence[bytes]) -> range:
        """See `Records`. The head row stays locked until the transaction ends."""
        return transparency_log.append(self._connection, leaves, self._signer)

    def add_changes(self, changes: Sequence[ChangeRow]) -> None:
        """See `Records`."""
        self._connection.execute(insert(change), [one._asdict() for one in changes])
        self._connection.execute(text(f"NOTIFY {CHANNEL}"))
