"""A restored backup may bring back whom the hub has erased: nothing runs until they are gone."""

from consent_ledger.rights.erased_rows import numbers_in_state
from deploy.hub import Hub
from schemas.errors import BusError


class ResurrectedError(BusError):
    """An erased person is active: the database comes from a backup."""


def refuse_resurrected(hub: Hub) -> None:
    """Raise ResurrectedError while an erased person is active: the filter would send them out.

    An erasure that is being recorded at this very moment looks the same: starting again helps.
    """
    if hub.suppressed.is_empty():
        return
    with hub.engine.connect() as connection:
        back = hub.suppressed.among(numbers_in_state(connection, "active"))
    if back:
        raise ResurrectedError(
            f"{len(back):,} of those who were erased are in the database again:"
            " it was restored from a backup.",
            "Run `nwd erasure reapply --timeout 0`, start the filter, and when it runs"
            " `nwd erasure reapply`.",
        )
