"""The certificate of an erasure: everything read back, and kept under the erasure's entry.

Kept, it holds no personal data: counts, moments, and how far in each tray a reader must have come.
So it can be asked for by the entry's index long after the passport number has gone, and names who
has acknowledged since.
"""

import time
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from typing import Final

from pydantic import TypeAdapter

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.rights.acknowledgement import acknowledgements, kept, noting_places
from consent_ledger.rights.compaction import expired_by, keys_gone_by, values_gone_by
from consent_ledger.rights.erasure_certificate import Certificate
from consent_ledger.rights.kept_certificates import (
    ListedErasure,
    keep_certificate,
    kept_certificate,
    listed_erasures,
    owed_certificates,
)
from consent_ledger.rights.read_back import count_holding, names_of, scan_tables, scan_tray
from consumers.tray_reader import read_tray
from deploy.broker.topics import compaction_settings, retention_settings
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
    bootstrap = hub.addresses.kafka_bootstrap
    numbers = erased.participant_ids
    with hub.engine.connect() as connection:
        terms = read_agreements(connection)
    agreements = [one.agreement for one in terms.agreements.values()]
    names = [name for one in numbers for name in names_of(one, agreements, hub.secrets.pepper)]
    trays, deletions = {}, {}
    for agreement in sorted(agreements, key=attrgetter("id")):
        topic = out_tray(agreement.id)
        behind: dict[int, int] = {}
        found = under_their_number(
            read_tray(bootstrap, topic), agreement, numbers, hub.secrets.pepper
        )
        records = noting_places(found, names, behind)
        trays[topic], deletions[topic] = scan_tray(records, names), behind
    dead = scan_all(hub, numbers)
    in_trays = {
        topic: count_holding(read_tray(bootstrap, topic), numbers)
        for topic in map(in_tray, sorted(terms.providers))
    }
    tables = _tables_in_the_end(hub, names, timeout_seconds)
    now = hub.clock()
    tick_every = timedelta(milliseconds=hub.settings.segment_ms)
    settings = compaction_settings(bootstrap, [*trays, *dead])
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
        in_trays_gone_by=expired_by(now, retention_settings(bootstrap, in_trays)),
        dead_letters_gone_by=expired_by(now, retention_settings(bootstrap, dead)),
    )
    _keep(hub, made)
    return made


def certificate_of(hub: Hub, seq: LedgerIndex) -> Certificate:
    """Return an entry's certificate, or CertificateError, with who has acknowledged by now."""
    with hub.engine.connect() as connection:
        body = kept_certificate(connection, seq)
        is_owed = seq in owed_certificates(connection)
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
    after = acknowledgements(before.deletions, readers_of(hub, before.trays), hub.clock())
    made = replace(before, acknowledgements=kept(before.acknowledgements, after))
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


def _tables_in_the_end(hub: Hub, names: list[str], timeout_seconds: float) -> dict[str, int]:
    until = time.monotonic() + timeout_seconds
    while True:
        with hub.engine.connect() as connection:
            tables = dict(scan_tables(connection, METADATA, names))
        if not any(tables.values()) or time.monotonic() >= until:
            return tables
        time.sleep(LOOK_SECONDS)
