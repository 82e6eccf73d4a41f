"""Two passport numbers of one person, shown as one, and parted again."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, or_, select

from consent_ledger.consent.changes import Objection, ObjectionEnd
from consent_ledger.consent.consent import apply
from consent_ledger.consent.merges import MergeError
from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.shard import Shard
from consent_ledger.ledger.enforcement import enforced
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.rights.erasure import ErasureError, finish_erasure, record_erasure
from consent_ledger.tables.delivery import disclosure
from consent_ledger.tables.register import participant
from schemas.categories import Category
from schemas.identifiers import AgreementId, PassportNumber
from schemas.trays import partition_of, split_out_key
from tests.support.bus import Bus
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_enrolment, make_events, make_outcome
from tests.support.killing import KilledError, killed_at

SUPPORT = AgreementId("borough-d.support")
STATISTICS = AgreementId("hub.statistics")
RESEARCH = AgreementId("research.outcomes")


@pytest.fixture
def two_shards(database_url: str) -> Iterator[tuple[Bus, list[Shard]]]:
    """Give a bus whose partitions are divided between two shards."""
    engine = create_engine(database_url, hide_parameters=True)
    try:
        bus = Bus(engine, shards=2)
        yield bus, [bus.shard, bus.new_shard(shard_id=1)]
        bus.assert_holds()
    finally:
        engine.dispose()


def pair(bus: Bus, *agreements: str) -> tuple[PassportNumber, PassportNumber]:
    """Return two numbers with three events each, on the partitions of different shards."""
    bus.turn()  # the first looks at everybody: nothing that is new waits for its batch
    one = bus.participant()
    other = bus.participant()
    while (partition_of(one, PARTITIONS) - partition_of(other, PARTITIONS)) % 2 == 0:
        other = bus.participant()
    for number in (one, other):
        for agreement_id in agreements:
            bus.grant(number, AgreementId(agreement_id))
        bus.publish(*make_events(number))
    bus.turn()
    return one, other


def people_in(bus: Bus, agreement_id: AgreementId = SUPPORT) -> list[str]:
    """Return whose records stand in a tray, once for each record."""
    return sorted(split_out_key(key)[0] for key in bus.tray(agreement_id))


def begin_erasing(bus: Bus, number: PassportNumber) -> None:
    """Record an erasure."""
    with bus.ledger.begin() as tx:
        record_erasure(tx, number, bus.vault)


def test_what_was_known_under_two_numbers_is_shown_under_one(bus: Bus) -> None:
    """In every tray, the pseudonymous one too; under the other number nothing is left."""
    one, other = pair(bus, SUPPORT)

    entry = bus.merge(other, one)
    report = bus.turn()

    assert people_in(bus) == [one] * 6
    assert len(set(people_in(bus, STATISTICS))) == 1
    assert report.retracted[SUPPORT] == report.written[SUPPORT] == 3
    with bus.engine.connect() as connection:
        done = enforced(connection, entry)
    assert done is not None
    hidden = len(bus.tray(STATISTICS)) + len(bus.tray(RESEARCH))
    assert done.records == done.tombstones == 3 + hidden / 2
    bus.assert_holds()


def test_a_record_under_another_number_says_so_wherever_it_names_somebody(bus: Bus) -> None:
    """Value, key and headers go by one number and one id."""
    one, other = pair(bus, SUPPORT)
    bus.merge(other, one)
    bus.turn()

    for key, fields in bus.tray(SUPPORT).items():
        assert split_out_key(key) == (fields["participant_id"], fields["event_id"])


def test_merging_opens_nothing_and_closes_nothing(bus: Bus) -> None:
    """What was said of one number does not speak for what was told under the other."""
    one, other = pair(bus)
    bus.grant(one, SUPPORT)
    bus.turn()

    bus.merge(other, one)
    bus.turn()

    assert people_in(bus) == [one] * 3
    bus.assert_holds()


def test_what_is_said_of_either_number_holds_for_both(bus: Bus) -> None:
    """From the merging on there is one person who says it."""
    one, other = pair(bus)
    bus.merge(other, one)

    bus.grant(other, SUPPORT)
    bus.turn()
    assert people_in(bus) == [one] * 6

    bus.withdraw(one, SUPPORT, Category.IDENTITY)
    bus.turn()
    assert all(fields["identity"] is None for fields in bus.tray(SUPPORT).values())

    bus.withdraw(other, SUPPORT)
    bus.turn()
    assert people_in(bus) == []
    bus.assert_holds()


def test_a_withdrawal_reaches_the_number_that_granted_though_the_other_never_did(
    bus: Bus,
) -> None:
    """It closes what there is, and is refused where there is nothing at all."""
    one, other = pair(bus)
    bus.grant(other, SUPPORT)
    bus.merge(other, one)
    bus.turn()

    bus.withdraw(one, SUPPORT)
    bus.turn()

    assert people_in(bus) == []
    with pytest.raises(ConsentError, match="no consent to withdraw"):
        bus.withdraw(one, SUPPORT)
    bus.assert_holds()


def test_events_that_come_later_are_shown_under_the_same_number(bus: Bus) -> None:
    """Providers go on with the number that they know; corrections find their records."""
    one, other = pair(bus, SUPPORT)
    bus.merge(other, one)
    bus.turn()
    event = make_outcome(participant_id=other)
    bus.publish(event)
    bus.turn()
    bus.publish(event.model_copy(update={"revision": 2, "identity": None}))
    report = bus.turn()

    assert people_in(bus) == [one] * 7
    assert report.written[SUPPORT] == 1
    bus.assert_holds()


def test_the_same_event_under_both_numbers_stays_two_records(bus: Bus) -> None:
    """A provider that published it twice can withdraw it at one; neither hides the other."""
    one, other = bus.participant(), bus.participant()
    event = make_enrolment(participant_id=one)
    for number in (one, other):
        bus.grant(number, SUPPORT)
        bus.publish(event.model_copy(update={"participant_id": number}))
    bus.merge(other, one)
    bus.turn()

    assert people_in(bus) == [one] * 2
    bus.assert_holds()


def test_unmerged_each_number_has_its_own_records_again(bus: Bus) -> None:
    """A mistake can be taken back whole."""
    one, other = pair(bus, SUPPORT)
    before = bus.tray(SUPPORT)
    bus.merge(other, one)
    bus.turn()

    bus.unmerge(other)
    bus.turn()

    assert bus.tray(SUPPORT) == before
    bus.assert_holds()


def test_what_was_opened_while_merged_is_closed_for_the_number_that_is_parted(bus: Bus) -> None:
    """Somebody else may have said it; the agreements of which nothing was said are kept."""
    one, other = pair(bus, "college-c.outcomes")
    bus.merge(other, one)
    bus.grant(one, SUPPORT)
    bus.turn()

    bus.unmerge(other)
    bus.turn()

    assert people_in(bus) == [one] * 3
    assert other in people_in(bus, AgreementId("college-c.outcomes"))
    bus.assert_holds()


def test_anything_opened_while_merged_closes_the_whole_agreement_for_that_number(bus: Bus) -> None:
    """Also what it had granted before; another agreement, in which nothing was, stays as it is."""
    one, other = pair(bus, SUPPORT, "college-c.outcomes")
    bus.merge(other, one)
    bus.grant(one, SUPPORT, Category.PARTICIPATION)
    bus.turn()

    bus.unmerge(other)
    bus.turn()

    assert people_in(bus) == [one] * 3
    assert other in people_in(bus, AgreementId("college-c.outcomes"))
    bus.assert_holds()


def test_what_was_closed_while_merged_stays_closed(bus: Bus) -> None:
    """Taking back a merging never opens anything."""
    one, other = pair(bus, SUPPORT)
    bus.merge(other, one)
    bus.withdraw(one, SUPPORT)
    bus.turn()

    bus.unmerge(other)
    bus.turn()

    assert people_in(bus) == []
    bus.assert_holds()


def test_an_objection_ended_while_merged_is_one_again(bus: Bus) -> None:
    """The one who ended it may not be the one who objected."""
    one, other = pair(bus)
    with bus.ledger.begin() as tx:
        apply(tx, Objection(number=other, agreement=STATISTICS))
    bus.merge(other, one)
    with bus.ledger.begin() as tx:
        apply(tx, ObjectionEnd(number=one, agreement=STATISTICS))
    bus.turn()
    merged = len(bus.tray(STATISTICS))

    bus.unmerge(other)
    bus.turn()

    assert len(bus.tray(STATISTICS)) == merged / 2
    bus.assert_holds()


def test_each_shard_gives_what_its_number_needs(two_shards: tuple[Bus, list[Shard]]) -> None:
    """A change of both numbers is enforced when both shards have carried it out."""
    bus, shards = two_shards
    one, other = pair(bus, SUPPORT)
    bus.merge(other, one)
    for shard in shards:
        bus.turn(shard)
    assert people_in(bus) == [one] * 6

    entry = bus.withdraw(one, SUPPORT)
    states = []
    for shard in shards:
        bus.turn(shard)
        with bus.engine.connect() as connection:
            states.append(enforced(connection, entry))

    assert states[0] is None
    assert states[1] is not None
    assert states[1].tombstones == 6
    assert people_in(bus) == []


@pytest.mark.parametrize("step", list(TurnStep))
def test_killed_at_any_step_of_a_merging_every_record_has_one_name(
    bus: Bus, step: TurnStep
) -> None:
    """Whatever may have been sent under either name is retracted or stands as it must."""
    one, other = pair(bus, SUPPORT)
    bus.merge(other, one)
    with pytest.raises(KilledError):
        bus.turn(bus.new_shard(killed_at(step)))
    bus.unmerge(other)
    with pytest.raises(KilledError):
        bus.turn(bus.new_shard(killed_at(step)))
    bus.merge(other, one)
    bus.turn(bus.new_shard())

    assert people_in(bus) == [one] * 6
    bus.assert_holds()


def test_erased_somebody_is_erased_under_every_number(bus: Bus) -> None:
    """Whichever of them is named."""
    one, other = pair(bus, SUPPORT)
    bus.merge(other, one)
    bus.turn()

    begin_erasing(bus, other)
    bus.turn()
    with bus.ledger.begin() as tx:
        finish_erasure(tx, other)

    assert people_in(bus) == []
    with bus.engine.connect() as connection:
        rows = connection.execute(
            select(participant.c.state, participant.c.merged_into).where(
                participant.c.participant_id.in_((one, other))
            )
        ).all()
        left = connection.execute(select(disclosure)).all()
    assert rows == [("erased", None)] * 2
    assert left == []
    bus.assert_holds()


def test_somebody_parted_keeps_no_trace_of_the_one_who_is_erased(bus: Bus) -> None:
    """What was shown under that number has been taken back; its own history is not touched."""
    one, other = pair(bus, SUPPORT)
    bus.merge(other, one)
    bus.turn()
    bus.unmerge(other)

    begin_erasing(bus, one)
    with pytest.raises(ErasureError), bus.engine.begin() as connection:
        finish_erasure(bus.ledger.on(connection), one)
    bus.turn()
    with bus.ledger.begin() as tx:
        finish_erasure(tx, one)
    bus.publish(make_outcome(participant_id=other))
    bus.turn()

    assert people_in(bus) == [other] * 4
    with bus.engine.connect() as connection:
        left = connection.execute(
            select(disclosure.c.turn).where(
                or_(disclosure.c.participant_id == one, disclosure.c.shown_as == one)
            )
        ).all()
    assert left == []
    bus.assert_holds()


def test_numbers_that_cannot_be_merged_are_refused_and_nothing_is_entered(bus: Bus) -> None:
    """Chains would hide who is shown as whom."""
    one, other, third = (bus.participant() for _ in range(3))
    bus.merge(other, one)
    before = bus.leaf()

    with pytest.raises(MergeError, match="one person's already"):
        bus.merge(other, one)
    with pytest.raises(MergeError, match="one person's already"):
        bus.merge(third, third)
    with pytest.raises(MergeError, match="is merged into another number itself"):
        bus.merge(third, other)
    with pytest.raises(MergeError, match="merged with another"):
        bus.merge(one, third)
    with pytest.raises(MergeError, match="merged with another"):
        bus.merge(other, third)
    with pytest.raises(MergeError, match="not merged"):
        bus.unmerge(one)
    with pytest.raises(RegisterError, match="No participant has"):
        bus.merge(PassportNumber("NWD-SAMP-1E00-9"), one)
    with pytest.raises(RegisterError, match="No participant has"):
        bus.unmerge(PassportNumber("NWD-SAMP-1E00-9"))
    assert bus.leaf() == before
