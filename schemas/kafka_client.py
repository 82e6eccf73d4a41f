"""Why the Kafka client failed, in words that hold no record."""

from typing import Final

_WITHOUT_A_CODE: Final = {
    "KafkaConnectionError": "no connection",
    "NodeNotReadyError": "no connection",
    "KafkaTimeoutError": "no answer in time",
    "TimeoutError": "no answer in time",
}


def reason(kind: type[BaseException]) -> str:
    """Return why a call failed: Kafka's own code, such as PRODUCER_FENCED, or words.

    An error's own text is never shown: it may quote a record.
    """
    in_words = _WITHOUT_A_CODE.get(kind.__name__, "the client gave it up")
    return getattr(kind, "message", None) or in_words
