"""The hub's own read models, held against their trays and put right from them."""

from collections.abc import Mapping

from sqlalchemy import Connection

from consent_ledger.audit.differences import Difference
from consumers.analytics.comparing import AnalyticsModel
from consumers.passport.comparing import PassportModel
from consumers.positions import load
from consumers.read_models import ReadModel, WrongRow, compare_with_tray, hold, mend
from consumers.tray_reader import read_tray
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.migrations.database import let_it_be_long
from schemas.identifiers import AgreementId
from schemas.trays import OUT_PREFIX


def audit_read_models(hub: Hub) -> list[Difference]:
    """Return each event of which a read model gives something else than its tray.

    Raises as `read_tray` and `compare_with_tray`.
    """
    with hub.engine.connect() as connection:
        let_it_be_long(connection)
        return [row.difference for rows in _wrong(hub, connection).values() for row in rows]


def repair_read_models(hub: Hub) -> dict[AgreementId, int]:
    """Replace what a read model gives otherwise than its tray; return how many events by tray."""
    with hub.engine.begin() as connection:
        let_it_be_long(connection)
        for model in _models(hub):
            hold(connection, model)
        counts = {}
        for (agreement_id, model), rows in _wrong(hub, connection).items():
            mend(connection, model, rows)
            if rows:
                counts[agreement_id] = len(rows)
        return counts


def _models(hub: Hub) -> tuple[ReadModel, ...]:
    return PassportModel(hub.vault), AnalyticsModel()


def _wrong(
    hub: Hub, connection: Connection
) -> Mapping[tuple[AgreementId, ReadModel], list[WrongRow]]:
    """Compare each read model with the tray that it follows; one that never began is left out."""
    found = {}
    for model in _models(hub):
        topics = {one.topic for one in load(connection, model.projection.position)}
        for topic in topics:
            agreement_id = AgreementId(topic.removeprefix(OUT_PREFIX))
            records = read_tray(hub.kafka(HubUser.OPERATOR), topic)
            found[agreement_id, model] = compare_with_tray(connection, model, agreement_id, records)
    return found
