"""Organisations that publish nothing for now, by whichever door."""

from deploy.home.memberships import removed
from deploy.home.suspended import read_suspended
from deploy.hub import Hub
from schemas.errors import BusError
from schemas.identifiers import ProviderId


class KeptOutError(BusError):
    """The organisation is suspended, or leaves."""

    def __init__(self) -> None:
        super().__init__(
            "This organisation is suspended, or has left the bus.", "Ask the hub's operator."
        )


def demand_not_kept_out(hub: Hub, provider_id: ProviderId) -> None:
    """Raise KeptOutError for whom Kafka would refuse, if they came there themselves."""
    home = hub.settings.home
    if provider_id in read_suspended(home) or provider_id in removed(home):
        raise KeptOutError
