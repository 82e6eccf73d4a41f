"""Batches of events that providers send to the hub, with a key to send them again or without."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from consent_ledger.register.participants import who_takes_part
from deploy.broker.passwords import logs_in
from deploy.broker.shared_in_trays import SharedInTrays
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.operations.kept_out import demand_not_kept_out
from producers.gateway.batch import (
    EntryAnswer,
    EntryOutcome,
    EventBatch,
    ReadEntry,
    answer_again,
    publish_entries,
    read_batch,
    refuse_nobody_s,
)
from producers.gateway.kept_requests import KeptRequests, KeyedRequest
from producers.gateway.published_events import PublishedEvent, keep_places


class Broker(Enum):
    """How Kafka took a batch."""

    CONFIRMED = "it has acknowledged what could be sent"
    SLOW = "it answers, and has not acknowledged all in time"
    AWAY = "it does not answer"


class PublishedBatch(NamedTuple):
    """What became of a batch, by entry."""

    answers: list[EntryAnswer]
    broker: Broker


def publish_once(
    hub: Hub, trays: SharedInTrays, batch: EventBatch, asked: KeyedRequest | None = None
) -> PublishedBatch:
    """Publish a batch; the same request with a key has the effect of one, and its answer.

    Raises KeptOutError, KeyReusedError, InFlightError; KafkaAwayError, and nothing was sent.
    """
    demand_not_kept_out(hub, batch.provider_id)
    if asked is None:
        entries = read_batch(batch)
        return _publish(hub, trays, batch, refuse_nobody_s(entries, _nobody_s(hub, entries)))
    kept = KeptRequests(hub.engine, hub.clock)
    begun = kept.begin(asked)
    batch = replace(batch, begun_at=begun.begun_at, new_id=asked.new_id)
    entries = read_batch(batch)
    if begun.is_answered:
        again = answer_again(refuse_nobody_s(entries, begun.nobody_s))
        return PublishedBatch(again, Broker.CONFIRMED)
    answered: Sequence[int] | None = None
    try:
        nobody_s = _nobody_s(hub, entries)
        published = _publish(hub, trays, batch, refuse_nobody_s(entries, nobody_s))
        answered = nobody_s if published.broker is Broker.CONFIRMED else None
        return published
    finally:
        kept.end(asked, answered)


def _nobody_s(hub: Hub, entries: Iterable[ReadEntry]) -> list[int]:
    """Return the lines of events about nobody who takes part.

    The filter would refuse them too. Of an erased person it leaves no letter, so that what becomes
    of such an event could not be told later.
    """
    about = {entry.line: entry.event.participant_id for entry in entries if entry.event}
    with hub.engine.connect() as connection:
        known = who_takes_part(connection, set(about.values()))
    return [line for line, participant_id in about.items() if participant_id not in known]


def _publish(
    hub: Hub, trays: SharedInTrays, batch: EventBatch, entries: Iterable[ReadEntry]
) -> PublishedBatch:
    with trays.publisher() as publisher:
        answers = publish_entries(entries, publisher)
    _keep(hub, batch, answers)
    if all(answer.outcome is not EntryOutcome.UNCONFIRMED for answer in answers):
        return PublishedBatch(answers, Broker.CONFIRMED)
    is_there = logs_in(hub.kafka(HubUser.DOORS))
    return PublishedBatch(answers, Broker.SLOW if is_there else Broker.AWAY)


def _keep(hub: Hub, batch: EventBatch, answers: Iterable[EntryAnswer]) -> None:
    events = [
        PublishedEvent(answer.event.event_id, answer.event.revision, answer.place)
        for answer in answers
        if answer.event and answer.place
    ]
    with hub.engine.begin() as connection:
        keep_places(connection, batch.provider_id, events, hub.clock())
