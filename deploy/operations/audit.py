"""The audit of a hub that runs: its journal and ledger against its trays on Kafka."""

from functools import partial
from typing import Final

from sqlalchemy import func, select

from consent_ledger.audit.auditing import audit
from consent_ledger.audit.differences import AuditReport
from consent_ledger.audit.gathering import OnProgress
from consent_ledger.audit.stored_facts import PostgresFacts
from consumers.tray_reader import read_tray
from deploy.broker.topics import topics_there
from deploy.home.kafka_users import HubUser
from deploy.home.memberships import read_memberships
from deploy.hub import Hub
from deploy.migrations.database import let_it_be_long
from deploy.operations.audit_processes import audit_in_processes
from deploy.operations.audit_share import COLLECTED_EVERY
from deploy.operations.cores import cores
from deploy.operations.garbage import collecting_when_called
from deploy.operations.read_models import audit_read_models
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.trays import out_tray

_WORTH_PROCESSES: Final = 10_000
"""Events of a journal of which processes gather the sooner: to start one takes about a second."""


def audit_hub(
    hub: Hub,
    *,
    with_read_models: bool = False,
    processes: int | None = None,
    on_progress: OnProgress = lambda *_: None,
) -> AuditReport:
    """Compare every out-tray with what it must hold now, and if asked read models with their trays.

    So many `processes` read, at most as there are partitions. By default it is this one alone; of
    a long journal as many as this process may have cores.

    Raises as `audit` and `read_tray`, and BusError where a process ends before it is done.
    """
    kafka = hub.kafka(HubUser.OPERATOR)
    with (
        hub.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        collecting_when_called(COLLECTED_EVERY) as collect,
    ):

        def go_on(what: str, done: int, total: int | None) -> None:
            collect()
            on_progress(what, done, total)

        let_it_be_long(connection)
        stored = PostgresFacts(connection)
        now, topics = hub.clock(), _topics_but_drafted(hub, kafka)
        if processes is None:
            processes = cores() if stored.has_events(_WORTH_PROCESSES) else 1
        processes = min(processes, hub.settings.partitions)
        if processes > 1:
            report = audit_in_processes(
                hub,
                now,
                snapshot=connection.execute(select(func.pg_export_snapshot())).scalar_one(),
                topics=topics,
                processes=processes,
                on_progress=go_on,
            )
        else:
            report = audit(
                stored,
                hub.vault,
                hub.secrets.pepper,
                partial(read_tray, kafka),
                now,
                partitions=hub.settings.partitions,
                topics=topics,
                on_progress=go_on,
            )
    if with_read_models:
        report.differences += audit_read_models(hub)
    return report


def _topics_but_drafted(hub: Hub, kafka: KafkaConnection) -> list[TopicName]:
    """Return the topics without the empty trays that wait for a drafted agreement."""
    memberships = read_memberships(hub.settings.home).values()
    drafted = {out_tray(found.draft) for found in memberships if found.draft}
    return [
        topic
        for topic in topics_there(kafka)
        if topic not in drafted or any(True for _ in read_tray(kafka, topic))
    ]
