"""Where events stand that came over HTTP: by that it is known whether the filter has seen them."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from producers.gateway.tables import published
from producers.publisher import RecordPlace
from schemas.identifiers import EventId, ProviderId

KEPT: Final = timedelta(days=8)
"""A day longer than in-trays hold what came."""


_NEW = upsert(published).from_select(
    ["provider_id", "event_id", "revision", "partition", "position", "published_at"],
    select(
        bindparam("provider", type_=Text),
        func.unnest(bindparam("ids", type_=ARRAY(Uuid(as_uuid=False)))),
        func.unnest(bindparam("revisions", type_=ARRAY(Integer))),
        func.unnest(bindparam("partitions", type_=ARRAY(Integer))),
        func.unnest(bindparam("positions", type_=ARRAY(BigInteger))),
        bindparam("now", type_=DateTime(timezone=True)),
    ),
)
_KEEP: Final = _NEW.on_conflict_do_update(
    index_elements=["provider_id", "event_id", "revision"],
    set_={name: _NEW.excluded[name] for name in ("partition", "position", "published_at")},
)
"""One statement for any number of events, which is compiled once."""


class PublishedEvent(NamedTuple):
    """A revision of an event, and where it came last."""

    event_id: EventId
    revision: int
    place: RecordPlace


def keep_places(
    connection: Connection, provider_id: ProviderId, events: Iterable[PublishedEvent], now: datetime
) -> None:
    """Keep where events stand. What was kept for long enough is forgotten."""
    connection.execute(delete(published).where(published.c.published_at < now - KEPT))
    places = {(event.event_id, event.revision): event.place for event in events}
    if not places:
        return
    ids, revisions = zip(*sorted(places), strict=True)
    partitions, positions = zip(*(places[key] for key in sorted(places)), strict=True)
    connection.execute(
        _KEEP,
        {
            "provider": provider_id,
            "now": now,
            "ids": list(ids),
            "revisions": list(revisions),
            "partitions": list(partitions),
            "positions": list(positions),
        },
    )


def forget_place(connection: Connection, provider_id: ProviderId, place: RecordPlace) -> None:
    """Forget the event that stands there: nothing is told of it any more."""
    connection.execute(
        delete(published).where(
            published.c.provider_id == provider_id,
            published.c.partition == place.partition,
            published.c.position == place.offset,
        )
    )


def places_of(
    connection: Connection, provider_id: ProviderId, event_ids: Collection[EventId]
) -> dict[EventId, list[PublishedEvent]]:
    """Return what a provider has published under these ids, each revision in order."""
    wanted = cast(list(event_ids), ARRAY(Uuid(as_uuid=False)))
    rows = connection.execute(
        select(published)
        .where(published.c.provider_id == provider_id, published.c.event_id == any_(wanted))
        .order_by(published.c.event_id, published.c.revision)
    )
    found: dict[EventId, list[PublishedEvent]] = {}
    for row in rows:
        event = PublishedEvent(
            EventId(row.event_id), row.revision, RecordPlace(row.partition, row.position)
        )
        found.setdefault(event.event_id, []).append(event)
    return found
