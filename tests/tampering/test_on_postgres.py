"""The same attacks on a real PostgreSQL, and what its owner can do to a bus that has run."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, Table, create_engine, insert, null, text

from consent_ledger.rights.disclosure_batches import enter_closed_turns
from consent_ledger.rights.enforcement_batches import enter_enforcements
from consent_ledger.rights.enforcement_leaves import EnforcedRow
from consent_ledger.tables.consent import agreement_version, change, standing
from consent_ledger.tables.credentials import api_key
from consent_ledger.tables.delivery import (
    aborted_turn,
    enforcement,
    shard,
    sweep,
    unentered_turn,
)
from consent_ledger.tables.register import participant, provider, service, two_people
from consent_ledger.tables.rights import erasure_certificate
from consent_ledger.tables.transparency_log import checkpoint, entry, head
from consent_ledger.transparency.log_report import LogPart, LogReport
from consent_ledger.verification.ledger_verification import verify_ledger
from schemas.identifiers import AgreementId, ServiceId
from tests.plugins.database_server import fresh_database
from tests.support.bus import Bus
from tests.support.factories import make_referral
from tests.tampering.attack import ATTACKS, Target
from tests.tampering.copy_of_ledger import LedgerCopy
from tests.tampering.honest_history import BEGIN, HonestHistory
from tests.tampering.prove import MODULES

TABLES = (
    *(standing, change, agreement_version, service, provider, two_people, participant),
    *(checkpoint, entry, head, enforcement, sweep, shard, aborted_turn, unentered_turn),
    *(erasure_certificate, api_key),
)
HISTORIES = 40
OF_DISCLOSURES = {
    name for name in ATTACKS if any(one in name for one in ("disclosure", "disclosed", "turn told"))
}
"""Tried on a bus that has disclosed something, below."""

assert MODULES


@pytest.fixture(scope="module")
def engine(database_server: str, template_database: str) -> Iterator[Engine]:
    """Connect as the owner to a database that copies are written to, one after the other."""
    with fresh_database(database_server, template=template_database) as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def write(engine: Engine, copy: LedgerCopy) -> None:
    """Put a copy in the place of all that is there, as an owner can who takes the triggers off."""
    people = [
        row._asdict() | {"sealed_key": bytes(32) if row.state == "active" else None}
        for row in copy.participants
    ]
    rows: list[tuple[Table, Sequence[Any]]] = [
        (participant, people),
        (change, [row._asdict() for row in copy.changes]),
        (standing, [row._asdict() for row in copy.standings]),
        (agreement_version, [row._asdict() for row in copy.versions]),
        (
            service,
            [row._asdict() | {"name": "A service"} for row in copy.services],
        ),
        (provider, [{"provider_id": one, "name": "Somebody"} for one in copy.providers]),
        (shard, [row._asdict() | {"epoch": 0} for row in copy.shards]),
        (sweep, [row._asdict() | _UNDER_WAY for row in copy.sweeps]),
        (enforcement, list(map(_stored, copy.enforcements))),
        (aborted_turn, [{"turn": turn} for turn in copy.aborted_turns]),
        (unentered_turn, [{"turn": turn} for turn in copy.unentered_turns]),
        (
            erasure_certificate,
            [
                {
                    "seq": row.seq,
                    "body": row.body or null(),
                    "owed_for": None if row.body else ["a code"],
                }
                for row in copy.certificates
            ],
        ),
        (api_key, [row._asdict() for row in copy.api_keys]),
        (two_people, [row._asdict() for row in copy.two_people]),
        (checkpoint, [{"size": size, "note": note} for size, note in copy.checkpoints]),
        (
            entry,
            [{"seq": seq, "leaf": leaf, "hashes": hashes} for seq, leaf, hashes in copy.entries],
        ),
        (head, [{"size": copy.head[0], "state": copy.head[1]}]),
    ]
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in TABLES:
            connection.execute(table.delete())
        for table, values in rows:
            if values:
                connection.execute(insert(table), values)


_UNDER_WAY = {"since": BEGIN, "until": BEGIN, "is_release": False}


def _stored(row: EnforcedRow) -> dict[str, Any]:
    values = row._asdict()
    del values["part_of"]  # it stands in the feed
    return values | {"entered_by": values.pop("seq"), "seq": values.pop("entry")}


def checked(engine: Engine, target: Target) -> LogReport:
    """Write the target's copy and verify what PostgreSQL holds then."""
    write(engine, target.copy)
    with engine.connect() as connection:
        return verify_ledger(connection, target.trusted, target.outside)


@pytest.mark.parametrize("name", sorted(set(ATTACKS) - OF_DISCLOSURES))
def test_an_attack_on_a_database_is_found_and_its_first_bad_entry_named(
    engine: Engine, name: str
) -> None:
    """And before the attack nothing is wrong."""
    for seed in range(HISTORIES):
        target = Target(
            HonestHistory(seed, discloses=False),
            random.Random(seed),  # noqa: S311 - attacks, not secrets
        )
        before = target.copy.copy()
        wanted = ATTACKS[name](target)
        if wanted is not None:
            break
    else:
        pytest.fail("no history has anything to be attacked so")
    attacked, target.copy = target.copy, before

    assert checked(engine, target).faults == ()
    target.copy = attacked
    assert wanted.is_named(checked(engine, target))


@pytest.fixture
def bus(database_url: str) -> Iterator[Bus]:
    """Give a bus on which something was disclosed, and that is in the ledger."""
    engine = create_engine(database_url, hide_parameters=True)
    bus = Bus(engine)
    number = bus.participant()
    bus.grant(number, AgreementId("borough-d.support"))
    bus.publish(
        make_referral(ServiceId("borough-d.jobs"), participant_id=number, provider_id="borough-d")
    )
    bus.turn()
    with engine.begin() as connection:
        enter_closed_turns(bus.ledger.on(connection))
        assert enter_enforcements(bus.ledger.on(connection)) > 0
    yield bus
    engine.dispose()


DONE_BY_THE_OWNER = {
    "a disclosure that says less": "UPDATE ledger.disclosure SET mask = mask & 1",
    "a disclosure back-dated": "UPDATE ledger.disclosure"
    " SET decided_at = decided_at - '1 day'::interval",
    "a disclosure by the other gate": "UPDATE ledger.disclosure"
    " SET by_sensitive_gate = NOT by_sensitive_gate",
    "a disclosure of another event": "UPDATE ledger.disclosure SET event_id = gen_random_uuid()",
    "disclosures deleted": "DELETE FROM ledger.disclosure",
    "a disclosure made up": "INSERT INTO ledger.disclosure SELECT turn, participant_id, event_id,"
    " 'college-c.outcomes', shown_as, issue, mask, by_sensitive_gate, digest, decided_by,"
    " decided_at FROM ledger.disclosure",
    "a batch without its hashes": "UPDATE ledger.disclosure_batch SET hashes = ''",
    "batches deleted": "DELETE FROM ledger.disclosure_batch",
    "a standing that opens more": "UPDATE ledger.standing SET granted = granted | (1 << 12)",
    "the salt of a standing changed": "UPDATE ledger.standing SET excluded = '{college-c}'",
    "an agreement that shares more": "UPDATE ledger.agreement_version"
    " SET body = jsonb_set(body, '{pseudonym}', '\"event\"')",
    "a service no longer sensitive": "UPDATE ledger.service SET is_sensitive = NOT is_sensitive",
    "a service marked by another entry": "UPDATE ledger.service SET seq = seq + 1",
    "the feed cut short": "DELETE FROM ledger.change WHERE kind = 'given'",
    "enforcements deleted": "DELETE FROM ledger.enforcement",
    "enforced an hour earlier": "UPDATE ledger.enforcement"
    " SET enforced_at = enforced_at - '1 hour'::interval",
    "enforced with other counts": "UPDATE ledger.enforcement SET tombstones = 999",
    "enforced for another recipient": "UPDATE ledger.enforcement SET by_agreement ="
    """ '{"college-c.outcomes": [9, 0]}', records = 9, tombstones = 0""",
    "enforced by nobody's entry": "UPDATE ledger.enforcement SET entered_by = 0",
    "enforced by no entry": "UPDATE ledger.enforcement SET entered_by = NULL,"
    " enforced_at = enforced_at - '1 hour'::interval",
    "a change parted from its whole": "UPDATE ledger.change SET with_seq = seq - 1"
    " WHERE kind = 'given'",
    "what was carried out told as under way": "INSERT INTO ledger.sweep"
    " (shard_id, since, until, seqs, is_release)"
    " SELECT shard_id, enforced_at, enforced_at, ARRAY[seq], false FROM ledger.enforcement",
    "entries skipped": "UPDATE ledger.shard SET next_seq = next_seq + 1000",
    "entries to be carried out again": "UPDATE ledger.shard SET next_seq = 0",
    "a partition without a writer": "UPDATE ledger.shard SET partitions = partitions[2:]",
    "every turn cut short": "INSERT INTO ledger.aborted_turn"
    " SELECT DISTINCT turn FROM ledger.disclosure_batch",
    "turns that wait again": "INSERT INTO ledger.unentered_turn"
    " SELECT DISTINCT turn FROM ledger.disclosure_batch",
    "a certificate made up": "INSERT INTO ledger.erasure_certificate (seq, body)"
    """ VALUES (1, '{"awaiting": 0}')""",
    "an organisation made up": "INSERT INTO ledger.provider (provider_id, name)"
    " VALUES ('evil-e', 'Evil')",
    "a service of another organisation": "UPDATE ledger.service SET provider_id = 'college-c'"
    " WHERE provider_id = 'borough-d'",
    "a participant in another partition": "UPDATE ledger.participant"
    " SET partition = 1 - partition % 2",
    "a participant deleted": "UPDATE ledger.participant"
    " SET state = 'erased', ledger_id = NULL, salt = NULL, sealed_key = NULL",
}


@pytest.mark.parametrize("statement", DONE_BY_THE_OWNER.values(), ids=DONE_BY_THE_OWNER)
def test_what_the_filter_believes_is_held_against_the_entries(bus: Bus, statement: str) -> None:
    """The log is untouched, and a table says something else: found, and its entry named."""
    with bus.engine.connect() as connection:
        assert verify_ledger(connection, bus.verifier_key).faults == ()
    with bus.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(text(statement)).rowcount > 0
    with bus.engine.connect() as connection:
        report = verify_ledger(connection, bus.verifier_key)

    assert {fault.part for fault in report.faults} == {LogPart.TABLE}
    assert all(0 <= fault.first <= report.size for fault in report.faults)
