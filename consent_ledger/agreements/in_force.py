"""The terms in force: the agreements' newest versions, the services and the providers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.tables.consent import agreement_version
from consent_ledger.tables.register import provider, service


@dataclass(frozen=True)
class InForce:
    """The newest version of an agreement and the ledger entry that brought it in."""

    agreement: Agreement
    seq: int


@dataclass(frozen=True)
class AgreementsInForce:
    """Everything a decision needs besides the participant's standing."""

    agreements: dict[str, InForce]
    services: dict[str, bool]
    providers: frozenset[str]

    @property
    def for_everyone(self) -> frozenset[str]:
        """Agreements that reach people who have no standing towards them."""
        return frozenset(
            agreement_id
            for agreement_id, one in self.agreements.items()
            if one.agreement.applies_to == "everyone"
            and one.agreement.public_task_mask | one.agreement.legal_obligation_mask
        )

    def begun_or_ended(self, since: datetime, now: datetime) -> set[str]:
        """Return the agreements whose validity began or ended in between."""
        return {
            agreement_id
            for agreement_id, one in self.agreements.items()
            for at in (one.agreement.valid_from, one.agreement.valid_until)
            if at is not None and since < at <= now
        }

    def is_sensitive(self, service_id: str) -> bool:
        """Tell whether a service is marked sensitive. One that nobody has entered counts as it."""
        return self.services.get(service_id, True)


def read_agreements(connection: Connection) -> AgreementsInForce:
    """Read the terms in force."""
    newest = (
        select(agreement_version.c.agreement_id, agreement_version.c.body, agreement_version.c.seq)
        .ext(distinct_on(agreement_version.c.agreement_id))
        .order_by(agreement_version.c.agreement_id, agreement_version.c.version.desc())
    )
    return AgreementsInForce(
        agreements={
            row.agreement_id: InForce(Agreement.model_validate(row.body), row.seq)
            for row in connection.execute(newest)
        },
        services={
            row.service_id: row.is_sensitive
            for row in connection.execute(select(service.c.service_id, service.c.is_sensitive))
        },
        providers=frozenset(connection.scalars(select(provider.c.provider_id))),
    )
