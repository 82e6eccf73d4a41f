"""Who reads the trays, and how far: the hub's own, and recipients by consumer group or HTTP."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Table

from consent_ledger.rights.acknowledgement import Reader
from consumers import positions
from consumers.analytics.facts import AnalyticsFacts
from consumers.inbox.reading import all_read_so_far
from consumers.passport.facts import PassportFacts
from deploy.broker.consumer_groups import group_readers
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from schemas.trays import out_tray

_OWN: Final[dict[str, Table]] = {
    "job passports": PassportFacts.position,
    "hub figures": AnalyticsFacts.position,
}


def readers_of(hub: Hub, topics: Iterable[str]) -> list[Reader]:
    """Return the known readers of these out-trays."""
    own = []
    with hub.engine.connect() as connection:
        for name, table in _OWN.items():
            held = positions.load(connection, table)
            own.append(Reader(name, {position[:2]: position.next_offset for position in held}))
        by_http = [
            Reader(
                f"{read.organisation} over HTTP",
                {(out_tray(read.agreement_id), n): at for n, at in read.positions.items()},
            )
            for read in all_read_so_far(connection)
        ]
    return own + by_http + group_readers(hub.kafka(HubUser.OPERATOR), topics)
