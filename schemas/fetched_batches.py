"""Records of trays, taken out of kafka-python's batches: by way of its own they take longer.

It reaches into the client's inside. Where a name is missing there, the client's records are taken.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final

from kafka import KafkaConsumer
from kafka.consumer.fetcher import Fetcher
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch

from schemas.errors import MalformedError
from schemas.record_decoding import BatchHead, records_of
from schemas.trays import TrayRecord

_MAGIC: Final = 2
_OF_PARTITION: Final = (
    "_consume_aborted_transactions_up_to",
    "_contains_abort_marker",
    "_is_batch_aborted",
    "_unpack_records",
    "drain",
)
_OF_BATCH: Final = ("_buffer", "_maybe_uncompress", "_pos", "is_control_batch", "validate_crc")


def take_tray_records(consumer: KafkaConsumer, *, with_headers: bool = True) -> bool:
    """Let a consumer that reads committed records poll TrayRecords; return whether it does.

    Without headers none is looked at, whatever its bytes are.
    """
    try:
        attrgetter(*_OF_PARTITION)(consumer._fetcher.PartitionRecords)
        attrgetter(*_OF_BATCH)(DefaultRecordBatch)
    except AttributeError:
        return False
    consumer._fetcher.PartitionRecords = _TrayRecords if with_headers else _BareTrayRecords
    return True


class _TrayRecords(Fetcher.PartitionRecords):  # type: ignore[misc]  # kafka-python has no types
    """What was fetched of a partition, as records of a tray."""

    _with_headers = True

    def _unpack_records(self, place: Any, batches: Any, *_: object) -> Iterator[TrayRecord]:
        while (batch := batches.next_batch()) is not None:
            if batch.magic != _MAGIC or (self.check_crcs and not batch.validate_crc()):
                raise CorruptRecordError
            self.leader_epoch = batch.leader_epoch
            self.bytes_read += batch.size_in_bytes
            if not self._is_left_out(batch):
                for record in _records(place, batch, with_headers=self._with_headers):
                    self.records_read += 1
                    self.next_fetch_offset = record.offset + 1
                    yield record
            # the last offset stays when compaction has removed its record
            self.next_fetch_offset = batch.next_offset
        self.drain()

    def _is_left_out(self, batch: Any) -> bool:
        """Return whether a batch is a transaction's mark, or of one that was aborted."""
        if batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last_offset)
            if self._contains_abort_marker(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return True
        return bool(batch.is_control_batch)


class _BareTrayRecords(_TrayRecords):
    _with_headers = False


def _records(place: Any, batch: Any, *, with_headers: bool) -> list[TrayRecord]:
    batch._maybe_uncompress()
    is_one_time = batch.timestamp_type == batch.LOG_APPEND_TIME
    head = BatchHead(
        topic=place.topic,
        partition=place.partition,
        offset=batch.base_offset,
        timestamp_ms=batch.max_timestamp if is_one_time else batch.first_timestamp,
        is_one_time=is_one_time,
        records=batch.records_count,
    )
    try:
        return records_of(head, bytes(batch._buffer[batch._pos :]), with_headers=with_headers)
    except MalformedError:
        raise CorruptRecordError from None
