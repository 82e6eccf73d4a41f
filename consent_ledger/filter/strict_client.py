"""kafka-python's network client, for a producer that must not outlive a lost connection."""

from contextlib import suppress
from typing import Any

from kafka.errors import KafkaConnectionError, KafkaError
from kafka.future import Future
from kafka.net.compat import KafkaNetClient


class UnansweredError(KafkaError):  # type: ignore[misc]  # kafka-python has no types
    """A request found no broker, or got no answer: what became of it is not known."""

    message = "the connection did not hold"


class StrictClient(KafkaNetClient):  # type: ignore[misc]  # as above
    """Fails a request for good when its connection does not hold, so that nothing is sent twice.

    The producer would go on: it sends again what was not answered. Its version 3.0.12 forgets the
    request of a transaction that finds its broker away, and stands still. A new producer starts
    from what the broker knows; this one's transaction fails at once, so that a new one comes.
    """

    def await_ready(self, node_id: Any, timeout_ms: int = 30_000) -> bool:
        """Wait for a node. True if it is away, too: what is sent to it fails."""
        with suppress(KafkaConnectionError):
            super().await_ready(node_id, timeout_ms)
        return True

    def send(self, node_id: Any, request: Any, **kwargs: Any) -> Future:
        """Send a request; whatever fails it fails it with `UnansweredError`."""
        answer = Future()
        try:
            sent = super().send(node_id, request, **kwargs)
        except KafkaError as error:
            sent = Future().failure(error)
        sent.add_callback(answer.success)
        sent.add_errback(lambda _: answer.failure(UnansweredError()))
        return answer
