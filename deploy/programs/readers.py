"""The readers as programs: the job passport and the analytics, each following its tray."""

import threading
from collections.abc import Callable
from datetime import timedelta

from consumers.analytics.facts import AnalyticsFacts
from consumers.follower import TrayFollower, Turn
from consumers.passport.facts import PassportFacts
from consumers.projection import Projection
from consumers.tray_reader import TrayReader
from deploy.broker.topics import TOMBSTONE_DAYS
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.metrics import BEHIND, FOLLOWED
from deploy.operations.garbage import collecting_when_called
from deploy.programs.read_trays import PASSPORT_AGREEMENT, STATISTICS_AGREEMENT
from schemas.identifiers import AgreementId
from schemas.trays import out_tray


def run_passport(
    hub: Hub, stop: threading.Event, agreement_id: AgreementId = PASSPORT_AGREEMENT
) -> None:
    """Keep the passports in step with their tray until stopped.

    Raises BusError when the tray cannot be read, or a key not be opened; started again, it resumes
    where it was.
    """
    _follow(hub, stop, agreement_id, PassportFacts(hub.vault), HubUser.PASSPORT)


def run_analytics(
    hub: Hub, stop: threading.Event, agreement_id: AgreementId = STATISTICS_AGREEMENT
) -> None:
    """Keep the hub's figures in step with their tray until stopped. Raises BusError as above."""
    _follow(hub, stop, agreement_id, AnalyticsFacts(), HubUser.ANALYTICS)


def _follow(
    hub: Hub,
    stop: threading.Event,
    agreement_id: AgreementId,
    projection: Projection,
    user: HubUser,
) -> None:
    observe = _observer(agreement_id)
    with (
        TrayReader(hub.kafka(user), out_tray(agreement_id)) as tray,
        collecting_when_called() as collect,
    ):

        def on_turn(turn: Turn) -> None:
            observe(turn)
            collect()  # also where nothing came: the client's own objects are garbage, too

        tray_follower(hub, tray, projection, on_turn).run(stop)


def tray_follower(
    hub: Hub,
    tray: TrayReader,
    projection: Projection,
    on_turn: Callable[[Turn], None] = lambda _: None,
) -> TrayFollower:
    """Return what keeps a projection in step with its tray; `on_turn` is called after each turn."""
    return TrayFollower(
        hub.engine,
        tray,
        projection,
        absence_limit=timedelta(days=TOMBSTONE_DAYS),
        clock=hub.clock,
        on_turn=on_turn,
    )


def _observer(agreement_id: AgreementId) -> Callable[[Turn], None]:
    upserted = FOLLOWED.labels(agreement_id, "upserted")
    deleted = FOLLOWED.labels(agreement_id, "deleted")
    behind = BEHIND.labels(agreement_id)

    def observe(turn: Turn) -> None:
        upserted.inc(turn.upserted)
        deleted.inc(turn.deleted)
        if turn.behind is not None:
            behind.set(turn.behind)

    return observe
