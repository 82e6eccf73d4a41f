"""How far recipients have read: the offsets that their consumer groups have committed."""

from collections.abc import Iterable

from consent_ledger.rights.acknowledgement import Reader
from deploy.broker.administration import administration
from schemas.trays import OUT_PREFIX


def group_readers(bootstrap: str, topics: Iterable[str]) -> list[Reader]:
    """Return the recipients' groups that have read of these out-trays, and how far.

    A recipient names its groups `<recipient>.<anything>`; a group counts for the trays of its own
    recipient alone, whatever it has committed elsewhere.

    Raises:
        KafkaAwayError: Kafka does not answer.

    """
    recipient_of = {topic: topic.removeprefix(OUT_PREFIX).partition(".")[0] for topic in topics}
    prefixes = tuple(f"{one}." for one in set(recipient_of.values()))
    with administration(bootstrap) as admin:
        there = [one["group_id"] for one in admin.list_groups()]
        asked = sorted(one for one in there if one.startswith(prefixes))
        found = admin.list_group_offsets(dict.fromkeys(asked)) if asked else {}
    return [
        Reader(
            f"consumer group {group}",
            {
                (place.topic, place.partition): committed.offset
                for place, committed in offsets.items()
                if recipient_of.get(place.topic) == group.partition(".")[0]
            },
        )
        for group, offsets in sorted(found.items())
    ]
