from typing import Any, Self

import pytest

from consumers import tray_reader
from consumers.tray import TrayError
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection

SOUND = {
    "error_code": 0,
    "topic_id": "id",
    "partitions": [],
    "authorized_operations": ["READ", "DESCRIBE"],
}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"error_code": 29}, "may not be read"),
        ({"authorized_operations": ["DESCRIBE"]}, "may not be read"),
        ({"error_code": 3}, "There is no topic"),
        ({"error_code": -1}, "could not be read"),
    ],
)
def test_a_tray_that_may_not_be_read_is_refused_before_anything_is_polled(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], message: str
) -> None:
    """A consumer without the right to a topic is not refused: it sees an empty one for ever."""

    class Admin:
        def __init__(self, **_settings: object) -> None: ...

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def describe_topics(self, _topics: list[str]) -> list[dict[str, Any]]:
            return [SOUND | answer]

    monkeypatch.setattr(tray_reader, "KafkaAdminClient", Admin)

    with pytest.raises(TrayError, match=message):
        tray_reader.TrayReader(KafkaConnection("127.0.0.1:1"), TopicName("out.a.b"))
