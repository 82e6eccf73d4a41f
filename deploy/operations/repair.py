"""Putting trays right after an audit: what may not stand is taken away, the rest decided anew.

The filter's own shards do it, so this takes them over for a moment: a filter that runs stops, and
goes on where it was when it is started again, as `nwd up` does at once.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from consent_ledger.audit.differences import AuditReport, WrongPlace
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, record
from deploy.hub import Hub
from deploy.operations.read_models import repair_read_models
from deploy.operations.resurrection import refuse_resurrected
from deploy.operations.shards import acquire_shard, beside_filters, open_log, shard_ids
from schemas.identifiers import AgreementId
from schemas.trays import partition_of


@dataclass(frozen=True)
class Repaired:
    """How many records were put right, in trays and in read models, by agreement."""

    trays: dict[AgreementId, int]
    read_models: dict[AgreementId, int]


def repair_hub(hub: Hub, report: AuditReport, *, with_read_models: bool) -> Repaired:
    """Put right what an audit found, trays first: read models are replaced from them.

    It is entered in the ledger, by counts alone; that of trays before it is begun.

    Raises ResurrectedError as a filter does that is started; FencedError or EventLogError when a
    filter would not let it.
    """
    refuse_resurrected(hub)
    trays = Counter(place.agreement_id for place in report.wrong_places)
    if trays:
        _enter(hub, trays=dict(sorted(trays.items())))
        beside_filters(lambda: _repair(hub, report.wrong_places))
    read_models = repair_read_models(hub) if with_read_models else {}
    if read_models:
        _enter(hub, read_models=read_models)
    return Repaired(dict(sorted(trays.items())), read_models)


def _enter(hub: Hub, **counts: dict[AgreementId, int]) -> None:
    with hub.ledger.begin() as tx:
        record(tx, [NewEntry(EntryKind.REPAIRED, facts=counts)])


def _repair(hub: Hub, places: Sequence[WrongPlace]) -> None:
    """First take everything away, then write: a merged person's records are another shard's."""
    with ExitStack() as logs:
        shards = []
        for shard_id in shard_ids(hub):
            log = open_log(hub, shard_id)
            logs.callback(log.close)
            shards.append(acquire_shard(hub, shard_id, log))
        for shard in shards:
            shard.take_away([place[:3] for place in places if place.partition in shard.partitions])
        for shard in shards:
            shard.write_anew(
                {
                    (place.event, place.agreement_id)
                    for place in places
                    if place.event is not None
                    and partition_of(place.event[0], hub.settings.partitions) in shard.partitions
                }
            )
