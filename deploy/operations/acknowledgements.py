"""Who reads the trays, and how far: the hub's own readers, and recipients' consumer groups."""

from collections.abc import Iterable
from typing import Final

from consent_ledger.rights.acknowledgement import Reader
from consumers import positions
from consumers.analytics.facts import AnalyticsFacts
from consumers.passport.facts import PassportFacts
from consumers.projection import Projection
from deploy.broker.consumer_groups import group_readers
from deploy.hub import Hub

_OWN: Final[dict[str, Projection]] = {
    "job passports": PassportFacts(),
    "hub figures": AnalyticsFacts(),
}


def readers_of(hub: Hub, topics: Iterable[str]) -> list[Reader]:
    """Return whoever is known to read these out-trays."""
    found = []
    with hub.engine.connect() as connection:
        for name, projection in _OWN.items():
            held = positions.load(connection, projection.position)
            found.append(Reader(name, {one[:2]: one.next_offset for one in held}))
    return found + group_readers(hub.addresses.kafka_bootstrap, topics)
