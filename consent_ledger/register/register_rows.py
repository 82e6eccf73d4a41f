"""What the register needs of a database: participants and references, read and written in sets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from consent_ledger.register.identity_rows import IdentityRows
from consent_ledger.register.look_ups import NotedLookUp
from consent_ledger.register.passport_numbers import ParticipantRow
from schemas.identifiers import PassportNumber, ProviderId

Reference = tuple[ProviderId, bytes]
"""A provider, and the digest of its own reference."""


class NewParticipant(NamedTuple):
    """A participant as the register enters one; `sealed_key` is under the journal key."""

    participant_id: PassportNumber
    ledger_id: UUID
    partition: int
    salt: bytes
    sealed_key: bytes
    registered_by: str


class KnownNumber(NamedTuple):
    """A number that was issued; its sealed key, None from an erasure on; whether it has any keys.

    Keys are those by which people are known again.
    """

    row: ParticipantRow
    sealed_key: bytes | None
    has_keys: bool


class KnownReferences(NamedTuple):
    """The numbers that references are linked to, and which of the digests are of people erased."""

    numbers: dict[Reference, PassportNumber]
    erased: frozenset[bytes]


class RegisterRows(IdentityRows, Protocol):
    """The register's rows, within one transaction."""

    def numbers_of(self, participant_id: PassportNumber) -> list[ParticipantRow]:
        """Return all numbers of the person with this one, the one that they are shown under first.

        They are locked until the transaction ends. Nothing: the number was never issued.
        """

    def numbers_of_all(self, participant_ids: Collection[PassportNumber]) -> list[KnownNumber]:
        """Return all numbers of the people with these, in order, and lock nothing."""

    def is_provider(self, provider_id: ProviderId) -> bool:
        """Return whether a provider was entered."""

    def issued(self, participant_ids: Collection[PassportNumber]) -> set[PassportNumber]:
        """Return which of these numbers were ever issued, be it to somebody who was erased."""

    def key_epochs(self) -> set[bytes]:
        """Return the epochs of the journal keys that a key may be sealed under."""

    def add_participants(self, new: Sequence[NewParticipant]) -> None:
        """Enter active participants."""

    def references(self, asked: Collection[Reference]) -> KnownReferences:
        """Return whose these references are, and which digests were of people who were erased."""

    def link_references(self, numbers: Mapping[Reference, PassportNumber]) -> None:
        """Link references that are not linked yet; none is that of a person erased any longer.

        This is for who holds the head.
        """

    def note_look_ups(self, provider_id: ProviderId, looked_up: Iterable[NotedLookUp]) -> None:
        """Write down that a provider looked participants up, who can see it; maybe nobody."""
