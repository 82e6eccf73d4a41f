"""Erasures that are entered in the ledger and not finished yet."""

from collections.abc import Collection

from sqlalchemy import Connection, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.tables.consent import change
from schemas.identifiers import LedgerIndex, PassportNumber


def erasures_of(
    connection: Connection, participant_ids: Collection[PassportNumber]
) -> dict[PassportNumber, LedgerIndex]:
    """Return the entry that erased each of them, as long as the erasure is not finished."""
    rows = connection.execute(
        select(change.c.participant_id, change.c.seq).where(
            change.c.participant_id == func.any(cast(list(participant_ids), ARRAY(Text))),
            change.c.kind == EntryKind.ERASED.value,
        )
    )
    return {row.participant_id: row.seq for row in rows}
