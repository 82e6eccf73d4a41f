"""One consent change, timed; where its time went; and whether the trays show it alone."""

import time
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from typing import Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import func, select

from consent_ledger.consent.changes import ConsentChange
from consent_ledger.consent.consent import apply
from consent_ledger.ledger.enforcement import wait_until_enforced
from consent_ledger.tables.delivery import disclosure
from deploy.hub import Hub
from schemas.identifiers import AgreementId
from schemas.kafka_connection import KafkaConnection
from schemas.trays import out_tray
from tests.support.bus_settings import PARTITIONS

PATIENCE_SECONDS: Final = 30.0

Written = dict[tuple[str, int, bool], tuple[int, float]]
"""By tray, deciding entry and whether it is retracted: how many records, and when the last was."""


class Timing(NamedTuple):
    """One change: its entry, its moments in seconds, the tray concerned, what it cost."""

    seq: int
    agreement_id: AgreementId
    begun: float
    recorded: float
    committed: float
    enforced: float
    returned: float
    records: int
    tombstones: int


def timed(hub: Hub, change: ConsentChange) -> Timing:
    """Enter a change, and wait until it is enforced.

    Raises:
        RuntimeError: it was not, in good time.

    """
    begun = time.time()
    with hub.ledger.begin() as tx:
        seq = apply(tx, change)
    committed = time.time()
    done = wait_until_enforced(hub.engine, seq, PATIENCE_SECONDS)
    returned = time.time()
    if done is None:
        raise RuntimeError(f"entry {seq} was not enforced within {PATIENCE_SECONDS:g} s")
    return Timing(
        seq,
        change.agreement,
        begun,
        done.recorded_at.timestamp(),
        committed,
        done.enforced_at.timestamp(),
        returned,
        done.records,
        done.tombstones,
    )


def stages_of(hub: Hub, written: Written, timings: Sequence[Timing]) -> dict[str, dict[str, float]]:
    """Return where the time goes, by the moments that the bus itself writes down.

    The filter's transaction begins when a disclosure is decided, and its record's timestamp is when
    the broker appended it, in whole milliseconds.
    """
    with hub.engine.connect() as connection:
        rows = connection.execute(
            select(disclosure.c.decided_by, func.max(disclosure.c.decided_at)).group_by(
                disclosure.c.decided_by
            )
        )
        decided = {seq: at.timestamp() for seq, at in rows}
    appended = {seq: at for (_, seq, _), (_, at) in written.items()}
    ends: dict[str, Callable[[Timing], float]] = {
        "entry_committed": lambda one: one.committed,
        "filter_woken": lambda one: decided[one.seq],
        "decided_and_sent": lambda one: appended[one.seq],
        "kafka_transaction_ended": lambda one: one.enforced,
        "waiter_told": lambda one: one.returned,
    }
    begins = [lambda one: one.recorded, *ends.values()]
    return {
        stage: spread([end(one) - begin(one) for one in timings])
        for begin, (stage, end) in zip(begins, ends.items(), strict=False)
    }


def trays_are_right(
    written: Written, events: int, withdrawn: Sequence[Timing], granted: Sequence[Timing]
) -> bool:
    """Tell whether each change wrote its own tray, one record an event, and no other tray."""
    expected = {(one.agreement_id, one.seq, True): events for one in withdrawn}
    expected |= {(one.agreement_id, one.seq, False): events for one in granted}
    said = {(one.records, one.tombstones) for one in withdrawn} == {(0, events)}
    return said and expected == {which: count for which, (count, _) in written.items()}


def records_since(
    kafka: KafkaConnection, agreement_ids: Sequence[AgreementId], seq: int
) -> Written:
    """Read all trays; return what was written because of this entry of the ledger or a later one.

    Each record says by its header which entry decided it. A new event's is its person's grant.
    """
    consumer = KafkaConsumer(**kafka.for_client(), group_id=None, isolation_level="read_committed")
    trays = {out_tray(agreement_id): agreement_id for agreement_id in agreement_ids}
    places = [TopicPartition(topic, number) for topic in trays for number in range(PARTITIONS)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(places)
    written: Written = {}
    while any(consumer.position(place) < end for place, end in ends.items()):
        for place, records in consumer.poll(500, max_records=10_000).items():
            for record in records:
                decided_by = int(dict(record.headers).get("ledgerseq", b"-1"))  # a tick has none
                if decided_by >= seq:
                    which = trays[place.topic], decided_by, record.value is None
                    count, at = written.get(which, (0, 0.0))
                    written[which] = count + 1, max(at, record.timestamp / 1000)
    consumer.close()
    return written


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95, p99 and the most, in milliseconds."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    found = {"p50": median(seconds), "p95": cuts[94], "p99": cuts[98], "max": max(seconds)}
    return {name: round(value * 1000, 1) for name, value in found.items()}
