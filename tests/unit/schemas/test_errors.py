import pytest
from kafka.errors import (
    IllegalStateError,
    KafkaConnectionError,
    KafkaTimeoutError,
    ProducerFencedError,
)

from schemas.errors import BusError, DatabaseAwayError, KafkaAwayError


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (KafkaTimeoutError("key=b'Ada'"), "no answer in time"),
        (TimeoutError("key=b'Ada'"), "no answer in time"),
        (KafkaConnectionError("key=b'Ada'"), "no connection"),
        (ProducerFencedError("key=b'Ada'"), "PRODUCER_FENCED"),
        (IllegalStateError("key=b'Ada'"), "the client gave it up"),
    ],
)
def test_kafka_away_is_told_by_its_address_and_a_reason(cause: Exception, words: str) -> None:
    """The reason is Kafka's own code or a few words; what the client says may quote a record."""
    error = KafkaAwayError(cause, "broker:9092")

    assert error.message == f"Kafka at broker:9092 did not do it: {words}."
    assert "Ada" not in str(error)


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (OSError("refused\nIs it running?"), "PostgreSQL at there did not answer: refused"),
        (None, "PostgreSQL at there did not answer: no reason given"),
    ],
)
def test_postgres_away_is_told_by_its_address_and_its_first_line(
    cause: Exception | None, told: str
) -> None:
    """Only the first line is a sentence."""
    assert DatabaseAwayError(cause, "there").message == told


@pytest.mark.parametrize("error", [KafkaAwayError(TimeoutError()), DatabaseAwayError(None)])
def test_the_hint_is_right_within_nwd_up_as_well(error: BusError) -> None:
    """There it would be no help that `nwd up` starts one: it names a server that was set."""
    assert "starts one" not in error.hint
    assert "without it `nwd up` runs a" in error.hint
