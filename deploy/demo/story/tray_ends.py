"""How far trays are written, open transactions included.

A transaction is decided when the filter's commit returns, and its records can be read some
milliseconds later. The end that a reader is told of lies before them for so long: whoever goes by
it alone may stop reading a moment too early.
"""

from collections.abc import Iterable

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec


def tray_ends(bootstrap: str, topics: Iterable[str], partitions: int) -> dict[str, dict[int, int]]:
    """Return the offset behind the last record of each partition, committed or not, by topic.

    Raises:
        KafkaError: no broker answers.

    """
    places = [TopicPartition(topic, one) for topic in topics for one in range(partitions)]
    with KafkaAdminClient(bootstrap_servers=bootstrap, reconnect_backoff_max_ms=500) as admin:
        found = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    ends: dict[str, dict[int, int]] = {}
    for place, at in found.items():
        ends.setdefault(place.topic, {})[place.partition] = at.offset
    return ends
