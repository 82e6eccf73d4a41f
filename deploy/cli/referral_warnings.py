"""What speaks against referrals that a command publishes, as far as it can be seen from there."""

from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from deploy.hub import open_hub
from deploy.operations.service_warnings import NotedReferrals, ServiceWarning
from schemas.errors import BusError

UNSEEN: Final = "Whether the services have room cannot be seen from here: ask the hub."


def warnings_of(noted: NotedReferrals) -> list[ServiceWarning] | None:
    """Return what speaks against referrals; None where the hub cannot be asked: a provider's own.

    Nothing is asked where nobody was referred.
    """
    if not noted.by_service:
        return []
    try:
        with open_hub() as hub:
            return noted.warnings(hub)
    except (BusError, SQLAlchemyError):
        return None
