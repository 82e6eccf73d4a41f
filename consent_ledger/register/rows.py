"""The register's rows in PostgreSQL: participants, providers' references, match keys."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, delete, func, insert, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from consent_ledger.journal import sealed_keys
from consent_ledger.ledger.rows import PostgresLedgerRows
from consent_ledger.register import look_ups, passport_numbers
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import ParticipantRow, shown_as
from consent_ledger.register.register import NewParticipant, RegisterRows
from consent_ledger.tables.register import match_key, participant, provider, provider_reference
from consent_ledger.tables.rights import erased_reference
from consent_ledger.transparency.transparency_log import hold_head
from schemas.identifiers import PassportNumber, ProviderId


class PostgresRegisterRows(PostgresLedgerRows, RegisterRows):
    """The register's rows in one transaction of a connection."""

    @override
    def numbers_of(self, participant_id: PassportNumber) -> list[ParticipantRow]:
        return passport_numbers.numbers_of(self.connection, participant_id, lock=True)

    @override
    def is_provider(self, provider_id: ProviderId) -> bool:
        return self._exists(provider.c.name, provider.c.provider_id == provider_id)

    @override
    def is_issued(self, participant_id: PassportNumber) -> bool:
        return self._exists(participant.c.state, participant.c.participant_id == participant_id)

    @override
    def key_epochs(self) -> set[bytes]:
        return sealed_keys.epochs(self.connection)

    @override
    def add_participant(self, new: NewParticipant) -> None:
        self.connection.execute(insert(participant).values(new._asdict()))

    @override
    def by_reference(self, provider_id: ProviderId, digest: bytes) -> PassportNumber | None:
        found: PassportNumber | None = self.connection.scalar(
            select(provider_reference.c.participant_id).where(
                provider_reference.c.provider_id == provider_id,
                provider_reference.c.digest == digest,
            )
        )
        return found

    @override
    def link_reference(
        self, provider_id: ProviderId, digest: bytes, participant_id: PassportNumber
    ) -> None:
        self.connection.execute(
            upsert(provider_reference)
            .values(provider_id=provider_id, digest=digest, participant_id=participant_id)
            .on_conflict_do_nothing()
        )
        self.connection.execute(delete(erased_reference).where(erased_reference.c.digest == digest))

    @override
    def was_erased(self, digest: bytes) -> bool:
        return self._exists(erased_reference.c.digest, erased_reference.c.digest == digest)

    @override
    def matches(self, keys: Sequence[MatchKey]) -> set[tuple[str, PassportNumber]]:
        rows = self.connection.execute(
            select(match_key.c.kind, shown_as())
            .join(participant, participant.c.participant_id == match_key.c.participant_id)
            .where(tuple_(match_key.c.kind, match_key.c.digest).in_(keys))
        )
        return {(kind, number) for kind, number in rows}

    @override
    def keys_of(self, participant_ids: Sequence[PassportNumber]) -> set[MatchKey]:
        # an array: of nobody it is the same statement
        ids = literal(list(participant_ids), ARRAY(Text))
        rows = self.connection.execute(
            select(match_key.c.kind, match_key.c.digest).where(
                match_key.c.participant_id == func.any(ids)
            )
        )
        return {MatchKey(kind, bytes(digest)) for kind, digest in rows}

    @override
    def remember_keys(self, participant_id: PassportNumber, keys: Sequence[MatchKey]) -> None:
        if keys:
            self.connection.execute(
                upsert(match_key).on_conflict_do_nothing(),
                [key._asdict() | {"participant_id": participant_id} for key in keys],
            )

    @override
    def note_look_up(
        self, provider_id: ProviderId, participant_ids: Collection[PassportNumber], answer: Reply
    ) -> None:
        look_ups.note_look_up(self.connection, provider_id, participant_ids, answer, self.now())

    @override
    def hold_head(self) -> None:
        hold_head(self.connection)

    def _exists(self, column: ColumnElement[Any], condition: ColumnElement[bool]) -> bool:
        return self.connection.scalar(select(column).where(condition)) is not None
