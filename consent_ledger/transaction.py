"""The ledger in PostgreSQL, and its unit of work."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import AgreementsInForce, read_agreements
from consent_ledger.agreements.services import Provider, Service
from consent_ledger.consent.standings import PostgresStandingRows
from consent_ledger.journal import sealed_keys
from consent_ledger.journal.sealed_keys import Holder, SealedKey
from consent_ledger.ledger.clock import Clock
from consent_ledger.ledger.enforcement import is_past
from consent_ledger.ledger.erasures import erasures_of
from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.register import passport_numbers
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.rights import erased_rows
from consent_ledger.tables import register as tables
from consent_ledger.tables.consent import agreement_version, change, standing
from consent_ledger.tables.register import participant
from consent_ledger.transparency.transparency_log import Signer
from schemas.categories import Mask
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber


class PostgresLedgerTransaction(PostgresStandingRows):
    """The register's and the ledger's rows in one transaction of a connection."""

    @override
    def agreements_in_force(self) -> AgreementsInForce:
        return read_agreements(self.connection)

    @override
    def add_version(self, agreement: Agreement, body: Mapping[str, Any], seq: LedgerIndex) -> None:
        self.connection.execute(
            insert(agreement_version).values(
                agreement_id=agreement.id, version=agreement.version, body=body, seq=seq
            )
        )

    @override
    def set_provider(self, provider: Provider) -> None:
        values = {"name": provider.name, "ukprn": provider.ukprn}
        self.connection.execute(
            insert(tables.provider)
            .values(provider_id=provider.id, **values)
            .on_conflict_do_update(index_elements=["provider_id"], set_=values)
        )

    @override
    def set_service(self, service: Service, seq: LedgerIndex) -> None:
        values = {"name": service.name, "is_sensitive": service.sensitive, "seq": seq}
        self.connection.execute(
            insert(tables.service)
            .values(service_id=service.id, provider_id=service.id.partition(".")[0], **values)
            .on_conflict_do_update(index_elements=["service_id"], set_=values)
        )

    @override
    def participants_granting(
        self, agreement_id: AgreementId, categories: Mask
    ) -> list[ParticipantRow]:
        rows = self.connection.execute(
            select(*passport_numbers.COLUMNS)
            .join(standing, standing.c.participant_id == participant.c.participant_id)
            .where(
                standing.c.agreement_id == agreement_id,
                standing.c.granted.bitwise_and(categories) != 0,
                participant.c.state == "active",
            )
            .order_by(participant.c.participant_id)
            .with_for_update(of=participant, key_share=True)
        )
        return [ParticipantRow(*row) for row in rows]

    @override
    def changes_after(self, participant_id: PassportNumber, seq: LedgerIndex) -> list[ChangeRow]:
        columns = (change.c[name] for name in ChangeRow._fields)
        rows = self.connection.execute(
            select(*columns)
            .where(change.c.participant_id == participant_id, change.c.seq > seq)
            .order_by(change.c.seq)
        )
        return [ChangeRow(*row) for row in rows]

    @override
    def show_as(
        self, participant_id: PassportNumber, other: PassportNumber | None, seq: LedgerIndex
    ) -> None:
        self._update(participant_id, merged_into=other, named_seq=seq)

    @override
    def begin_epoch(self, epoch: bytes) -> None:
        sealed_keys.begin_epoch(self.connection, epoch, self.now())

    @override
    def keys_of_other_epochs(
        self, holder: Holder, epoch: bytes, *, after: str, limit: int
    ) -> list[SealedKey]:
        return sealed_keys.keys_of_other_epochs(
            self.connection, holder, epoch, after=after, limit=limit
        )

    @override
    def set_sealed_keys(self, holder: Holder, keys: Sequence[SealedKey]) -> None:
        sealed_keys.set_sealed_keys(self.connection, holder, keys)

    @override
    def destroy_keys_of_erased(self) -> None:
        sealed_keys.destroy_keys_of_erased(self.connection)

    @override
    def end_other_epochs(self, epoch: bytes) -> None:
        sealed_keys.end_other_epochs(self.connection, epoch)

    @override
    def close_person(self, participant_id: PassportNumber) -> None:
        erased_rows.close_person(self.connection, participant_id)

    @override
    def erasure_of(self, participant_id: PassportNumber) -> LedgerIndex | None:
        return erasures_of(self.connection, [participant_id]).get(participant_id)

    @override
    def is_enforced(self, seq: LedgerIndex) -> bool:
        return is_past(self.connection, seq)

    @override
    def forget_person(self, participant_id: PassportNumber) -> None:
        erased_rows.forget_person(self.connection, participant_id)

    def _update(self, participant_id: PassportNumber, **values: Any) -> None:
        asked = participant.c.participant_id == participant_id
        self.connection.execute(update(participant).where(asked).values(values))


class PostgresLedger:
    """Gives units of work on a database; checkpoints are signed with the bus's key."""

    def __init__(self, engine: Engine, signer: Signer, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self._signer = signer

    @contextmanager
    def begin(self) -> Iterator[PostgresLedgerTransaction]:
        """Give a unit of work: committed when the block ends, rolled back by an exception."""
        with self.engine.begin() as connection:
            yield self.on(connection)

    def on(self, connection: Connection) -> PostgresLedgerTransaction:
        """Return the unit of work of a transaction that the caller has begun."""
        return PostgresLedgerTransaction(connection, self._signer, self.clock)
