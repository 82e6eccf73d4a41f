"""Routes of the gateway: for whoever publishes as a provider."""

from typing_extensions import override

from deploy.web.guard.callers import Caller
from deploy.web.guard.closed_route import ClosedRoute


class ProviderRoute(ClosedRoute):
    """A route for whoever has a key that publishes as a provider."""

    @override
    def demand(self, caller: Caller) -> None:
        caller.demand_provider()
