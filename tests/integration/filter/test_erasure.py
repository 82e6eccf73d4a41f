"""Somebody erased: gone from every tray and every table, and never back."""

import threading
from collections.abc import Iterator
from secrets import token_hex

import pytest
from sqlalchemy import Table, func, select
from sqlalchemy.exc import IntegrityError

from consent_ledger.dead_letters import DeadLetter
from consent_ledger.dead_letters import standing as standing_letters
from consent_ledger.enforcement import enforced
from consent_ledger.filter.failpoints import Step
from consent_ledger.filter.postgres_store import PostgresTransaction
from consent_ledger.register import ErasedError, PossibleMatch, Registered, RegisterError
from consent_ledger.rights.erasure import Erasure, ErasureError
from consent_ledger.tables.consent import change, standing
from consent_ledger.tables.delivery import disclosure, journal, position
from consent_ledger.tables.log import entry
from consent_ledger.tables.register import match_key, participant, provider_reference
from consent_ledger.terms import read_terms
from consumers.analytics import tables as analytics
from consumers.analytics.facts import AnalyticsFacts
from consumers.changes import latest_changes
from consumers.passport import tables as passport
from consumers.passport.facts import PassportFacts
from consumers.projection import Projection
from consumers.tray import TrayRecord
from schemas.blocks import Identity
from schemas.codec import encode
from schemas.trays import dead_letters, out_tray, tick_key
from tests.bus import PARTITIONS, Bus
from tests.factories import make_enrolment, make_events

AGREEMENTS = ("borough-d.support", "college-c.outcomes", "passport.coordination")
EVERYWHERE = (*AGREEMENTS, "hub.statistics")
ADA = Identity(given_names="Ada", family_name="Nwosu", uln="1234567897", ni_number="AB123456C")


class KilledError(BaseException):
    """Stands for kill -9: nothing catches it."""


def record(bus: Bus, participant_id: str) -> int | None:
    """Enter an erasure."""
    with bus.engine.begin() as connection:
        return Erasure(bus.ledger).record(connection, participant_id)


def finish(bus: Bus, participant_id: str) -> None:
    """Finish an erasure."""
    with bus.engine.begin() as connection:
        Erasure(bus.ledger).finish(connection, participant_id)


def erase(bus: Bus, participant_id: str) -> None:
    """Erase somebody."""
    record(bus, participant_id)
    bus.turn()
    finish(bus, participant_id)


def somebody(bus: Bus) -> str:
    """Return the number of somebody with three events in every tray."""
    with bus.engine.begin() as connection:
        made = bus.register.register(
            connection, "college-c", ADA, reference=token_hex(4), is_new=True
        )
    assert isinstance(made, Registered)
    for agreement_id in AGREEMENTS:
        bus.grant(made.participant_id, agreement_id)
    bus.publish(*make_events(made.participant_id))
    bus.turn()
    return made.participant_id


def somebody_known_by_reference(bus: Bus) -> tuple[str, str]:
    """Return the number of somebody and the reference by which the college knows them."""
    reference = f"a{token_hex(4)}"
    with bus.engine.begin() as connection:
        made = bus.register.register(connection, "college-c", ADA, reference=reference, is_new=True)
    assert isinstance(made, Registered)
    return made.participant_id, reference


def rows_of(bus: Bus, table: Table, participant_id: str) -> int:
    """Return how many rows of a table are somebody's."""
    with bus.engine.connect() as connection:
        counted = select(func.count()).where(table.c.participant_id == participant_id)
        return connection.scalar(counted) or 0


def follow(bus: Bus, agreement_id: str, projection: Projection) -> None:
    """Apply a whole tray, as it stands in the log, to a recipient's tables."""
    records = [
        TrayRecord(agreement_id, 0, at, record.key, record.value, ())
        for at, record in enumerate(bus.broker.read(out_tray(agreement_id)))
    ]
    with bus.engine.begin() as connection:
        projection.apply(connection, latest_changes(records))


def letters(bus: Bus, provider_id: str) -> list[DeadLetter]:
    """Return the dead letters of a provider."""
    return standing_letters(bus.broker.read(dead_letters(provider_id)))


def ticked(bus: Bus) -> set[tuple[str, int]]:
    """Return the topics and partitions that have a tick."""
    return {
        (topic, partition)
        for (topic, partition), records in bus.broker.partitions.items()
        if any(record.key == tick_key(partition) for record in records)
    }


@pytest.fixture
def erased(bus: Bus) -> Iterator[str]:
    """Give the number of somebody whose erasure is finished."""
    participant_id = somebody(bus)
    assert all(bus.tray(one) for one in EVERYWHERE)
    erase(bus, participant_id)
    yield participant_id
    bus.assert_holds()


def test_every_tray_is_without_them_and_without_nobody_else(bus: Bus) -> None:
    """A tombstone for each event under each agreement, the pseudonymous one included."""
    participant_id, other = somebody(bus), somebody(bus)
    before = {one: bus.tray(one) for one in EVERYWHERE}
    seq = record(bus, participant_id)
    assert seq is not None
    bus.turn()

    assert {one: len(bus.tray(one)) for one in EVERYWHERE} == {
        one: len(held) // 2 for one, held in before.items()
    }
    assert all(
        fields["participant_id"] == other for one in AGREEMENTS for fields in bus.tray(one).values()
    )
    with bus.engine.connect() as connection:
        found = enforced(connection, seq)
    assert found is not None
    assert (found.records, found.tombstones) == (0, sum(map(len, before.values())) // 2)
    bus.assert_holds()


def test_what_is_left_is_a_bare_number_that_leads_to_no_leaf(bus: Bus, erased: str) -> None:
    """No key, no salt, no pseudonym, no row of any kind; the feed has forgotten whose it was."""
    for table in (journal, disclosure, standing, match_key, provider_reference, change):
        assert rows_of(bus, table, erased) == 0, table.name
    with bus.engine.connect() as connection:
        row = connection.execute(
            select(participant).where(participant.c.participant_id == erased)
        ).one()
    held = {name for name, value in row._asdict().items() if value is not None}
    assert held == {"participant_id", "partition", "state"}
    assert row.state == "erased"


def test_the_entry_names_a_pseudonym_alone(bus: Bus, erased: str) -> None:
    """Nothing in any leaf is the number."""
    with bus.engine.connect() as connection:
        leaves = [bytes(one) for one in connection.scalars(select(entry.c.leaf))]

    assert bus.leaf()["kind"] == "erased"
    assert set(bus.leaf()) == {"at", "format", "kind", "subject"}
    assert not any(erased.encode() in leaf for leaf in leaves)


def test_a_late_event_never_brings_them_back(bus: Bus, erased: str) -> None:
    """Refused without a dead letter, for that would hold it again."""
    late = make_enrolment(participant_id=erased)
    bus.publish(late)
    report = bus.turn()

    assert dict(report.refused) == {"erased-participant": 1}
    assert letters(bus, late.provider_id) == []
    assert rows_of(bus, journal, erased) == 0
    assert all(bus.tray(one) == {} for one in EVERYWHERE)


@pytest.mark.parametrize("written", ["{0}", "{1}", "see {2} again"])
def test_what_only_names_them_leaves_no_dead_letter_either(
    bus: Bus, erased: str, written: str
) -> None:
    """Neither an event under a wrong key nor bytes that are no event, however it is written."""
    forms = erased, erased.lower(), erased.replace("-", " ")
    bus.broker.append("in.college-c", 0, b"x", written.format(*forms).encode())
    bus.broker.append("in.college-c", 0, b"x", encode(make_enrolment(participant_id=erased)))
    bus.broker.append("in.college-c", 0, b"x", b"nobody at all")
    report = bus.turn()

    assert dict(report.refused) == {"erased-participant": 2, "malformed": 1}
    assert [one.reason for one in letters(bus, "college-c")] == ["malformed"]


def test_replayed_from_the_very_first_record_they_stay_away(bus: Bus) -> None:
    """As after a restore of the positions: what was accepted once is refused now."""
    participant_id, other = somebody(bus), somebody(bus)
    erase(bus, participant_id)
    before = {one: bus.tray(one) for one in EVERYWHERE}
    with bus.engine.begin() as connection:
        connection.execute(position.delete())

    report = bus.turn(bus.new_shard())

    assert dict(report.refused) == {"erased-participant": 3}
    assert {one: bus.tray(one) for one in EVERYWHERE} == before
    assert rows_of(bus, journal, participant_id) == 0
    assert rows_of(bus, journal, other) == 3
    assert letters(bus, "college-c") == letters(bus, "borough-d") == []
    bus.assert_holds()


def test_an_event_that_came_before_the_erasure_and_was_not_read_yet_is_refused(bus: Bus) -> None:
    """The turn that reads it reads the erasure as well."""
    participant_id = somebody(bus)
    bus.publish(make_enrolment(participant_id=participant_id))
    record(bus, participant_id)

    report = bus.turn()
    finish(bus, participant_id)

    assert dict(report.refused) == {"erased-participant": 1}
    assert all(bus.tray(one) == {} for one in EVERYWHERE)
    bus.assert_holds()


def test_nobody_finds_them_and_nothing_can_be_granted(bus: Bus, erased: str) -> None:
    """Who comes again is somebody new; the old number opens nothing."""
    with pytest.raises(RegisterError, match="erased"):
        bus.grant(erased, "borough-d.support")
    with bus.engine.begin() as connection:
        again = bus.register.register(connection, "college-c", ADA)

    assert not isinstance(again, PossibleMatch)
    assert again.is_new
    assert again.participant_id != erased


def test_a_provider_s_reference_does_not_register_them_again(bus: Bus) -> None:
    """It is refused at every door, in capitals or not, until the person wishes to come back."""
    participant_id, reference = somebody_known_by_reference(bus)
    record(bus, participant_id)

    with bus.engine.begin() as connection:
        for is_new in (False, True):
            with pytest.raises(ErasedError, match="was erased"):
                bus.register.register(
                    connection,
                    "college-c",
                    ADA,
                    reference=f" {reference.upper()}",
                    is_new=is_new,
                )
        at_another_door = bus.register.register(
            connection, "borough-d", Identity(), reference=reference
        )
    assert isinstance(at_another_door, Registered)
    bus.turn()
    finish(bus, participant_id)

    with bus.engine.begin() as connection:
        back = bus.register.register(
            connection, "college-c", ADA, reference=reference, is_returning=True
        )
        again = bus.register.register(connection, "college-c", ADA, reference=reference)
    assert isinstance(back, Registered)
    assert back.is_new
    assert back.participant_id != participant_id
    assert again == Registered(back.participant_id, is_new=False)
    bus.assert_holds()


def test_a_number_they_carry_says_that_they_came_back(bus: Bus) -> None:
    """Issued at another door after the erasure: the provider's reference is theirs again."""
    participant_id, reference = somebody_known_by_reference(bus)
    erase(bus, participant_id)
    number = bus.participant("borough-d")

    with bus.engine.begin() as connection:
        carried = bus.register.register(
            connection, "college-c", ADA, reference=reference, carried=number
        )
        again = bus.register.register(connection, "college-c", ADA, reference=reference)
        with pytest.raises(ErasedError):
            bus.register.register(connection, "college-c", ADA, carried=participant_id)

    assert carried == again == Registered(number, is_new=False)


def test_a_reference_that_is_linked_while_an_erasure_is_recorded_is_not_left_behind(
    bus: Bus,
) -> None:
    """One of the two waits for the other: it is refused, or it is erased with the rest."""
    participant_id, _ = somebody_known_by_reference(bus)
    refused: list[ErasedError] = []

    def link() -> None:
        try:
            with bus.engine.begin() as connection:
                bus.register.link(connection, "borough-d", "late", participant_id)
        except ErasedError as error:
            refused.append(error)

    with bus.engine.begin() as connection:
        Erasure(bus.ledger).record(connection, participant_id)
        late = threading.Thread(target=link)
        late.start()
        late.join(0.3)
        assert late.is_alive()
    late.join(10)

    assert len(refused) == 1
    assert rows_of(bus, provider_reference, participant_id) == 0


def test_decisions_are_closed_from_the_entry_on(bus: Bus) -> None:
    """Before the filter has come to it: no permission, no key, no match, nothing accepted."""
    participant_id = somebody(bus)
    record(bus, participant_id)

    with pytest.raises(RegisterError, match="erased"):
        bus.grant(participant_id, "borough-d.support")
    bus.publish(make_enrolment(participant_id=participant_id))
    report = bus.turn()

    assert dict(report.refused) == {"erased-participant": 1}
    for table in (standing, match_key, provider_reference):
        assert rows_of(bus, table, participant_id) == 0
    assert bus.tray("borough-d.support") == {}


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
    with pytest.raises(RegisterError, match="never issued"):
        record(bus, "NWD-SAMP-1E00-9")


def test_a_withdrawal_just_before_an_erasure_is_not_enforced_without_its_tombstones(
    bus: Bus,
) -> None:
    """The erasure is committed between the filter's look at the ledger and at the people."""
    participant_id = somebody(bus)
    seq = bus.withdraw(participant_id, "borough-d.support")

    real = PostgresTransaction.people

    def people(self: PostgresTransaction, ids: list[str]) -> object:
        record(bus, participant_id)
        return real(self, ids)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PostgresTransaction, "people", people)
        bus.turn()

    with bus.engine.connect() as connection:
        assert enforced(connection, seq) is not None
    assert bus.tray("borough-d.support") == {}


def test_right_after_an_erasure_every_partition_of_every_topic_gets_a_tick(bus: Bus) -> None:
    """Closed segments alone are compacted, and only an append closes one."""
    participant_id = somebody(bus)
    assert ticked(bus) == set()

    record(bus, participant_id)
    bus.turn()

    with bus.engine.connect() as connection:
        terms = read_terms(connection)
    topics = [*map(out_tray, terms.agreements), *map(dead_letters, terms.providers)]
    assert ticked(bus) == {(one, at) for one in topics for at in range(PARTITIONS)}


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("step", list(Step))
def test_killed_at_any_step_of_an_erasure_the_next_filter_ends_it(
    bus: Bus, step: Step, hit: int
) -> None:
    """Recorded and not finished, or finished: never anything else."""
    participant_id, other = somebody(bus), somebody(bus)
    hits = 0

    def failpoint(at: Step) -> None:
        nonlocal hits
        hits += at is step
        if hits == hit and at is step:
            raise KilledError

    shard = bus.new_shard(failpoint)
    if hit == 2:
        bus.turn(shard)
    record(bus, participant_id)
    bus.publish(*make_events(other), make_enrolment(participant_id=participant_id))
    with pytest.raises(KilledError):
        bus.turn(shard)
    bus.turn(bus.new_shard())
    finish(bus, participant_id)

    for one in AGREEMENTS:
        assert {held["participant_id"] for held in bus.tray(one).values()} == {other}
    assert rows_of(bus, journal, participant_id) == 0
    bus.assert_holds()


def test_the_passports_and_the_figures_lose_them_by_the_tombstones(bus: Bus) -> None:
    """Recipients only upsert and delete by key: that is enough."""
    participant_id = somebody(bus)
    projections: dict[str, Projection] = {
        "passport.coordination": PassportFacts(),
        "hub.statistics": AnalyticsFacts(),
    }
    for agreement_id, projection in projections.items():
        follow(bus, agreement_id, projection)
    tables = (passport.fact, analytics.fact)
    with bus.engine.connect() as connection:
        assert all(connection.scalar(select(func.count()).select_from(t)) for t in tables)

    erase(bus, participant_id)
    for agreement_id, projection in projections.items():
        follow(bus, agreement_id, projection)

    with bus.engine.connect() as connection:
        assert [connection.scalar(select(func.count()).select_from(t)) for t in tables] == [0, 0]


def test_the_database_holds_no_half_erased_person(bus: Bus) -> None:
    """Erased with a pseudonym, or active without a key, is refused by the table itself."""
    participant_id = bus.participant()
    mine = participant.c.participant_id == participant_id
    for values in ({"state": "erased"}, {"sealed_key": None}, {"state": "gone"}):
        with pytest.raises(IntegrityError), bus.engine.begin() as connection:
            connection.execute(participant.update().where(mine).values(values))
