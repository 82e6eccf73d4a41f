"""How far an API key reaches: what its organisation may do, and with what."""

from enum import StrEnum
from typing import Final, NamedTuple

from schemas.errors import MalformedError
from schemas.identifiers import is_provider_id
from schemas.trays import is_agreement_id


class ScopeKind(StrEnum):
    """What a scope lets an organisation do."""

    PUBLISH = "publish"
    """Publish events as a provider."""
    READ = "read"
    """Read the out-tray of an agreement."""
    CONSENT = "consent"
    """Capture consent, notices and objections for an agreement."""
    SERVICES = "services"
    """Say in the directory whether a provider's services have room."""


_OF_PROVIDERS: Final = (ScopeKind.PUBLISH, ScopeKind.SERVICES)


class Scope(NamedTuple):
    """What may be done, and with which provider or agreement: `consent:borough-d.support`."""

    kind: ScopeKind
    of: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.of}"


def parse_scope(text: str) -> Scope:
    """Return the scope that a text names. Raises MalformedError."""
    kind, _, of = text.partition(":")
    is_id = is_provider_id if kind in _OF_PROVIDERS else is_agreement_id
    if kind not in list(ScopeKind) or not is_id(of):
        raise MalformedError(
            "A scope does not have the form it must have.",
            "There are publish:PROVIDER, services:PROVIDER, read:AGREEMENT and consent:AGREEMENT,"
            " such as consent:borough-d.support.",
        )
    return Scope(ScopeKind(kind), of)
