"""One connection to Kafka for many requests at once."""

from collections.abc import Callable
from typing import Any

import pytest
from kafka.errors import TopicAuthorizationFailedError

from deploy.broker import shared_in_trays
from deploy.broker.shared_in_trays import SharedInTrays
from producers.publisher import PublishError
from schemas.errors import KafkaAwayError
from schemas.kafka_connection import KafkaConnection
from tests.support.factories import make_referral
from tests.unit.producers.test_publisher import FakeProducer

Connect = Callable[[KafkaConnection], Any]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeProducer]:
    """Give the producers that are connected, which is none so far, and know who was let go."""
    made: list[FakeProducer] = []

    def connect(_: KafkaConnection) -> FakeProducer:
        made.append(FakeProducer())
        return made[-1]

    def let_go(producer: FakeProducer) -> None:
        producer.let_go["by us"] += 1

    monkeypatch.setattr(shared_in_trays, "connect", connect)
    monkeypatch.setattr(shared_in_trays, "let_go", let_go)
    return made


def trays() -> SharedInTrays:
    """Return trays of which nobody has asked anything."""
    return SharedInTrays(lambda: KafkaConnection("nowhere:1"))


def test_requests_share_a_connection_and_leave_it_open(made: list[FakeProducer]) -> None:
    """Also two at once; each accounts for its own events."""
    shared = trays()

    with shared.publisher() as first, shared.publisher() as second:
        first.publish(make_referral())
        assert first.flush(1).events == 1
        assert second.flush(1).events == 0
    with shared.publisher():
        pass

    (producer,) = made
    assert not producer.let_go
    shared.close()
    assert producer.let_go["by us"] == 1


def test_after_a_refusal_the_next_request_has_a_connection_of_its_own(
    made: list[FakeProducer],
) -> None:
    """A producer that was refused once fails all that follows; its last user ends it."""
    shared = trays()

    with shared.publisher():
        with shared.publisher() as second:
            made[0].refuse = TopicAuthorizationFailedError("no")
            second.publish(make_referral())
            with pytest.raises(PublishError):
                second.flush(1)
        with shared.publisher():
            assert len(made) == 2
        assert not made[0].let_go
    assert made[0].let_go["by us"] == 1
    assert not made[1].let_go


def test_a_kafka_that_was_away_is_not_waited_for_by_each_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Connecting to none takes ten seconds, which would hold up every thread."""
    tried = []

    def connect(_: KafkaConnection) -> None:
        tried.append(1)
        raise KafkaAwayError("no connection")

    monkeypatch.setattr(shared_in_trays, "connect", connect)
    shared = trays()

    for _ in range(3):
        with pytest.raises(KafkaAwayError), shared.publisher():
            raise AssertionError("nobody is there")

    assert len(tried) == 1
