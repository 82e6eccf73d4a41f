"""A consent change entered in the ledger, waited for, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.changes import LedgerChange
from consent_ledger.consent.consent import apply
from consent_ledger.consent.remaining_access import RemainingAccess
from consent_ledger.ledger.enforcement import Enforcement, recorded_at, wait_until_enforced
from consent_ledger.rights.receipts import remaining_access_after
from deploy.hub import Hub
from schemas.identifiers import LedgerIndex


@dataclass(frozen=True)
class ChangeResult:
    """A change that is in the ledger. `done` is None as long as it is not enforced everywhere.

    `recipients` are the names of those whose trays it concerned, by agreement; `remaining` is what
    a recipient still sees of what was closed.
    """

    entry: LedgerIndex
    recorded_at: datetime
    done: Enforcement | None
    recipients: dict[str, str]
    remaining: list[RemainingAccess]

    @property
    def milliseconds(self) -> int | None:
        """How long it took from recorded to enforced."""
        return max(0, round(self.done.seconds * 1000)) if self.done else None


def enter_change(hub: Hub, change: LedgerChange, timeout_seconds: float) -> ChangeResult:
    """Enter a change, and wait so long until it is enforced in every tray.

    Raises:
        BusError: the change cannot be made; nothing was entered.

    """
    with hub.ledger.begin() as tx:
        entry = apply(tx, change)
    return result_of(hub, entry, wait_until_enforced(hub.engine, entry, timeout_seconds))


def result_of(hub: Hub, entry: LedgerIndex, done: Enforcement | None) -> ChangeResult:
    """Return what came of a change that is in the ledger.

    Raises:
        sqlalchemy.exc.NoResultFound: there is no change with that entry.

    """
    with hub.engine.connect() as connection:
        in_force = read_agreements(connection).agreements
        return ChangeResult(
            entry,
            recorded_at(connection, entry),
            done,
            {
                agreement_id: version.agreement.recipient_name
                for agreement_id, version in in_force.items()
            },
            remaining_access_after(connection, entry),
        )
