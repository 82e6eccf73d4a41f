"""An audit that is divided, without processes: each share gathers by itself."""

import pickle
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Final

from consent_ledger.audit.auditing import all_that_waits, report_of
from consent_ledger.audit.differences import AuditReport
from consent_ledger.audit.facts import read_facts
from consent_ledger.audit.gathering import Gathered, Gathering
from consent_ledger.audit.shares import Share
from consent_ledger.audit.stored_facts import StoredFacts
from consent_ledger.audit.trays import ReadTray
from consent_ledger.journal.vault import Vault
from schemas.identifiers import TopicName
from schemas.trays import PlacedRecord
from tests.support.bus_settings import PARTITIONS, PEPPER

SHARES: Final = tuple(Share(number, 3) for number in range(3))


def audit_in_shares(
    stored: StoredFacts,
    vault: Vault,
    read_tray: ReadTray,
    now: datetime,
    topics: Iterable[TopicName],
) -> AuditReport:
    """Put together what shares gather, with what processes send each other."""
    with ExitStack() as stack:
        gatherings = [
            stack.enter_context(
                Gathering(
                    read_facts(stored, PEPPER, PARTITIONS, now, share), vault, lambda *_: None
                )
            )
            for share in SHARES
        ]
        for gathering in gatherings:
            gathering.take_journal(stored)
        waiting = all_that_waits(one.waiting for one in _sent(gatherings))
        for share, gathering in zip(SHARES, gatherings, strict=True):
            gathering.take_trays(partial(_read_share, read_tray, share), waiting)
        return report_of(
            _sent(gatherings),
            [one.wanted for one in gatherings],
            [one.held for one in gatherings],
            topics,
        )


def _read_share(read_tray: ReadTray, share: Share, topic: TopicName) -> list[PlacedRecord]:
    return [one for one in read_tray(topic) if share.has_partition(one.partition)]


def _sent(gatherings: Sequence[Gathering]) -> list[Gathered]:
    return [pickle.loads(pickle.dumps(one.gathered)) for one in gatherings]  # noqa: S301 - our own
