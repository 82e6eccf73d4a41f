"""The endpoints of webhooks, as rows: added, told, failing, ended; and what came of each call."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from consumers.webhooks.sending import CallOutcome
from consumers.webhooks.tables import delivery, endpoint
from schemas.errors import BusError
from schemas.identifiers import AgreementId, OrganisationId

KEPT: Final = timedelta(days=30)
"""How long a call is remembered."""
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600))
"""Between an attempt that failed and the next; the last one again and again, for ever."""


class EndpointError(BusError):
    """There is no such endpoint."""


class Endpoint(NamedTuple):
    """Where a recipient is told of one tray, and how far it has been."""

    id: str
    agreement_id: AgreementId
    organisation: OrganisationId
    url: str
    key_number: int
    old_key_number: int | None
    told_to: str
    pending_since: datetime | None
    attempts: int
    next_try_at: datetime | None

    @property
    def key_numbers(self) -> tuple[int, ...]:
        """The keys that sign, the newest first."""
        old = () if self.old_key_number is None else (self.old_key_number,)
        return (self.key_number, *old)


class Call(NamedTuple):
    """A call of an endpoint, and what came of it."""

    at: datetime
    message_id: str
    status: int | None
    problem: str


_ROW: Final = select(
    endpoint.c.endpoint_id.label("id"),
    endpoint.c.agreement_id,
    endpoint.c.organisation,
    endpoint.c.url,
    endpoint.c.key_number,
    endpoint.c.old_key_number,
    endpoint.c.told_to,
    endpoint.c.pending_since,
    endpoint.c.attempts,
    endpoint.c.next_try_at,
).where(endpoint.c.ended_at.is_(None))


def add_endpoint(connection: Connection, added: Endpoint, now: datetime) -> None:
    """Add an endpoint."""
    fields = added._asdict()
    connection.execute(insert(endpoint).values(endpoint_id=fields.pop("id"), made_at=now, **fields))


def all_endpoints(connection: Connection) -> list[Endpoint]:
    """Return the endpoints that have not ended."""
    return [_endpoint(row) for row in connection.execute(_ROW.order_by(endpoint.c.made_at))]


def endpoint_of(connection: Connection, endpoint_id: str) -> Endpoint:
    """Return an endpoint. Raises EndpointError."""
    row = connection.execute(_ROW.where(endpoint.c.endpoint_id == endpoint_id)).first()
    if row is None:
        raise EndpointError("There is no such webhook.", "`nwd webhook list` has them.")
    return _endpoint(row)


def due_endpoint(connection: Connection, endpoint_id: str, now: datetime) -> Endpoint | None:
    """Return an endpoint that may be called now, and lock it for the transaction's time.

    None where it may not, or somebody else has it.
    """
    is_due = or_(endpoint.c.next_try_at.is_(None), endpoint.c.next_try_at <= now)
    row = connection.execute(
        _ROW.where(endpoint.c.endpoint_id == endpoint_id, is_due).with_for_update(skip_locked=True)
    ).first()
    return None if row is None else _endpoint(row)


def change(connection: Connection, endpoint_id: str, **values: Any) -> None:
    """Change columns of an endpoint."""
    connection.execute(
        update(endpoint).where(endpoint.c.endpoint_id == endpoint_id).values(**values)
    )


def note_call(
    connection: Connection, of: Endpoint, message_id: str, outcome: CallOutcome, now: datetime
) -> None:
    """Note what came of a call, and forget those of long ago."""
    connection.execute(
        insert(delivery).values(
            endpoint_id=of.id,
            message_id=message_id,
            at=now,
            status=outcome.status,
            problem=outcome.problem,
        )
    )
    connection.execute(
        delete(delivery).where(delivery.c.endpoint_id == of.id, delivery.c.at < now - KEPT)
    )


def failing_organisations(connection: Connection) -> dict[OrganisationId, datetime]:
    """Return since when an endpoint of each organisation takes no call; those that fail alone."""
    row = endpoint.c
    query = (
        select(row.organisation, func.min(row.pending_since))
        .where(row.ended_at.is_(None), row.pending_since.is_not(None))
        .group_by(row.organisation)
    )
    return {
        OrganisationId(organisation): since for organisation, since in connection.execute(query)
    }


def calls_of(connection: Connection, endpoint_id: str, most: int) -> list[Call]:
    """Return the last calls of an endpoint, the newest first."""
    row = delivery.c
    query = (
        select(row.at, row.message_id, row.status, row.problem)
        .where(row.endpoint_id == endpoint_id)
        .order_by(row.number.desc())
        .limit(most)
    )
    return [Call(*found) for found in connection.execute(query)]


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts that failed."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(**row._asdict())
