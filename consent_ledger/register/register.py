"""The register: who takes part, under which passport number, known to which provider.

A number is issued once, at any door. Somebody who may have one already is never joined to that
record silently: whoever registers them is asked. No identifier is stored, only keyed digests.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from consent_ledger.journal.vault import Vault, new_salt
from consent_ledger.ledger.entries import Kind
from consent_ledger.ledger.ledger import Ledger, NewEntry, Subject
from consent_ledger.register.passport_numbers import (
    ParticipantRow,
    numbers_of,
    participant_row,
    shown_as,
)
from consent_ledger.tables.register import (
    match_key,
    participant,
    provider,
    provider_reference,
)
from consent_ledger.tables.rights import erased_reference
from consent_ledger.transparency.transparency_log import hold_head
from schemas.blocks import Identity
from schemas.errors import BusError
from schemas.identifiers import derived_token, new_passport_number, passport_number
from schemas.trays import partition_of

TEMPORARY_ULN: Final = "9999999999"
"""The ILR's placeholder for a learner without a number: it identifies nobody."""


class RegisterError(BusError):
    """A participant or provider that the register does not know, or may not take."""


class ErasedError(RegisterError):
    """Somebody who was erased: nobody brings them back without their own wish."""


@dataclass(frozen=True)
class Registered:
    """The participant's number; `is_new` when it was issued just now."""

    participant_id: str
    is_new: bool


@dataclass(frozen=True)
class PossibleMatch:
    """Somebody who may have a number already: for a person to decide.

    `reasons` says what agrees or disagrees, never the values; `candidates` are passport numbers.
    """

    reasons: tuple[str, ...]
    candidates: tuple[str, ...]


class Register:
    """Issues and finds passport numbers, in the caller's transaction."""

    def __init__(
        self, *, pepper: bytes, vault: Vault, ledger: Ledger[Connection], partitions: int
    ) -> None:
        self._pepper = pepper
        self._vault = vault
        self._ledger = ledger
        self._partitions = partitions

    def register(
        self,
        connection: Connection,
        provider_id: str,
        identity: Identity,
        *,
        reference: str | None = None,
        carried: str | None = None,
        is_new: bool = False,
        is_returning: bool = False,
    ) -> Registered | PossibleMatch:
        """Return the number of the person a provider names, issuing one where that is safe.

        Args:
            connection: of the transaction this belongs to.
            provider_id: who registers.
            identity: what the provider knows of the person.
            reference: the provider's own reference; once linked it always finds the same person.
            carried: a passport number that the person, or the provider's record, brought along.
            is_new: the answer "this is somebody else" to an earlier possible match.
            is_returning: the answer to an ErasedError: the person who was erased wishes to take
                part again, or the reference is somebody else's now. Either gets a new number.

        Raises:
            ErasedError: the reference, or the number carried, was that of somebody erased.
            RegisterError: the provider is unknown, or the number carried was never issued.
            MalformedError: what is carried is not a passport number.

        """
        self._check_provider(connection, provider_id)
        keys = self._match_keys(identity)
        known = self._by_reference(connection, provider_id, reference)
        if known is not None:
            return Registered(known, is_new=False)
        if carried is not None:
            return self._carried(connection, provider_id, reference, passport_number(carried), keys)
        if not is_returning:
            self._refuse_erased(connection, provider_id, reference)
        if not is_new:
            match = self._possible_match(connection, keys)
            if match is None and keys:
                # another door may be registering the same person: it is waited for, and seen then
                hold_head(connection)
                match = self._possible_match(connection, keys)
            if match is not None:
                return match
        return self._issue(connection, provider_id, reference, keys)

    def link(
        self, connection: Connection, provider_id: str, reference: str | None, same_as: str
    ) -> Registered:
        """Record the answer "this is the same person" for a provider's reference.

        Raises:
            RegisterError: the provider or the number is unknown, or the reference is linked to
                somebody else.
            MalformedError: it is not a passport number.

        """
        self._check_provider(connection, provider_id)
        participant_id = person(connection, passport_number(same_as))[0].participant_id
        self._refer(connection, provider_id, reference, participant_id)
        return Registered(participant_id, is_new=False)

    def _carried(
        self,
        connection: Connection,
        provider_id: str,
        reference: str | None,
        participant_id: str,
        keys: Sequence[tuple[str, bytes]],
    ) -> Registered | PossibleMatch:
        numbers = [one.participant_id for one in person(connection, participant_id)]
        held = _keys_of(connection, numbers)
        if keys and held and not held & set(keys):
            return PossibleMatch(("nothing known of that number agrees",), (numbers[0],))
        self._refer(connection, provider_id, reference, numbers[0])
        self._remember(connection, numbers[0], keys)
        return Registered(numbers[0], is_new=False)

    def _issue(
        self,
        connection: Connection,
        provider_id: str,
        reference: str | None,
        keys: Sequence[tuple[str, bytes]],
    ) -> Registered:
        participant_id = new_passport_number()
        while connection.scalar(
            select(participant.c.state).where(participant.c.participant_id == participant_id)
        ):
            participant_id = new_passport_number()
        who = Subject(participant_id, uuid4(), partition_of(participant_id, self._partitions))
        connection.execute(
            insert(participant).values(
                participant_id=who.participant_id,
                ledger_id=who.ledger_id,
                salt=new_salt(),
                partition=who.partition,
                sealed_key=self._vault.new_key(who.participant_id),
                registered_by=provider_id,
            )
        )
        self._refer(connection, provider_id, reference, participant_id)
        self._remember(connection, participant_id, keys)
        self._ledger.record(connection, [NewEntry(Kind.REGISTERED, who)])
        return Registered(participant_id, is_new=True)

    def _check_provider(self, connection: Connection, provider_id: str) -> None:
        if not connection.scalar(
            select(provider.c.name).where(provider.c.provider_id == provider_id)
        ):
            raise RegisterError(
                f"There is no provider {provider_id}.",
                "Providers and their services are in services.yaml; `nwd init` enters them.",
            )

    def _by_reference(
        self, connection: Connection, provider_id: str, reference: str | None
    ) -> str | None:
        if reference is None:
            return None
        found: str | None = connection.scalar(
            select(provider_reference.c.participant_id).where(
                provider_reference.c.provider_id == provider_id,
                provider_reference.c.digest == self._reference_digest(provider_id, reference),
            )
        )
        return found

    def _refuse_erased(
        self, connection: Connection, provider_id: str, reference: str | None
    ) -> None:
        if reference is not None and connection.scalar(
            select(erased_reference.c.digest).where(
                erased_reference.c.digest == self._reference_digest(provider_id, reference)
            )
        ):
            raise ErasedError(
                "The person whom this provider knew by that reference was erased.",
                "Leave them out of what you send. If they wish to take part again, or the reference"
                " is somebody else's now, say so: `--returning` gives a new number.",
            )

    def _possible_match(
        self, connection: Connection, keys: Sequence[tuple[str, bytes]]
    ) -> PossibleMatch | None:
        rows = connection.execute(
            select(match_key.c.kind, shown_as().label("shown_as"))
            .join(participant, participant.c.participant_id == match_key.c.participant_id)
            .where(tuple_(match_key.c.kind, match_key.c.digest).in_(keys))
        ).all()
        if not rows:
            return None
        return PossibleMatch(
            reasons=tuple(sorted({f"the same {row.kind}" for row in rows})),
            candidates=tuple(sorted({row.shown_as for row in rows})),
        )

    def _refer(
        self, connection: Connection, provider_id: str, reference: str | None, participant_id: str
    ) -> None:
        # locked: an erasure that comes now waits, and then knows of this reference, too
        all_active(numbers_of(connection, participant_id, lock=True))
        if reference is None:
            return
        digest = self._reference_digest(provider_id, reference)
        connection.execute(
            upsert(provider_reference)
            .values(provider_id=provider_id, digest=digest, participant_id=participant_id)
            .on_conflict_do_nothing()
        )
        connection.execute(delete(erased_reference).where(erased_reference.c.digest == digest))
        # asked anew: whoever linked it may have done so in the meantime, and is waited for
        if self._by_reference(connection, provider_id, reference) != participant_id:
            raise RegisterError(
                "That reference of the provider has a passport number already.",
                "Register with the reference alone: that shows which.",
            )

    def _remember(
        self, connection: Connection, participant_id: str, keys: Iterable[tuple[str, bytes]]
    ) -> None:
        rows = [
            {"kind": kind, "digest": digest, "participant_id": participant_id}
            for kind, digest in keys
        ]
        if rows:
            connection.execute(upsert(match_key).on_conflict_do_nothing(), rows)

    def _reference_digest(self, provider_id: str, reference: str) -> bytes:
        """Return the digest of a reference, which is the same in small letters and in capitals."""
        return derived_token(self._pepper, "reference", provider_id, reference.strip().upper())

    def _match_keys(self, identity: Identity) -> list[tuple[str, bytes]]:
        """Return kind and digest of whatever could show that two records are one person."""
        found: list[tuple[str, tuple[str, ...]]] = []
        if identity.uln and identity.uln != TEMPORARY_ULN:
            found.append(("learner number", (identity.uln,)))
        if identity.ni_number:
            found.append(("National Insurance number", (identity.ni_number[:8],)))
        if identity.given_names and identity.family_name and identity.date_of_birth:
            name = (_plain(identity.given_names), _plain(identity.family_name))
            found.append(("name and date of birth", (*name, identity.date_of_birth.isoformat())))
        return [(kind, derived_token(self._pepper, "match", kind, *parts)) for kind, parts in found]


def person(connection: Connection, participant_id: str) -> list[Subject]:
    """Return every number of an active person, that under which they are shown first.

    Raises:
        RegisterError: it was never issued, or the person was erased.

    """
    return [who for who, _ in all_active(numbers_of(connection, participant_id))]


def subject(connection: Connection, participant_id: str) -> Subject:
    """Return the active participant with this number.

    Raises:
        RegisterError: it was never issued, or the person was erased.

    """
    return active(participant_row(connection, participant_id))[0]


def active(row: ParticipantRow | None) -> tuple[Subject, bytes]:
    """Return an active participant, and the salt of the digests in the ledger's leaves.

    Raises:
        RegisterError: the number was never issued.
        ErasedError: the person was erased.

    """
    if row is None:
        raise RegisterError(
            "That passport number was never issued.", "Check it with the person it belongs to."
        )
    if row.state != "active" or row.salt is None or row.ledger_id is None:
        raise ErasedError("The person with that passport number was erased.")
    return Subject(row.participant_id, row.ledger_id, row.partition), row.salt


def all_active(rows: Sequence[ParticipantRow]) -> list[tuple[Subject, bytes]]:
    """Return the same of every number of one person, in the order of the rows.

    Raises:
        RegisterError: there are none: the number was never issued; or the person was erased.

    """
    return [active(row) for row in (rows or (None,))]


def _keys_of(connection: Connection, numbers: Sequence[str]) -> set[tuple[str, bytes]]:
    return {
        (row.kind, bytes(row.digest))
        for row in connection.execute(
            select(match_key.c.kind, match_key.c.digest).where(
                match_key.c.participant_id.in_(numbers)
            )
        )
    }


def _plain(name: str) -> str:
    """Return a name without case, accents, spaces and punctuation."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in apart if character.isalnum())
