"""How far recipients have read: the offsets that their consumer groups have committed."""

from collections.abc import Iterable

from consent_ledger.rights.acknowledgement import Reader
from deploy.broker.administration import administration
from schemas.kafka_connection import KafkaConnection
from schemas.trays import OUT_PREFIX


def group_readers(kafka: KafkaConnection, topics: Iterable[str]) -> list[Reader]:
    """Return the recipients' groups that have read of these out-trays, and how far.

    A recipient names its groups `<recipient>.<anything>`; a group counts only for the trays of its
    own recipient, whatever it has committed elsewhere. Raises KafkaAwayError.
    """
    recipient_of = {topic: topic.removeprefix(OUT_PREFIX).partition(".")[0] for topic in topics}
    prefixes = tuple(f"{recipient}." for recipient in set(recipient_of.values()))
    with administration(kafka) as admin:
        names = [group["group_id"] for group in admin.list_groups()]
        asked = sorted(name for name in names if name.startswith(prefixes))
        offsets_by_group = admin.list_group_offsets(dict.fromkeys(asked)) if asked else {}
    return [
        Reader(
            f"consumer group {group}",
            {
                (place.topic, place.partition): committed.offset
                for place, committed in offsets.items()
                if recipient_of.get(place.topic) == group.partition(".")[0]
            },
        )
        for group, offsets in sorted(offsets_by_group.items())
    ]
