"""What each role asks of the Kafka client, so that neither its log nor an error quotes a record.

The client itself is imported by the roles alone.
"""

import logging
from typing import Final

_WITHOUT_A_CODE: Final = {
    "KafkaConnectionError": "no connection",
    "NodeNotReadyError": "no connection",
    "KafkaTimeoutError": "no answer in time",
    "TimeoutError": "no answer in time",
}


def keep_records_out_of_its_log() -> None:
    """Keep the client's log from DEBUG, at which it writes keys, values and headers."""
    kafka_log = logging.getLogger("kafka")
    kafka_log.setLevel(max(logging.INFO, kafka_log.getEffectiveLevel()))


def reason(kind: type[BaseException]) -> str:
    """Return why a call failed: Kafka's own code, such as PRODUCER_FENCED, or words.

    An error's own text is never shown: it may quote a record.
    """
    in_words = _WITHOUT_A_CODE.get(kind.__name__, "the client gave it up")
    return getattr(kind, "message", None) or in_words
