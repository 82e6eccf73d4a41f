"""Who reads the trays, and how far: the hub's own readers, and recipients' consumer groups."""

from collections.abc import Iterable
from typing import Final

from consent_ledger.rights.acknowledgement import Reader
from consumers import positions
from consumers.analytics import tables as analytics
from consumers.passport import tables as passport
from deploy.broker.consumer_groups import group_readers
from deploy.hub import Hub

_OWN: Final = {"job passports": passport.position, "hub figures": analytics.position}


def readers_of(hub: Hub, topics: Iterable[str]) -> list[Reader]:
    """Return whoever is known to read these out-trays."""
    found = []
    with hub.engine.connect() as connection:
        for name, table in _OWN.items():
            held = positions.load(connection, table)
            found.append(Reader(name, {one[:2]: one.next_offset for one in held}))
    return found + group_readers(hub.addresses.kafka_bootstrap, topics)
