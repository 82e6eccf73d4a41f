"""Records encoded as kafka-python itself encodes them."""

from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.producer.producer_batch import FinalState
from kafka.record.memory_records import MemoryRecordsBuilder

from consent_ledger.filter import record_batches
from consent_ledger.filter.event_log import OutRecord
from consent_ledger.filter.record_batches import SentBatch, SplitBatchError
from schemas.identifiers import TopicName

NOW = 1_790_000_000_000
HEADERS = st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=90)), max_size=6)
RECORDS = st.lists(
    st.builds(
        OutRecord,
        st.just(TopicName("out.a.b")),
        st.just(0),
        st.binary(max_size=200),
        st.none() | st.binary(max_size=9_000),
        HEADERS,
        st.none() | st.integers(0, 2 * NOW),
    ),
    min_size=1,
    max_size=60,
)


class AnyProducer:
    """As much of a producer as encoding asks for."""

    def _ensure_valid_record_size(self, size: int) -> None:
        assert size > 0


@given(RECORDS)
def test_a_batch_is_byte_for_byte_what_the_client_would_send(records: list[OutRecord]) -> None:
    """Keys, values, tombstones, headers and times; and every batch begins where the last ended."""
    left = list(records)
    for builder in record_batches._builders(
        AnyProducer(), records, NOW, record_batches._EncodedHeaders()
    ):
        count = builder.next_offset()
        theirs = MemoryRecordsBuilder(2, 0, 100 * record_batches.BATCH_BYTES)
        for record in left[:count]:
            at = NOW if record.timestamp_ms is None else record.timestamp_ms
            theirs.append(at, record.key, record.value, record.headers)
        del left[:count]
        assert content(builder) == content(theirs)
    assert not left


def content(builder: Any) -> bytes:
    """Return a batch as it goes over the wire."""
    builder.set_producer_state(7, 1, 0, True)
    builder.close()
    return bytes(builder.buffer())


def test_a_client_whose_inside_has_other_names_is_sent_record_by_record() -> None:
    """Each name that is used is asked for."""

    class Other:
        config: ClassVar = {"compression_type": None}

    assert not record_batches.reaches(Other())


def test_a_batch_that_the_client_has_split_does_not_count_as_sent() -> None:
    """It watches the halves by the records' answers, and here is one answer for them all."""

    class Answer:
        def get(self, _timeout: float) -> Any:
            return None

    class Split:
        final_state = None

    class Failed(Split):
        final_state = FinalState.FAILED

    for batch in (Split(), Failed()):
        with pytest.raises(SplitBatchError):
            SentBatch(batch, Answer(), 2).end(1)
