"""Records encoded as kafka-python itself encodes them."""

import ast
import inspect
from dataclasses import replace
from typing import Any, ClassVar
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import ProducerFencedError
from kafka.producer.producer_batch import FinalState
from kafka.producer.transaction_manager import TransactionalRequestResult
from kafka.record.memory_records import MemoryRecordsBuilder

from consent_ledger.filter import record_batches
from consent_ledger.filter.record_batches import SentBatch, SplitBatchError, builder_of
from consent_ledger.filter.record_encoding import BATCH_BYTES, EncodedHeaders, encoded_batches
from consent_ledger.filter.records import OutRecord
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
        timestamp_ms=st.none() | st.integers(0, 2 * NOW),
    ),
    min_size=1,
    max_size=60,
)


@given(RECORDS)
def test_a_batch_is_byte_for_byte_what_the_client_would_send(records: list[OutRecord]) -> None:
    """Keys, values, tombstones, headers and times; and every batch begins where the last ended."""
    left = list(records)
    sizes: list[int] = []
    batches = list(encoded_batches(records, NOW, EncodedHeaders(), sizes.append))
    for batch, largest in zip(batches, sizes, strict=True):
        builder = builder_of(batch)
        count = builder.next_offset()
        theirs = MemoryRecordsBuilder(2, 0, 100 * BATCH_BYTES)
        lengths = []
        for record in left[:count]:
            at = NOW if record.timestamp_ms is None else record.timestamp_ms
            took = theirs.append(at, record.key, record.value, record.headers)
            lengths.append(took.size)
        del left[:count]
        assert content(builder) == content(theirs)
        # theirs counts the length before a record, too
        assert largest < max(lengths) <= largest + 5
    assert not left


@pytest.mark.parametrize("place", [0, 50, 99])
def test_a_record_that_is_too_large_is_refused_in_whichever_batch_it_is(place: int) -> None:
    """The first, one in between, and the last of several."""
    topic = TopicName("out.a.b")
    records = [OutRecord(topic, 0, b"key", bytes(9_000), [])] * 100
    assert len(list(encoded_batches(records, NOW, EncodedHeaders(), demand_small))) > 3
    records[place] = replace(records[place], value=bytes(11_000))

    with pytest.raises(OverflowError):
        list(encoded_batches(records, NOW, EncodedHeaders(), demand_small))


def demand_small(size: int) -> None:
    """Refuse a record as the client would."""
    if size > 10_000:
        raise OverflowError


def content(builder: Any) -> bytes:
    """Return a batch as it goes over the wire."""
    builder.set_producer_state(7, 1, 0, True)
    builder.close()
    return bytes(builder.buffer())


class Missing:
    """A producer's inside: whatever is asked for is there, but for one name."""

    config: ClassVar = {"compression_type": None}

    def __init__(self, name: str = "") -> None:
        self._missing = name

    def __getattr__(self, name: str) -> Any:
        if name == self._missing:
            raise AttributeError(name)
        return Missing(self._missing)


def names_used() -> set[str]:
    """Return every name with an underscore that the module reads or sets of something else."""
    tree = ast.parse(inspect.getsource(record_batches))
    names = {one.attr for one in ast.walk(tree) if isinstance(one, ast.Attribute)}
    return {one for one in names if one.startswith("_") and not one.startswith("__")}


def test_every_name_of_the_inside_is_asked_for() -> None:
    """One that is used and not asked for would end the filter where it should do without."""
    asked = (*record_batches._OF_PRODUCER, *record_batches._OF_RECORDS, *record_batches._OF_BATCH)

    assert names_used() <= {name for path in asked for name in path.split(".")}


@pytest.mark.parametrize("path", record_batches._OF_PRODUCER)
def test_a_client_whose_inside_lacks_a_name_is_sent_record_by_record(path: str) -> None:
    """Another version may have called it otherwise."""
    assert record_batches.reaches(Missing())
    assert not record_batches.reaches(Missing(path.rpartition(".")[2]))


@pytest.mark.parametrize("names", ["_OF_RECORDS", "_OF_BATCH"])
def test_a_batch_without_a_name_is_not_made(names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of the producer."""
    monkeypatch.setattr(record_batches, names, ("_another_name",))

    assert not record_batches.reaches(Missing())


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


def test_a_commit_waits_for_its_answer_and_no_longer_than_it_is_told() -> None:
    """The client's own would wait for ever, and nobody would start the filter again."""
    ending = TransactionalRequestResult()
    producer = MagicMock()
    producer._transaction_manager.begin_commit.return_value = ending

    with pytest.raises(TimeoutError):
        record_batches.commit(producer, 0.01)
    ending.done()
    record_batches.commit(producer, 5)
    ending.done(ProducerFencedError())
    with pytest.raises(ProducerFencedError):
        record_batches.commit(producer, 5)

    assert producer._sender.wakeup.call_count == 3
