"""The same attacks on a real PostgreSQL, and what its owner can do to a bus that has run."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, Table, create_engine, insert, text

from consent_ledger.rights.disclosure_batches import enter_closed_turns
from consent_ledger.tables.consent import agreement_version, change, standing
from consent_ledger.tables.register import participant, service
from consent_ledger.tables.transparency_log import checkpoint, entry, head
from consent_ledger.transparency.log_report import LogPart, LogReport
from consent_ledger.verification.ledger_verification import verify_ledger
from schemas.identifiers import AgreementId, ServiceId
from tests.plugins.database_server import fresh_database
from tests.support.bus import Bus
from tests.support.factories import make_referral
from tests.tampering.attack import ATTACKS, Target
from tests.tampering.copy_of_ledger import LedgerCopy
from tests.tampering.honest_history import HonestHistory
from tests.tampering.prove import MODULES

TABLES = (standing, change, agreement_version, service, participant, checkpoint, entry, head)
HISTORIES = 40
OF_DISCLOSURES = {name for name in ATTACKS if "disclosure" in name}
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
            [row._asdict() | {"provider_id": "p", "name": "A service"} for row in copy.services],
        ),
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
    " SET body = jsonb_set(body, '{pseudonymous}', 'true')",
    "a service no longer sensitive": "UPDATE ledger.service SET is_sensitive = NOT is_sensitive",
    "a service marked by another entry": "UPDATE ledger.service SET seq = seq + 1",
    "the feed cut short": "DELETE FROM ledger.change WHERE kind = 'given'",
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
