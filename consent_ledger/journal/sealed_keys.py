"""Sealed keys as they stand in the database, and the journal keys that they are sealed under.

The database refuses a key of an epoch that was ended, and refuses to end an epoch while a key is
under it: so nothing is lost when a journal key is destroyed, whoever wrote meanwhile.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from psycopg.errors import ForeignKeyViolation
from sqlalchemy import (
    Connection,
    LargeBinary,
    Text,
    bindparam,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from consent_ledger.tables.delivery import dead_letter_key
from consent_ledger.tables.register import key_epoch, participant
from schemas.errors import BusError
from schemas.identifiers import TopicName


class EpochInUseError(BusError):
    """An epoch that a key is still sealed under: it is not over."""


class Holder(Enum):
    """Who has a sealed key: a participant by passport number, a dead letter by its origin."""

    PARTICIPANT = participant, participant.c.participant_id
    DEAD_LETTER = dead_letter_key, dead_letter_key.c.origin


class SealedKey(NamedTuple):
    """A key, sealed, and the name of its holder."""

    holder: str
    sealed: bytes


def epochs(connection: Connection) -> set[bytes]:
    """Return the epochs that a key may be under: two while a rotation lasts."""
    return {bytes(epoch) for epoch in connection.scalars(select(key_epoch.c.epoch))}


def begun_at(connection: Connection, epoch: bytes) -> datetime | None:
    """Return when an epoch began; None if the database does not know it."""
    return connection.scalar(select(key_epoch.c.begun_at).where(key_epoch.c.epoch == epoch))


def begin_epoch(connection: Connection, epoch: bytes, now: datetime) -> None:
    """Let keys be under an epoch; one that began before stays as it is."""
    row = upsert(key_epoch).values(epoch=epoch, begun_at=now)
    connection.execute(row.on_conflict_do_nothing())


def end_other_epochs(connection: Connection, epoch: bytes) -> None:
    """End every epoch but one; EpochInUseError, and the transaction is over, if a key is left."""
    try:
        connection.execute(delete(key_epoch).where(key_epoch.c.epoch != epoch))
    except IntegrityError as error:
        if isinstance(error.orig, ForeignKeyViolation):
            raise EpochInUseError("A key is still sealed under an older journal key.") from None
        raise


def keys_of_other_epochs(
    connection: Connection, holder: Holder, epoch: bytes, *, after: str, limit: int
) -> list[SealedKey]:
    """Return keys that are not under an epoch, by their holders, from the one after `after` on.

    They are locked, and those that another transaction has locked are passed over: whoever changes
    a participant waits for a batch, and no batch waits for them.
    """
    table, name = holder.value
    wanted = (
        select(name, table.c.sealed_key)
        .where(name > after, table.c.key_epoch != epoch)
        .order_by(name)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return [SealedKey(row[0], bytes(row[1])) for row in connection.execute(wanted)]


def all_keys(connection: Connection, holder: Holder) -> dict[str, bytes]:
    """Return every sealed key by its holder."""
    table, name = holder.value
    wanted = select(name, table.c.sealed_key).where(table.c.sealed_key.is_not(None))
    return {row[0]: bytes(row[1]) for row in connection.execute(wanted)}


def set_sealed_keys(connection: Connection, holder: Holder, keys: Sequence[SealedKey]) -> None:
    """Write keys that were sealed again."""
    table, name = holder.value
    new = (
        func.unnest(
            bindparam("holders", type_=ARRAY(Text)), bindparam("keys", type_=ARRAY(LargeBinary))
        )
        .table_valued("holder", "sealed", name="new")
        .render_derived()
    )
    connection.execute(
        update(table).values(sealed_key=new.c.sealed).where(name == new.c.holder),
        {"holders": [one.holder for one in keys], "keys": [one.sealed for one in keys]},
    )


def destroy_keys_of_erased(connection: Connection) -> None:
    """Take away a key that somebody erased has again, as from a backup."""
    connection.execute(
        update(participant)
        .where(participant.c.state != "active", participant.c.sealed_key.is_not(None))
        .values(sealed_key=None)
    )


def keep_letter_keys(connection: Connection, new: Mapping[str, bytes]) -> dict[str, bytes]:
    """Keep keys of dead letters by their origins, and return them: one that has a key keeps it."""
    rows = [{"origin": origin, "sealed_key": sealed} for origin, sealed in new.items()]
    connection.execute(upsert(dead_letter_key).on_conflict_do_nothing(), rows)
    return letter_keys(connection, list(new))


def letter_keys(connection: Connection, origins: Sequence[str] | None = None) -> dict[str, bytes]:
    """Return the sealed keys of dead letters by origin, of all by default."""
    wanted = select(dead_letter_key.c.origin, dead_letter_key.c.sealed_key)
    if origins is not None:
        asked = literal(list(origins), ARRAY(Text))
        wanted = wanted.where(dead_letter_key.c.origin == func.any(asked))
    return {row[0]: bytes(row[1]) for row in connection.execute(wanted)}


def letters_with_a_key(connection: Connection, topic: TopicName) -> set[str]:
    """Return the origins of the letters from an in-tray that can still be opened."""
    begins = dead_letter_key.c.origin.startswith(f"{topic}/", autoescape=True)
    return set(connection.scalars(select(dead_letter_key.c.origin).where(begins)))


def destroy_letter_keys(connection: Connection, origins: Sequence[str]) -> None:
    """Take away the keys of these dead letters: wherever the letters stand, they are noise."""
    asked = literal(list(origins), ARRAY(Text))
    connection.execute(delete(dead_letter_key).where(dead_letter_key.c.origin == func.any(asked)))


def destroy_letter_keys_before(connection: Connection, moment: datetime) -> None:
    """Take away the keys of letters that were sealed before a moment."""
    connection.execute(delete(dead_letter_key).where(dead_letter_key.c.sealed_at < moment))
