"""The terms in force: the agreements' newest versions, the services and the providers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.ledger_form import agreement_in_ledger
from consent_ledger.tables.consent import agreement_version
from consent_ledger.tables.register import provider, service
from schemas.identifiers import AgreementId, LedgerIndex, ProviderId, ServiceId


@dataclass(frozen=True)
class InForce:
    """The newest version of an agreement and the ledger entry that brought it in."""

    agreement: Agreement
    seq: LedgerIndex


class Mark(NamedTuple):
    """Whether a service is sensitive, and the ledger entry that marked it."""

    is_sensitive: bool
    seq: LedgerIndex


UNMARKED: Final = Mark(is_sensitive=True, seq=LedgerIndex(-1))
"""The mark of a service that was never entered: it counts as sensitive."""


@dataclass(frozen=True)
class AgreementsInForce:
    """Everything a decision needs besides the participant's standing."""

    agreements: dict[AgreementId, InForce]
    services: dict[str, Mark]
    providers: frozenset[ProviderId]

    @property
    def for_everyone(self) -> frozenset[AgreementId]:
        """Agreements that reach people who have no standing towards them."""
        return frozenset(
            agreement_id
            for agreement_id, version in self.agreements.items()
            if version.agreement.applies_to == "everyone"
            and version.agreement.public_task_mask | version.agreement.legal_obligation_mask
        )

    def begun_or_ended(self, since: datetime, now: datetime) -> set[AgreementId]:
        """Return the agreements whose validity began or ended in between."""
        return {
            agreement_id
            for agreement_id, version in self.agreements.items()
            for at in (version.agreement.valid_from, version.agreement.valid_until)
            if at is not None and since < at <= now
        }

    def mark(self, service_id: ServiceId) -> Mark:
        """Return how a service is marked."""
        return self.services.get(service_id, UNMARKED)

    def is_sensitive(self, service_id: ServiceId) -> bool:
        """Return whether a service is marked sensitive."""
        return self.mark(service_id).is_sensitive


def read_agreements(connection: Connection) -> AgreementsInForce:
    """Read the terms in force."""
    newest = (
        select(agreement_version.c.agreement_id, agreement_version.c.body, agreement_version.c.seq)
        .ext(distinct_on(agreement_version.c.agreement_id))
        .order_by(agreement_version.c.agreement_id, agreement_version.c.version.desc())
    )
    return AgreementsInForce(
        agreements={
            row.agreement_id: InForce(agreement_in_ledger(row.body), row.seq)
            for row in connection.execute(newest)
        },
        services={
            service_id: Mark(*mark)
            for service_id, *mark in connection.execute(
                select(service.c.service_id, service.c.is_sensitive, service.c.seq)
            )
        },
        providers=frozenset(connection.scalars(select(provider.c.provider_id))),
    )
