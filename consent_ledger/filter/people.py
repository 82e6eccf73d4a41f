"""The people a turn is about: whether they are active, their keys, and how they stand now."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from consent_ledger.decisions import Standing
from consent_ledger.standings import standings_of
from consent_ledger.tables.register import participant
from consent_ledger.vault import Vault


class Person(NamedTuple):
    """An active participant. Somebody erased, or never registered, is no Person."""

    key: AESGCM
    standings: Mapping[str, Standing]


class People(NamedTuple):
    """The active ones by passport number, and the numbers of those erased."""

    active: dict[str, Person]
    erased: frozenset[str]


def read_people(connection: Connection, vault: Vault, participant_ids: Collection[str]) -> People:
    """Read participants as they stand at this moment; numbers never issued are left out."""
    if not participant_ids:
        return People({}, frozenset())
    ids = sorted(participant_ids)
    rows = connection.execute(
        select(participant.c.participant_id, participant.c.state, participant.c.sealed_key).where(
            participant.c.participant_id == func.any(cast(ids, ARRAY(Text)))
        )
    ).all()
    standings = standings_of(connection, ids)
    return People(
        active={
            participant_id: Person(
                vault.open_key(bytes(sealed_key), participant_id),
                standings.get(participant_id, {}),
            )
            for participant_id, state, sealed_key in rows
            if state == "active"
        },
        erased=frozenset(row.participant_id for row in rows if row.state == "erased"),
    )
