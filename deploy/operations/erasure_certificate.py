"""The certificate of an erasure: everything read back, and kept under the erasure's entry.

Kept, it holds no personal data: counts, moments, and how far in each tray a reader must have come.
So it can be asked for by the entry's index long after the passport number has gone, and names who
has acknowledged since.
"""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from pydantic import TypeAdapter

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.journal.sealed_keys import begun_at, epochs
from consent_ledger.journal.vault import epoch_of
from consent_ledger.rights.acknowledgement import acknowledgements, kept, noting_places
from consent_ledger.rights.compaction import expired_by, keys_gone_by, values_gone_by
from consent_ledger.rights.erasure_certificate import ROTATING, Certificate
from consent_ledger.rights.kept_certificates import (
    ListedErasure,
    keep_certificate,
    kept_certificate,
    listed_erasures,
    owed_certificates,
)
from consent_ledger.rights.read_back import (
    count_holding,
    names_of,
    sampled_columns,
    scan_tables,
    scan_tray,
)
from consumers.tray_reader import read_tray
from deploy.broker.topics import compaction_settings, retention_settings
from deploy.home.kafka_users import HubUser
from deploy.home.secret_files import read_journal_keys
from deploy.hub import Hub
from deploy.migrations.all_tables import METADATA
from deploy.operations.acknowledgements import readers_of
from deploy.operations.dead_letters import scan_all
from deploy.operations.erasure import ErasedPerson
from deploy.operations.tray_names import under_their_number
from schemas.errors import BusError
from schemas.identifiers import LedgerIndex
from schemas.trays import in_tray, out_tray

LOOK_SECONDS: Final = 0.2
_AS_JSON: Final = TypeAdapter(Certificate)


class CertificateError(BusError):
    """A certificate that is not kept."""


def certify(hub: Hub, erased: ErasedPerson, timeout_seconds: float) -> Certificate:
    """Read everything back, certify what was found, and keep that under the erasure's entry.

    It waits as long for the hub's own readers, which follow the filter, to come so far.
    """
    kafka = hub.kafka(HubUser.OPERATOR)
    numbers = erased.participant_ids
    with hub.engine.connect() as connection:
        terms = read_agreements(connection)
    agreements = [one.agreement for one in terms.agreements.values()]
    names = [name for one in numbers for name in names_of(one, agreements, hub.secrets.pepper)]
    trays, deletions = {}, {}
    for agreement in sorted(agreements, key=attrgetter("id")):
        topic = out_tray(agreement.id)
        behind: dict[int, int] = {}
        found = under_their_number(read_tray(kafka, topic), agreement, numbers, hub.secrets.pepper)
        records = noting_places(found, names, behind)
        trays[topic], deletions[topic] = scan_tray(records, names), behind
    dead = scan_all(hub, numbers)
    in_trays = {
        topic: count_holding(read_tray(kafka, topic), numbers)
        for topic in map(in_tray, sorted(terms.providers))
    }
    tables = _tables_in_the_end(hub, names, timeout_seconds)
    now = hub.clock()
    epoch, sealed_gone_by = _journal_key(hub, now)
    tick_every = timedelta(milliseconds=hub.settings.segment_ms)
    settings = compaction_settings(kafka, [*trays, *dead])
    made = Certificate(
        made_at=now,
        done=erased.done,
        trays=trays,
        dead_letters=dead,
        in_trays=in_trays,
        tables=tables,
        deletions=deletions,
        acknowledgements=acknowledgements(deletions, readers_of(hub, trays), now),
        values_gone_by=values_gone_by(now, settings, tick_every),
        keys_gone_by=keys_gone_by(now, settings, tick_every),
        in_trays_gone_by=expired_by(now, retention_settings(kafka, in_trays)),
        dead_letters_gone_by=expired_by(now, retention_settings(kafka, dead)),
        sampled=_sampled(hub),
        epoch=epoch.hex(),
        sealed_gone_by=sealed_gone_by,
    )
    _keep(hub, made)
    return made


def certificate_of(hub: Hub, seq: LedgerIndex) -> Certificate:
    """Return an entry's certificate, or CertificateError, with what has become of it by now.

    That is, who has acknowledged, and whether the journal key of that time is destroyed.
    """
    with hub.engine.connect() as connection:
        body = kept_certificate(connection, seq)
        is_owed = seq in owed_certificates(connection)
        known = epochs(connection)
    if is_owed:
        raise CertificateError(
            f"The erasure under entry {seq} was cut short before everything was read back.",
            "`nwd erasure resume` does that, and keeps the certificate.",
        )
    if body is None:
        raise CertificateError(
            f"No certificate of an erasure is kept under entry {seq}.",
            "The number is the one that it says at the top: the ledger's entry of the erasure.",
        )
    before = _AS_JSON.validate_python(body)
    now = hub.clock()
    after = acknowledgements(before.deletions, readers_of(hub, before.trays), now)
    is_gone = bool(before.epoch) and bytes.fromhex(before.epoch) not in known
    made = replace(
        before,
        acknowledgements=kept(before.acknowledgements, after),
        sealed_gone_at=before.sealed_gone_at or (now if is_gone else None),
    )
    _keep(hub, made)
    return made


def listed(hub: Hub) -> list[ListedErasure]:
    """Return the erasures that have a certificate or are to have one, by entry."""
    with hub.engine.connect() as connection:
        return listed_erasures(connection)


def _keep(hub: Hub, made: Certificate) -> None:
    """Keep a certificate, unless an earlier run made it: then its entry is not known any more."""
    if made.done is None:
        return
    body = _AS_JSON.dump_python(made, mode="json")
    with hub.ledger.begin() as tx:
        keep_certificate(tx, made.done.seq, body)


def _journal_key(hub: Hub, now: datetime) -> tuple[bytes, datetime | None]:
    """Return the epoch of the newest journal key, and by when it is destroyed; None is never.

    That is when the rotation that begins next has ended.
    """
    epoch = epoch_of(read_journal_keys(hub.settings.home)[0])
    hours = hub.settings.key_rotation_hours
    with hub.engine.connect() as connection:
        began = begun_at(connection, epoch)
    if not hours or began is None:
        return epoch, None
    return epoch, max(began + timedelta(hours=hours), now) + ROTATING


def _sampled(hub: Hub) -> int:
    with hub.engine.connect() as connection:
        return sampled_columns(connection, METADATA)


def _tables_in_the_end(hub: Hub, names: list[str], timeout_seconds: float) -> dict[str, int]:
    until = time.monotonic() + timeout_seconds
    while True:
        with hub.engine.connect() as connection:
            tables = dict(scan_tables(connection, METADATA, names))
        if not any(tables.values()) or time.monotonic() >= until:
            return tables
        time.sleep(LOOK_SECONDS)
