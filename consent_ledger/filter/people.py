"""The people a turn is about: whether they are active, their keys, and how they stand now."""

from collections.abc import Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.consent.decisions import Standing
from consent_ledger.journal.vault import Vault
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber


class ShownAs(NamedTuple):
    """The number in which trays show somebody's events, and the entry that said so, if any did."""

    shown_as: PassportNumber
    seq: LedgerIndex = LedgerIndex(-1)


class PersonRow(NamedTuple):
    """A number as stored: `state` is active, erasing or erased, and only active has a key."""

    state: str
    sealed_key: bytes | None
    standings: Mapping[AgreementId, Standing]
    name: ShownAs


class ActivePerson(NamedTuple):
    """An active participant. Somebody erased, or never registered, is no ActivePerson."""

    key: AESGCM
    standings: Mapping[AgreementId, Standing]
    name: ShownAs


class People(NamedTuple):
    """The active ones by passport number, and the numbers of those erased or being erased."""

    active: dict[PassportNumber, ActivePerson]
    erased: frozenset[PassportNumber]


def open_people(rows: Mapping[PassportNumber, PersonRow], vault: Vault) -> People:
    """Open the keys of those who are active.

    Raises:
        UnsealError: a key was sealed under another journal key.

    """
    return People(
        active={
            participant_id: ActivePerson(
                vault.open_key(row.sealed_key, participant_id), row.standings, row.name
            )
            for participant_id, row in rows.items()
            if row.state == "active" and row.sealed_key is not None
        },
        erased=frozenset(one for one, row in rows.items() if row.state != "active"),
    )
