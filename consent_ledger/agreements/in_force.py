"""The terms in force: the agreements' newest versions, the services and the providers."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from sqlalchemy import Boolean, Connection, Text, cast, literal, null, select, union_all
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


NEWEST: Final = (
    select(
        literal("agreement").label("what"),
        agreement_version.c.agreement_id.label("id"),
        agreement_version.c.seq.label("seq"),
        cast(agreement_version.c.body, Text).label("body"),
        null().cast(Boolean).label("is_sensitive"),
    )
    .ext(distinct_on(agreement_version.c.agreement_id))
    .order_by(agreement_version.c.agreement_id, agreement_version.c.version.desc())
    .subquery()
)
"""The newest version of each agreement: one of each `id`, with its text as `body`."""
_TERMS: Final = union_all(
    select(NEWEST),
    select(literal("service"), service.c.service_id, service.c.seq, null(), service.c.is_sensitive),
    select(literal("provider"), provider.c.provider_id, null(), null(), null()),
)


def read_agreements(connection: Connection) -> AgreementsInForce:
    """Read the terms in force."""
    agreements: dict[AgreementId, InForce] = {}
    services: dict[str, Mark] = {}
    providers: set[ProviderId] = set()
    for what, name, seq, body, is_sensitive in connection.execute(_TERMS):
        match what:
            case "agreement":
                agreements[name] = InForce(agreement_of(body), seq)
            case "service":
                services[name] = Mark(is_sensitive, seq)
            case _:
                providers.add(name)
    return AgreementsInForce(agreements, services, frozenset(providers))


@lru_cache(maxsize=1_000)
def agreement_of(body: str) -> Agreement:
    """Return the agreement that a version's text holds: each text is read once in a process."""
    return agreement_in_ledger(json.loads(body))
