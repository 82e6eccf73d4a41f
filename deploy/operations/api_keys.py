"""API keys of organisations, as the hub's operator makes, lists and revokes them."""

from collections.abc import Collection
from datetime import timedelta

from consent_ledger.credentials import api_keys
from consent_ledger.credentials.api_keys import ApiKey
from consent_ledger.credentials.scopes import Scope
from deploy.hub import Hub
from deploy.operations.organisations import demand_not_removed
from schemas.identifiers import OrganisationId


def make_api_key(
    hub: Hub, organisation: OrganisationId, scopes: Collection[Scope], days: int
) -> tuple[ApiKey, str]:
    """Make a key that holds for so many days; return it with its secret, which is kept nowhere.

    ApiKeyError where the organisation or a scope is unknown or not its own, or it has two already;
    OrganisationError where it was removed.
    """
    demand_not_removed(hub.settings.home, organisation)
    with hub.ledger.begin() as tx:
        return api_keys.make_key(tx, organisation, scopes, timedelta(days=days))


def revoke_api_key(hub: Hub, key_id: str) -> ApiKey:
    """Revoke a key for good; ApiKeyError where there is none that is valid."""
    with hub.ledger.begin() as tx:
        return api_keys.revoke_key(tx, key_id)


def list_api_keys(hub: Hub) -> list[ApiKey]:
    """Return every key that was ever made, by organisation, the newest first."""
    with hub.engine.connect() as connection:
        return api_keys.all_keys(connection)
