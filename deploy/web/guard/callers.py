"""Who is asking: the hub's operator by the token of its home, an organisation by a key of its own.

It is worked out of the head of a request alone, and from nothing that a body says.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from consent_ledger.credentials.api_keys import ApiKey
from consent_ledger.credentials.scopes import Scope, ScopeKind
from deploy.operations.passport_seen import OrganisationReader
from deploy.web.guard.key_ring import KeyRing
from deploy.web.guard.problems import ProblemError
from schemas.identifiers import AgreementId, OrganisationId, ProviderId

OPERATOR: Final = "operator"


@dataclass(frozen=True)
class Caller:
    """Whoever is asking. Without a key it is the hub's operator, who may capture any consent."""

    key: ApiKey | None = None

    @property
    def credential(self) -> str:
        """What its requests are counted by."""
        return self.key.id if self.key else OPERATOR

    @property
    def organisation(self) -> OrganisationId | None:
        """The organisation that speaks; None is the hub's operator."""
        return self.key.organisation if self.key else None

    def agreements(self) -> frozenset[AgreementId] | None:
        """Return the agreements that it may capture consent for; None is any."""
        if self.key is None:
            return None
        consent = (scope for scope in self.key.scopes if scope.kind is ScopeKind.CONSENT)
        return frozenset(AgreementId(scope.of) for scope in consent)

    def may_capture_for(self, agreement_id: AgreementId) -> bool:
        """Return whether it may enter changes of consent to an agreement."""
        agreements = self.agreements()
        return agreements is None or agreement_id in agreements

    def demand_capture_for(self, agreement_id: AgreementId) -> None:
        """Let through who may capture consent for an agreement; ProblemError 403 for others."""
        if not self.may_capture_for(agreement_id):
            raise _forbidden("This key has no scope to capture consent for that agreement.")

    def demand_capture(self) -> None:
        """Let through who may capture consent for any agreement; ProblemError 403 for others."""
        if self.agreements() == frozenset():
            raise _forbidden("This key has no scope to capture consent for any agreement.")

    def readable(self) -> frozenset[AgreementId]:
        """Return the agreements whose trays it may read: none for the operator, who gets none."""
        scopes = self.key.scopes if self.key else ()
        return frozenset(AgreementId(scope.of) for scope in scopes if scope.kind is ScopeKind.READ)

    def reader(self) -> OrganisationReader:
        """Return who reads, by which agreements; ProblemError 403 for who may read no tray."""
        if self.key is None or not self.readable():
            raise _forbidden("This credential has no scope to read the tray of an agreement.")
        return OrganisationReader(self.key.organisation, self.readable())

    def demand_services_of(self, provider_id: ProviderId) -> None:
        """Let through who may speak for a provider's services; ProblemError 403 for others."""
        if self.key and Scope(ScopeKind.SERVICES, provider_id) not in self.key.scopes:
            raise _forbidden("This key has no scope for the services of that provider.")

    def demand_services(self) -> None:
        """Let through who may speak for any provider's services; ProblemError 403 for others."""
        if self.key and not any(scope.kind is ScopeKind.SERVICES for scope in self.key.scopes):
            raise _forbidden("This key has no scope for the services of any provider.")

    def publishes_as(self) -> ProviderId | None:
        """Return the provider whose events it may publish; None where it has no such scope."""
        scopes = self.key.scopes if self.key else ()
        publish = [scope for scope in scopes if scope.kind is ScopeKind.PUBLISH]
        return ProviderId(publish[0].of) if publish else None

    def demand_provider(self) -> ProviderId:
        """Return the provider whose events it may publish; ProblemError 403 where it may none."""
        provider_id = self.publishes_as()
        if provider_id is None:
            raise ProblemError(
                403,
                "This credential publishes as no provider.",
                "It takes a key with the scope publish: and the provider's id, which the hub's"
                " operator makes.",
            )
        return provider_id

    def demand_operator(self) -> None:
        """Let the hub's operator through: whether an objection holds is not its recipient's say."""
        if self.key is not None:
            raise _forbidden("The hub ends objections, and no organisation by its key.")


class Callers:
    """Those who may ask: the operator, and whoever has a valid key."""

    def __init__(self, token: str, ring: KeyRing) -> None:
        self._token = token.encode()
        self._ring = ring

    async def caller_of(self, headers: Mapping[str, str]) -> Caller:
        """Return whose credential a request's head has; ProblemError 401 for none or a wrong one.

        OperationalError where the database, which has the keys, does not answer.
        """
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self.caller_with(given)
        raise _unknown()

    async def caller_with(self, secret: str) -> Caller:
        """Return whose token or key this is, wherever it stood; raises as `caller_of` does."""
        # compared in constant time: how long it takes shows nothing of the token
        if hmac.compare_digest(secret.strip().encode(), self._token):
            return Caller()
        key = await self._ring.find(secret.strip())
        if key is None:
            raise _unknown()
        return Caller(key)

    def webhook_failing_since(self, caller: Caller) -> datetime | None:
        """Return since when a webhook of a caller's organisation takes no call; None if all do."""
        if caller.organisation is None:
            return None
        return self._ring.webhook_failing_since(caller.organisation)


def _unknown() -> ProblemError:
    return ProblemError(
        401,
        "The request lacks a token or key of the API.",
        "Send it as Authorization: Bearer TOKEN. A key may have run out, or be revoked.",
        www_authenticate="Bearer",
    )


def _forbidden(title: str) -> ProblemError:
    return ProblemError(
        403,
        title,
        "The hub's operator makes keys: a scope is consent: or read: and the agreement's id, or"
        " services: and the provider's.",
    )
