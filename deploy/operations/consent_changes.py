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
from schemas.identifiers import AgreementId, LedgerIndex, OrganisationId


@dataclass(frozen=True)
class ChangeResult:
    """A change that is in the ledger. `done` is None as long as it is not enforced everywhere.

    `recipients` are recipients' names by agreement; `batched` are the agreements whose trays are
    given what is new in batches, later than `done` says; `remaining` is what recipients still see
    of what was closed.
    """

    entry: LedgerIndex
    recorded_at: datetime
    done: Enforcement | None
    recipients: dict[AgreementId, str]
    batched: frozenset[AgreementId]
    remaining: list[RemainingAccess]

    @property
    def milliseconds(self) -> int | None:
        """How long it took from recorded to enforced."""
        return max(0, round(self.done.seconds * 1000)) if self.done else None


def record_change(
    hub: Hub, change: LedgerChange, captured_by: OrganisationId | None = None
) -> LedgerIndex:
    """Enter a change, as captured by an organisation or by the hub, and return its entry.

    BusError where the change cannot be made: then nothing was entered.
    """
    with hub.ledger.begin() as tx:
        return apply(tx, change, captured_by)


def enter_change(hub: Hub, change: LedgerChange, timeout_seconds: float) -> ChangeResult:
    """Enter a change, and wait until it is enforced in every tray, or the time is over.

    BusError where the change cannot be made: then nothing was entered.
    """
    entry = record_change(hub, change)
    return result_of(hub, entry, wait_until_enforced(hub.engine, entry, timeout_seconds))


def result_of(hub: Hub, entry: LedgerIndex, done: Enforcement | None) -> ChangeResult:
    """Return what came of a change in the ledger; NoResultFound without one under that entry."""
    with hub.engine.connect() as connection:
        in_force = read_agreements(connection).agreements
        names = {id_: version.agreement.recipient_name for id_, version in in_force.items()}
        batched = frozenset(
            id_ for id_, version in in_force.items() if version.agreement.release_interval
        )
        remaining = remaining_access_after(connection, entry)
        recorded = recorded_at(connection, entry)
        return ChangeResult(entry, recorded, done, names, batched, remaining)
