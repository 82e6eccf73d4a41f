"""Somebody erased: gone from every tray and every table, and never back."""

from collections import Counter

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.postgres_store import PostgresFilterTransaction
from consent_ledger.ledger.enforcement import enforced
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.rights.erasure import ErasureError
from consent_ledger.tables.consent import change, standing
from consent_ledger.tables.delivery import disclosure, journal
from consent_ledger.tables.register import (
    counted_value,
    kept_identity,
    match_key,
    participant,
    provider_reference,
)
from consent_ledger.tables.transparency_log import entry
from consumers.analytics import tables as analytics
from consumers.analytics.facts import AnalyticsFacts
from consumers.changes import latest_changes
from consumers.passport import tables as passport
from consumers.passport.facts import PassportFacts
from consumers.projection import Projection
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ProviderId
from schemas.trays import TrayRecord, dead_letters, out_tray, tick_key
from tests.support.bus import Bus
from tests.support.bus_settings import PARTITIONS
from tests.support.erasures import (
    ADA,
    AGREEMENTS,
    EVERYWHERE,
    erase,
    finish,
    record,
    rows_of,
    somebody,
)
from tests.support.factories import make_enrolment, make_events
from tests.support.killing import KilledError, killed_at


def follow(bus: Bus, agreement_id: AgreementId, projection: Projection) -> None:
    """Apply a whole tray, as it stands in the log, to a recipient's tables."""
    records = [
        TrayRecord(out_tray(agreement_id), 0, at, record.key, record.value, ())
        for at, record in enumerate(bus.broker.read(out_tray(agreement_id)))
    ]
    with bus.engine.begin() as connection:
        projection.apply(connection, latest_changes(records))


def ticks_of(bus: Bus) -> Counter[tuple[str, int]]:
    """Return how many ticks the partitions of topics have."""
    return Counter(
        (topic, partition)
        for (topic, partition), records in bus.broker.partitions.items()
        for record in records
        if record.key == tick_key(partition)
    )


def test_every_tray_is_without_them_and_without_nobody_else(bus: Bus) -> None:
    """A tombstone for each event under each agreement, the pseudonymous one included."""
    participant_id, other = somebody(bus), somebody(bus)
    before = {one: bus.tray(AgreementId(one)) for one in EVERYWHERE}
    seq = record(bus, participant_id)
    assert seq is not None
    bus.turn()

    assert {one: len(bus.tray(AgreementId(one))) for one in EVERYWHERE} == {
        one: len(held) // 2 for one, held in before.items()
    }
    assert all(
        fields["participant_id"] == other
        for one in AGREEMENTS
        for fields in bus.tray(AgreementId(one)).values()
    )
    with bus.engine.connect() as connection:
        found = enforced(connection, LedgerIndex(seq))
    assert found is not None
    assert (found.records, found.tombstones) == (0, sum(map(len, before.values())) // 2)
    bus.assert_holds()


def test_nothing_of_what_was_told_is_counted_any_more(bus: Bus) -> None:
    """A count of one is of somebody; what others share stays."""
    gone, other = somebody(bus), somebody(bus)
    erase(bus, gone)
    with bus.engine.connect() as connection:
        shared = connection.scalars(select(counted_value.c.people)).all()
    erase(bus, other)

    with bus.engine.connect() as connection:
        counted = connection.scalars(select(counted_value.c.people)).all()
    assert shared
    assert set(shared) == {1}
    assert counted == []


def test_what_is_left_is_a_bare_number_that_leads_to_no_leaf(
    bus: Bus, erased: PassportNumber
) -> None:
    """No key, no salt, no pseudonym, no row of any kind; the feed has forgotten whose it was."""
    for table in (
        *(journal, disclosure, standing, match_key, kept_identity),
        *(provider_reference, change),
    ):
        assert rows_of(bus, table, erased) == 0, table.name
    with bus.engine.connect() as connection:
        row = connection.execute(
            select(participant).where(participant.c.participant_id == erased)
        ).one()
    held = {name for name, value in row._asdict().items() if value is not None}
    assert held == {"participant_id", "partition", "state"}
    assert row.state == "erased"


def test_the_entry_names_a_pseudonym_alone(bus: Bus, erased: PassportNumber) -> None:
    """Nothing in any leaf is the number."""
    with bus.engine.connect() as connection:
        leaves = [bytes(one) for one in connection.scalars(select(entry.c.leaf))]

    assert bus.leaf()["kind"] == "erased"
    assert set(bus.leaf()) == {"at", "format", "kind", "subject"}
    assert not any(erased.encode() in leaf for leaf in leaves)


def test_nobody_finds_them_and_nothing_can_be_granted(bus: Bus, erased: PassportNumber) -> None:
    """Who comes again is somebody new; the old number opens nothing."""
    with pytest.raises(RegisterError, match="No participant has"):
        bus.grant(erased, AgreementId("borough-d.support"))
    with bus.ledger.begin() as tx:
        again = bus.register.register(tx, ProviderId("college-c"), ADA)

    assert not isinstance(again, PossibleMatches)
    assert again.is_new
    assert again.participant_id != erased


def test_decisions_are_closed_from_the_entry_on(bus: Bus) -> None:
    """Before the filter has come to it: no permission, no key, no match, nothing accepted."""
    participant_id = somebody(bus)
    record(bus, participant_id)

    with pytest.raises(RegisterError, match="No participant has"):
        bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(make_enrolment(participant_id=participant_id))
    report = bus.turn()

    assert dict(report.refused) == {"erased-participant": 1}
    for table in (standing, match_key, kept_identity, provider_reference):
        assert rows_of(bus, table, participant_id) == 0
    assert bus.tray(AgreementId("borough-d.support")) == {}


def test_an_erasure_is_not_finished_before_the_trays_are_empty(bus: Bus) -> None:
    """The disclosures say what to retract: they stay until that is done."""
    participant_id = somebody(bus)
    with pytest.raises(ErasureError, match="record it first"):
        finish(bus, participant_id)
    record(bus, participant_id)

    with pytest.raises(ErasureError, match="trays still hold"):
        finish(bus, participant_id)

    assert rows_of(bus, disclosure, participant_id) > 0


def test_erasing_again_goes_on_where_it_was(bus: Bus) -> None:
    """One entry, however often it is asked for; none for somebody who is gone."""
    participant_id = somebody(bus)
    first = record(bus, participant_id)

    assert record(bus, participant_id) == first

    bus.turn()
    finish(bus, participant_id)
    finish(bus, participant_id)

    assert record(bus, participant_id) is None


def test_a_number_that_was_never_issued_cannot_be_erased(bus: Bus) -> None:
    """It is said."""
    with pytest.raises(RegisterError, match="No participant has"):
        record(bus, PassportNumber("NWD-SAMP-1E00-9"))


def test_a_withdrawal_just_before_an_erasure_is_not_enforced_without_its_tombstones(
    bus: Bus,
) -> None:
    """The erasure is committed between the filter's look at the ledger and at the people."""
    participant_id = somebody(bus)
    seq = bus.withdraw(participant_id, AgreementId("borough-d.support"))

    real = PostgresFilterTransaction.people

    def people(self: PostgresFilterTransaction, ids: list[PassportNumber]) -> object:
        record(bus, participant_id)
        return real(self, ids)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PostgresFilterTransaction, "people", people)
        bus.turn()

    with bus.engine.connect() as connection:
        assert enforced(connection, seq) is not None
    assert bus.tray(AgreementId("borough-d.support")) == {}


def test_right_after_an_erasure_every_partition_of_every_topic_gets_a_tick(bus: Bus) -> None:
    """Closed segments alone are compacted, and only an append closes one."""
    participant_id = somebody(bus)
    before = ticks_of(bus)

    record(bus, participant_id)
    bus.turn()

    with bus.engine.connect() as connection:
        terms = read_agreements(connection)
    topics = [*map(out_tray, terms.agreements), *map(dead_letters, terms.providers)]
    assert ticks_of(bus) - before == {(one, at): 1 for one in topics for at in range(PARTITIONS)}


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("step", list(TurnStep))
def test_killed_at_any_step_of_an_erasure_the_next_filter_ends_it(
    bus: Bus, step: TurnStep, hit: int
) -> None:
    """Recorded and not finished, or finished: never anything else."""
    participant_id, other = somebody(bus), somebody(bus)
    shard = bus.new_shard(killed_at(step, hit))
    if hit == 2:
        bus.publish(*make_events(other))
        bus.turn(shard)
    record(bus, participant_id)
    bus.publish(*make_events(other), make_enrolment(participant_id=participant_id))
    with pytest.raises(KilledError):
        bus.turn(shard)
    bus.turn(bus.new_shard())
    finish(bus, participant_id)

    for one in AGREEMENTS:
        assert {held["participant_id"] for held in bus.tray(AgreementId(one)).values()} == {other}
    assert rows_of(bus, journal, participant_id) == 0
    bus.assert_holds()


def test_the_passports_and_the_figures_lose_them_by_the_tombstones(bus: Bus) -> None:
    """Recipients only upsert and delete by key: that is enough."""
    participant_id = somebody(bus)
    projections: dict[str, Projection] = {
        "passport.coordination": PassportFacts(bus.vault),
        "hub.statistics": AnalyticsFacts(),
    }
    for agreement_id, projection in projections.items():
        follow(bus, AgreementId(agreement_id), projection)
    tables = (passport.event, analytics.fact)
    with bus.engine.connect() as connection:
        assert all(connection.scalar(select(func.count()).select_from(t)) for t in tables)

    erase(bus, participant_id)
    for agreement_id, projection in projections.items():
        follow(bus, AgreementId(agreement_id), projection)

    with bus.engine.connect() as connection:
        assert [connection.scalar(select(func.count()).select_from(t)) for t in tables] == [0, 0]


def test_the_database_holds_no_half_erased_person(bus: Bus) -> None:
    """Erased with a pseudonym, or active without a key, is refused by the table itself."""
    participant_id = bus.participant()
    mine = participant.c.participant_id == participant_id
    for values in ({"state": "erased"}, {"sealed_key": None}, {"state": "gone"}):
        with bus.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            with pytest.raises(IntegrityError):
                connection.execute(participant.update().where(mine).values(values))
