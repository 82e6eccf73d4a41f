"""Webhooks, as the hub makes, shows and ends them, and calls them when a tray has something new."""

import hashlib
import json
import logging
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from consumers.inbox.cursor import TrayCursor, parse_cursor
from consumers.tray import NoTrayError
from consumers.webhooks import endpoints
from consumers.webhooks.endpoints import Call, Endpoint
from consumers.webhooks.sending import CallOutcome, call, tls_context
from consumers.webhooks.signing import public_text, signed_headers, webhook_key
from consumers.webhooks.target import TargetError, checked_address, parse_target
from deploy.hub import Hub
from deploy.operations.inbox import Inbox
from schemas.identifiers import AgreementId

MOST_CALLS: Final = 100
_MOVE_SECONDS: Final = 3600
"""A cursor where nothing came is written anew so often, so that it does not grow too old."""

_log = logging.getLogger(__name__)


def add_webhook(hub: Hub, inbox: Inbox, agreement_id: AgreementId, url: str) -> Endpoint:
    """Add an endpoint for the reader of a tray; what is in the tray by now it is not told of.

    Raises NoTrayError where nobody reads the tray over HTTP, TargetError, and OSError where the
    name of the address is not known.
    """
    checked_address(parse_target(url), hub.settings.webhook_hosts)
    organisation = inbox.reader_of(agreement_id)
    added = Endpoint(
        id=f"wh-{secrets.token_hex(4)}",
        agreement_id=agreement_id,
        organisation=organisation,
        url=url,
        key_number=1,
        old_key_number=None,
        told_to=inbox.end(agreement_id).text(),
        pending_since=None,
        attempts=0,
        next_try_at=None,
    )
    with hub.engine.begin() as connection:
        endpoints.add_endpoint(connection, added, hub.clock())
    return added


def list_webhooks(hub: Hub) -> list[Endpoint]:
    """Return the endpoints that have not ended."""
    with hub.engine.connect() as connection:
        return endpoints.all_endpoints(connection)


def calls_of(hub: Hub, endpoint_id: str) -> list[Call]:
    """Return the last calls of an endpoint, the newest first. Raises EndpointError."""
    with hub.engine.connect() as connection:
        endpoints.endpoint_of(connection, endpoint_id)
        return endpoints.calls_of(connection, endpoint_id, MOST_CALLS)


def public_keys(hub: Hub, of: Endpoint) -> list[str]:
    """Return the public keys of those that sign for an endpoint, the newest first."""
    pepper = hub.secrets.pepper
    return [public_text(webhook_key(pepper, of.id, number)) for number in of.key_numbers]


def remove_webhook(hub: Hub, endpoint_id: str) -> Endpoint:
    """End an endpoint: it is called no more. Raises EndpointError."""
    with hub.engine.begin() as connection:
        found = endpoints.endpoint_of(connection, endpoint_id)
        endpoints.change(connection, endpoint_id, ended_at=hub.clock())
    return found


def retry_webhook(hub: Hub, endpoint_id: str) -> Endpoint:
    """Let an endpoint be called at once, however long its pause is. Raises EndpointError."""
    with hub.engine.begin() as connection:
        endpoints.endpoint_of(connection, endpoint_id)
        endpoints.change(connection, endpoint_id, next_try_at=None)
        return endpoints.endpoint_of(connection, endpoint_id)


def rotate_webhook(hub: Hub, endpoint_id: str, *, is_finished: bool) -> Endpoint:
    """Let another key sign beside the one that does, or, finished, alone. Raises EndpointError."""
    with hub.engine.begin() as connection:
        found = endpoints.endpoint_of(connection, endpoint_id)
        if is_finished:
            endpoints.change(connection, endpoint_id, old_key_number=None)
        elif found.old_key_number is None:
            newest = {"key_number": found.key_number + 1, "old_key_number": found.key_number}
            endpoints.change(connection, endpoint_id, **newest)
        return endpoints.endpoint_of(connection, endpoint_id)


def call_if_due(hub: Hub, inbox: Inbox, endpoint_id: str) -> CallOutcome | None:
    """Tell an endpoint that its tray has something new; None where it has not, or it is not due.

    How far it was told is moved once it has answered with 2xx, and not before: whoever is killed
    in between tells it again, under the same id unless there is more to tell by then.
    """
    now = hub.clock()
    with hub.engine.connect() as connection:
        of = endpoints.due_endpoint(connection, endpoint_id, now)
    if of is None:
        return None
    told = parse_cursor(of.told_to)
    try:
        has_new, end = inbox.look(of.organisation, of.agreement_id, told)
    except NoTrayError:  # it ended, or is suspended: there is nothing to be told
        return None
    with hub.engine.begin() as connection:
        # locked until the call is over: two programs make it once
        if endpoints.due_endpoint(connection, endpoint_id, now) != of:
            return None
        if not has_new and of.pending_since is None:
            is_older = end.caught_up_at - told.caught_up_at > _MOVE_SECONDS
            if end.positions != told.positions or is_older:
                endpoints.change(connection, of.id, told_to=end.text())
            return None
        message_id = _message_id(of, end)
        outcome = _call(hub, of, message_id, now)
        _settle(connection, of, message_id, outcome, now=now, end=end.text())
    if outcome.problem:
        _log.warning("The webhook %s was not taken: %s", of.id, outcome.problem)
    return outcome


def overdue_seconds(found: Sequence[Endpoint], now: datetime) -> dict[str, float]:
    """Return for how long each endpoint has not taken what it was to be told, 0 where it has."""
    return {
        of.id: (now - of.pending_since).total_seconds() if of.pending_since else 0.0 for of in found
    }


def _message_id(of: Endpoint, end: TrayCursor) -> str:
    """Return the id of what tells an endpoint of all that is in its tray by now.

    It is made of how far that is, so that whoever heeds each id once misses nothing.
    """
    told = f"{of.id} {end.topic_id} {end.positions}"
    return f"msg_{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def _call(hub: Hub, of: Endpoint, message_id: str, now: datetime) -> CallOutcome:
    moment = now.astimezone(UTC)
    message = {
        "type": "tray.changed",
        "timestamp": moment.isoformat().replace("+00:00", "Z"),
        "data": {"agreement": of.agreement_id},
    }
    body = json.dumps(message).encode()
    keys = [webhook_key(hub.secrets.pepper, of.id, number) for number in of.key_numbers]
    headers = signed_headers(keys, message_id, int(moment.timestamp()), body)
    headers |= {"content-type": "application/json", "user-agent": "no-wrong-door"}
    settings = hub.settings
    try:
        target = parse_target(of.url)
        address = checked_address(target, settings.webhook_hosts)
    except TargetError as error:
        return CallOutcome(None, error.message)
    except OSError:
        return CallOutcome(None, "the name of its address is not known")
    return call(target, address, body, headers, tls_context(settings.webhook_ca))


def _settle(
    connection: Connection,
    of: Endpoint,
    message_id: str,
    outcome: CallOutcome,
    *,
    now: datetime,
    end: str,
) -> None:
    endpoints.note_call(connection, of, message_id, outcome, now)
    if not outcome.problem:
        done = {"pending_since": None, "attempts": 0, "next_try_at": None}
        endpoints.change(connection, of.id, told_to=end, **done)
        return
    attempts = of.attempts + 1
    endpoints.change(
        connection,
        of.id,
        pending_since=of.pending_since or now,
        attempts=attempts,
        next_try_at=now + endpoints.pause_after(attempts),
    )
