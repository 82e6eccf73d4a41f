"""The passport as an organisation may see it: by its own agreements, at that moment."""

from collections.abc import Callable, Iterable
from datetime import datetime

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.decisions import Standing, decide
from consumers.passport.view import MaySee
from schemas.categories import Mask, mask_of
from schemas.identifiers import ProviderId, ServiceId


def as_organisation(
    in_force: Iterable[tuple[Agreement, Standing]],
    is_sensitive: Callable[[ServiceId], bool],
    now: datetime,
) -> MaySee:
    """Return what an organisation may see of one participant: nothing, without an agreement.

    `in_force` holds its agreements, each with the participant's standing in it. A pseudonymous one
    opens nothing here, and none opens a category that it shares only in a coarser form: the
    passport shows people and full values. `is_sensitive` is true of an unknown service, too.
    """
    named = [
        (agreement, standing) for agreement, standing in in_force if not agreement.pseudonymous
    ]

    def may_see(provider_id: ProviderId, event: str, service_id: ServiceId) -> Mask:
        seen = 0
        for agreement, standing in named:
            decision = decide(
                agreement,
                standing.seq,
                standing,
                provider_id,
                event,
                is_sensitive=is_sensitive(service_id),
                now=now,
            )
            seen |= decision.mask & ~mask_of(agreement.coarse)
        return Mask(seen)

    return may_see
