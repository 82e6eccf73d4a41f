"""Publishes the rows of an outbox in their order, and marks each in its table.

A row is found by its mark, and by no position: one that is committed late is found late, and none
is passed over. The mark stands in the row, so that the provider sees what became of it; deleting
what is published is left to the provider. No row is published before it is certain that no lower
`seq` can come (`OutboxDatabase.settled`), so that what was written about a person in order comes in
order.

Rows are marked once Kafka has acknowledged them. Whoever is killed in between publishes them again,
to the byte: event id and moment come from the row, and the filter takes an event once.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from producers.hub import EventPublisher
from producers.json_lines import LineError, event_of, read_object
from producers.outbox.outbox import MOST_CHARACTERS, Outbox, OutboxRow
from schemas.errors import MalformedError
from schemas.events import Event
from schemas.identifiers import ProviderId

BATCH_ROWS: Final = 500


class RelayTurn(NamedTuple):
    """What a turn did with rows."""

    published: int
    refused: int


class Relay:
    """Takes one outbox to the in-trays; `may_publish` tells for which providers it can."""

    def __init__(
        self,
        outbox: Outbox,
        publisher: EventPublisher,
        may_publish: Callable[[ProviderId], bool],
    ) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._may_publish = may_publish

    def turn(self) -> RelayTurn:
        """Publish what can be published now, and set aside what is no event.

        BusError where Kafka did not acknowledge everything: those rows stay as they are.
        """
        settled = self._outbox.settled()
        published = refused = 0
        while rows := self._outbox.unpublished(settled, BATCH_ROWS):
            sent: list[int] = []
            why: dict[int, str] = {}
            for row in rows:
                try:
                    self._publish(row)
                    sent.append(row.seq)
                except LineError as error:
                    why[row.seq] = "\n".join(error.problems)
                except MalformedError as error:
                    why[row.seq] = error.message
            self._publisher.flush()
            self._outbox.mark(sent, why)
            published, refused = published + len(sent), refused + len(why)
        return RelayTurn(published, refused)

    def _publish(self, row: OutboxRow) -> None:
        event = event_in(row)
        # Kafka itself would say so after 15 seconds, and take no later event
        if not self._may_publish(event.provider_id):
            raise LineError("provider_id: there is no in-tray of this provider to write")
        self._publisher.publish(event)


def event_in(row: OutboxRow) -> Event:
    """Return the event of a row; what its payload leaves out is in the columns beside it.

    Raises LineError.
    """
    beside = {
        "type": row.type,
        "event_id": row.id,
        "participant_id": row.aggregate_id,
        "recorded_at": None if row.written_at is None else row.written_at.isoformat(),
    }
    known = {name: _text(value) for name, value in beside.items() if value is not None}
    payload = row.payload or b""
    if len(payload) > MOST_CHARACTERS:
        raise LineError("payload: it is longer than any event")
    return event_of(
        known | read_object(payload if isinstance(payload, bytes) else payload.encode())
    )


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
