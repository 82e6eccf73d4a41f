"""An erasure from end to end: listed, recorded, enforced, finished, read back, certified."""

import time
from datetime import timedelta
from functools import partial
from typing import Final

from consent_ledger.audit import ReadTray
from consent_ledger.enforcement import Enforcement, wait_until_enforced, wait_until_past
from consent_ledger.passport_numbers import participant_row
from consent_ledger.register import RegisterError
from consent_ledger.rights.compaction import expired_by, keys_gone_by, values_gone_by
from consent_ledger.rights.disclosure_batches import TURNS, enter_closed_turns
from consent_ledger.rights.erased_rows import not_erased, references_of, refuse_references
from consent_ledger.rights.erasure_certificate import Certificate
from consent_ledger.rights.read_back import count_holding, names_of, scan_tables, scan_tray
from consent_ledger.terms import read_terms
from consumers.tray_reader import read_tray
from deploy.dead_letters import scan_all, take_away_all_about
from deploy.hub import Hub
from deploy.migrations.all_tables import METADATA
from deploy.topics import compaction_settings, retention_settings
from schemas.errors import BusError
from schemas.trays import in_tray, out_tray

LOOK_SECONDS: Final = 0.2


class NotEnforcedError(BusError):
    """The erasure is recorded, and the filter has not carried it out in the time given."""


def erase_person(hub: Hub, participant_id: str, timeout_seconds: float) -> Enforcement | None:
    """Erase somebody, or go on where that was cut short; None when it was finished before.

    Raises:
        RegisterError: the number was never issued.
        NotEnforcedError: the trays still hold something; calling it again goes on.

    """
    with hub.engine.connect() as connection:
        if participant_row(connection, participant_id) is None:
            raise RegisterError(
                "That passport number was never issued.", "Check it with the person."
            )
    _enter_disclosures(hub)
    entry = _record(hub, participant_id)
    if entry is None:
        take_away_all_about(hub, [participant_id])
        return None
    done = wait_until_enforced(hub.engine, entry, timeout_seconds)
    # any shard may have had a letter in hand: what names the person may stand in a wrong partition
    if done is None or not wait_until_past(hub.engine, entry, timeout_seconds):
        raise NotEnforcedError(
            "The erasure is recorded, and the trays still hold something.",
            "Nothing of the person is decided or accepted any more. Run the command again when the"
            " filter runs (`nwd up` or `nwd run filter`): it goes on from here.",
        )
    take_away_all_about(hub, [participant_id])
    _enter_disclosures(hub)
    with hub.engine.begin() as connection:
        hub.erasure.finish(connection, participant_id)
    return done


def erase_suppressed(hub: Hub, timeout_seconds: float) -> int:
    """Erase everybody on the suppression list whom a restored backup still has; return how many.

    All are recorded before the first is waited for, so that every decision is closed at once. The
    references of everybody on it are refused again, also of those whom the backup never knew.

    Raises:
        NotEnforcedError: as above.

    """
    with hub.engine.begin() as connection:
        refuse_references(connection, hub.suppressed.references())
        again = hub.suppressed.among(not_erased(connection))
    for participant_id in again:
        _record(hub, participant_id)
    for participant_id in again:
        erase_person(hub, participant_id, timeout_seconds)
    return len(again)


def _record(hub: Hub, participant_id: str) -> int | None:
    """Enter an erasure in the ledger; return its entry, None when it is finished already.

    The person is on the suppression list before that counts: from then on nothing brings them
    back.
    """
    with hub.engine.begin() as connection:
        hub.suppressed.add(participant_id, references_of(connection, participant_id))
        return hub.erasure.record(connection, participant_id)


def _enter_disclosures(hub: Hub) -> None:
    """Enter in the ledger what was disclosed so far: the rows that it is worked out from will go.

    Before the erasure is recorded, because a leaf is made with the salt; and before it is finished,
    for what was retracted.
    """
    entered = TURNS
    while entered == TURNS:
        with hub.engine.begin() as connection:
            entered = enter_closed_turns(connection, hub.ledger)


def certify(
    hub: Hub, participant_id: str, done: Enforcement | None, timeout_seconds: float
) -> Certificate:
    """Read everything back and certify what was found.

    It waits as long for the readers of the trays, which follow the filter, to come so far.
    """
    with hub.engine.connect() as connection:
        terms = read_terms(connection)
    agreements = [one.agreement for one in terms.agreements.values()]
    in_trays = [in_tray(one) for one in sorted(terms.providers)]
    names = names_of(participant_id, agreements, hub.secrets.pepper)
    read: ReadTray = partial(read_tray, hub.addresses.kafka_bootstrap)
    topics = sorted(out_tray(one.id) for one in agreements)
    trays = {topic: scan_tray(read(topic), names) for topic in topics}
    dead = scan_all(hub, [participant_id])
    sent_in = {topic: count_holding(read(topic), [participant_id]) for topic in in_trays}
    until = time.monotonic() + timeout_seconds
    while True:
        with hub.engine.connect() as connection:
            tables = scan_tables(connection, METADATA, names)
        if not any(tables.values()) or time.monotonic() >= until:
            break
        time.sleep(LOOK_SECONDS)
    now = hub.clock()
    tick_every = timedelta(milliseconds=hub.settings.segment_ms)
    bootstrap = hub.addresses.kafka_bootstrap
    settings = compaction_settings(bootstrap, [*topics, *dead])
    return Certificate(
        now,
        done,
        trays,
        dead,
        sent_in,
        tables,
        values_gone_by(now, settings, tick_every),
        keys_gone_by(now, settings, tick_every),
        expired_by(now, retention_settings(bootstrap, in_trays)),
        expired_by(now, retention_settings(bootstrap, dead)),
    )
