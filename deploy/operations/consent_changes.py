"""A change of permission: entered, waited for, and what can be told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from consent_ledger.agreements.in_force import read_terms
from consent_ledger.consent.remaining_access import StillOpen
from consent_ledger.ledger.enforcement import Enforcement, recorded_at, wait_until_enforced
from consent_ledger.rights.receipts import still_open_after
from deploy.hub import Hub
from deploy.pages.plain_english import still_open_fields

Change = Callable[[Hub, Connection], int]
"""Enters a change in the ledger and returns the number of its entry."""


@dataclass(frozen=True)
class Outcome:
    """A change that is in the ledger. `done` is None as long as it is not enforced everywhere.

    `recipients` are the names of those whose trays it concerned, by agreement; `still_open` is
    what a recipient still sees of what was closed.
    """

    entry: int
    recorded_at: datetime
    done: Enforcement | None
    recipients: dict[str, str]
    still_open: list[StillOpen]

    @property
    def milliseconds(self) -> int | None:
        """How long it took from recorded to enforced."""
        return max(0, round(self.done.seconds * 1000)) if self.done else None

    def fields(self) -> dict[str, Any]:
        """Return it for JSON."""
        fields: dict[str, Any] = {"entry": self.entry, "is_enforced": self.done is not None}
        fields["recorded_at"] = self.recorded_at
        if self.done:
            fields |= {
                "enforced_at": self.done.enforced_at,
                "milliseconds": self.milliseconds,
                "records": self.done.records,
                "tombstones": self.done.tombstones,
                "recipients": [
                    {"agreement": one, "recipient": self.recipients[one]} | cost._asdict()
                    for one, cost in self.done.by_agreement.items()
                ],
            }
        return fields | {"still_open": list(map(still_open_fields, self.still_open))}


def carry_out(hub: Hub, change: Change, timeout_seconds: float) -> Outcome:
    """Enter a change, and wait so long until it is enforced in every tray.

    Raises:
        BusError: the change cannot be made; nothing was entered.

    """
    with hub.engine.begin() as connection:
        entry = change(hub, connection)
    return outcome_of(hub, entry, wait_until_enforced(hub.engine, entry, timeout_seconds))


def outcome_of(hub: Hub, entry: int, done: Enforcement | None) -> Outcome:
    """Return what can be told of a change that is in the ledger."""
    with hub.engine.connect() as connection:
        terms = read_terms(connection)
        return Outcome(
            entry,
            recorded_at(connection, entry),
            done,
            {one: each.agreement.recipient_name for one, each in terms.agreements.items()},
            still_open_after(connection, entry),
        )
