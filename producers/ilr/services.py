"""The services of a college, one for each way in which its aims are funded.

A funding model shows nothing of a person's health, origin or past, so none of these is sensitive
by itself. Whatever else an aim shows is in the event's blocks.
"""

import re
from typing import Final

from producers.ilr.codes import FUND_MODEL
from schemas.identifiers import ProviderId, ServiceId

_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")


def service_id(provider_id: ProviderId, fund_model: int) -> ServiceId:
    """Return the service that an aim belongs to, such as `college-c.adult-skills-fund`."""
    return ServiceId(f"{provider_id}.{_NO_SLUG.sub('-', FUND_MODEL[fund_model].lower())}")


def services(provider_id: ProviderId) -> dict[str, str]:
    """Return the name of every service that an import of this provider may use, by its id."""
    return {service_id(provider_id, code): name for code, name in FUND_MODEL.items()}
