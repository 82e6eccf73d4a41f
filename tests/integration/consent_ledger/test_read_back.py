from sqlalchemy import insert

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.journal.disclosures import disclosed_of
from consent_ledger.rights.erasure import finish_erasure, record_erasure
from consent_ledger.rights.read_back import names_of, scan_tables, scan_tray
from consent_ledger.tables.delivery import position
from consent_ledger.tables.transparency_log import entry
from deploy.migrations.all_tables import METADATA
from schemas.identifiers import AgreementId, PassportNumber
from schemas.trays import is_tick
from tests.support.bus import Bus
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.factories import make_enrolment, make_events


def names(bus: Bus, participant_id: PassportNumber) -> list[str]:
    """Return every name of somebody."""
    with bus.engine.connect() as connection:
        terms = read_agreements(connection)
    return names_of(participant_id, [one.agreement for one in terms.agreements.values()], PEPPER)


def found_in_tables(bus: Bus, participant_id: PassportNumber) -> dict[str, int]:
    """Return the tables that hold a name of somebody."""
    with bus.engine.connect() as connection:
        found = scan_tables(connection, METADATA, names(bus, participant_id))
    assert len(found) >= 20
    return {table: rows for table, rows in found.items() if rows}


def erased(bus: Bus) -> PassportNumber:
    """Return the number of somebody who had events in two trays, and was erased."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(*make_events(participant_id))
    bus.turn()
    erase(bus, participant_id)
    return participant_id


def erase(bus: Bus, participant_id: PassportNumber) -> None:
    """Erase somebody."""
    with bus.ledger.begin() as tx:
        record_erasure(tx, participant_id, bus.vault)
    bus.turn()
    with bus.ledger.begin() as tx:
        finish_erasure(tx, participant_id)


def test_whoever_is_not_erased_is_found_wherever_they_are(bus: Bus) -> None:
    """A scan that could find nothing would prove nothing."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(*make_events(participant_id))
    bus.turn()

    assert found_in_tables(bus, participant_id) == {
        "ledger.participant": 1,
        "ledger.standing": 1,
        "ledger.change": 2,
        "ledger.journal": 3,
        "ledger.disclosure": 6,
        "ledger.waiting": 1,
    }
    for agreement_id in ("borough-d.support", "hub.statistics"):
        scan = scan_tray(bus.records(AgreementId(agreement_id)), names(bus, participant_id))
        assert scan == (3, 3, 0)


def test_nothing_is_found_of_somebody_erased_but_bytes_that_wait_for_compaction(bus: Bus) -> None:
    """Each record and its tombstone, in the pseudonymous tray, too."""
    participant_id = erased(bus)

    assert found_in_tables(bus, participant_id) == {}
    for agreement_id in ("borough-d.support", "hub.statistics"):
        scan = scan_tray(bus.records(AgreementId(agreement_id)), names(bus, participant_id))
        assert (scan.survivors, scan.awaiting) == (0, 6)
    with bus.engine.connect() as connection:
        assert disclosed_of(connection, [participant_id]) == []


def test_a_name_in_somebody_elses_record_or_within_bytes_is_found(bus: Bus) -> None:
    """A number that a provider wrote where it does not belong is a survivor."""
    participant_id, other = erased(bus), bus.participant()
    bus.grant(other, AgreementId("borough-d.support"))
    about = make_enrolment(participant_id=other)
    source = about.source
    assert source is not None
    bus.publish(
        about.model_copy(update={"source": source.model_copy(update={"reference": participant_id})})
    )
    bus.turn()
    with bus.engine.begin() as connection:
        connection.execute(
            insert(position).values(topic=f"in.{participant_id}", partition=0, next_offset=0)
        )
        connection.execute(insert(entry).values(seq=999, leaf=participant_id.encode(), hashes=b""))

    assert found_in_tables(bus, participant_id) == {"ledger.position": 1, "ledger.entry": 1}
    scan = scan_tray(bus.records(AgreementId("borough-d.support")), names(bus, participant_id))
    assert scan.survivors == 1


def test_a_copy_in_another_partition_is_found(bus: Bus) -> None:
    """Under the very key of the record: the tombstone in the person's own partition hides it not.

    Its reader could still read it.
    """
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(make_enrolment(participant_id=participant_id))
    bus.turn()
    (mine,) = bus.records(AgreementId("borough-d.support"))
    elsewhere = (mine.partition + 1) % PARTITIONS
    bus.broker.append(mine.topic, elsewhere, mine.key, mine.value, mine.headers)
    erase(bus, participant_id)

    records = bus.records(AgreementId("borough-d.support"))

    tombstones = [one for one in records if one.value is None and not is_tick(one.key)]
    assert [one.partition for one in tombstones] == [mine.partition]
    scan = scan_tray(records, names(bus, participant_id))
    assert (scan.survivors, scan.awaiting) == (1, 2)
