"""Rotating the journal key, under which the keys of participants and of dead letters are sealed.

What was erased is gone for good when the rotation that begins next has ended: a copy of the
database as it was holds a sealed key, and the journal key over it is destroyed.
"""

import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from consent_ledger.journal.sealed_keys import (
    Holder,
    begun_at,
    destroy_letter_keys_before,
)
from consent_ledger.journal.vault import Vault, epoch_of
from consent_ledger.rights.compaction import expired_before
from consent_ledger.rights.key_rotation import reseal_all
from deploy.broker.topics import retention_settings
from deploy.home.kafka_users import HubUser
from deploy.home.secret_files import (
    JOURNAL_KEY_BYTES,
    add_journal_key,
    forget_old_journal_keys,
    read_journal_keys,
)
from deploy.hub import Hub
from deploy.operations.dead_letters import dead_letter_topics

_LOCK: Final = "rotation of the journal key"


def rotate_journal_key(hub: Hub) -> Counter[Holder]:
    """Make a new journal key, seal every key again under it, and destroy the old one.

    Returns how many keys were sealed again. Cut short anywhere, calling it again goes on. One
    rotation at a time: another one waits, and then makes another key.

    Raises UnsealError where a key is sealed under a journal key that is not here, with nothing
    destroyed; KafkaAwayError.
    """
    with alone(hub):
        return _rotate(hub)


def rotate_when_due(hub: Hub, every: timedelta) -> Counter[Holder] | None:
    """Rotate the journal key if it is so old, or if a rotation was cut short; None if it is not."""
    with alone(hub):
        is_cut_short = len(read_journal_keys(hub.settings.home)) > 1
        began = epoch_begun_at(hub)
        if not is_cut_short and began is not None and hub.clock() - began < every:
            return None
        return _rotate(hub)


def epoch_begun_at(hub: Hub) -> datetime | None:
    """Return when the newest journal key was made; None if the database does not know it."""
    newest, *_ = read_journal_keys(hub.settings.home)
    with hub.engine.connect() as connection:
        return begun_at(connection, epoch_of(newest))


def _rotate(hub: Hub) -> Counter[Holder]:
    home = hub.settings.home
    if len(read_journal_keys(home)) == 1:
        key = secrets.token_bytes(JOURNAL_KEY_BYTES)
        _begin(hub, epoch_of(key))  # before the key is used by anybody
        add_journal_key(home, key)
    vault = Vault(read_journal_keys(home), hub.secrets.pepper)
    _begin(hub, vault.epoch)
    _forget_expired_letters(hub)
    resealed = reseal_all(hub.ledger.begin, vault)
    forget_old_journal_keys(home)
    return resealed


def _begin(hub: Hub, epoch: bytes) -> None:
    with hub.ledger.begin() as tx:
        tx.begin_epoch(epoch)


def _forget_expired_letters(hub: Hub) -> None:
    """Destroy the keys of letters that Kafka has deleted by their age."""
    topics = dead_letter_topics(hub)
    settings = retention_settings(hub.kafka(HubUser.OPERATOR), topics)
    moment = expired_before(hub.clock(), settings)
    if moment is not None:
        with hub.engine.begin() as connection:
            destroy_letter_keys_before(connection, moment)


@contextmanager
def alone(hub: Hub) -> Iterator[None]:
    """Hold the lock of rotations while the block runs; PostgreSQL gives it back when we die."""
    lock = func.hashtextextended(_LOCK, 0)
    with hub.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(select(func.pg_advisory_lock(lock)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(lock)))
