import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.ledger.entries import salted_digests
from consent_ledger.register.passport_numbers import active, participant_row, subject
from consent_ledger.tables.consent import change
from schemas.categories import Category, mask_of
from schemas.identifiers import AgreementId, ProviderId
from tests.support.bus import Bus

SUPPORT = AgreementId("borough-d.support")
JOBCENTRE = AgreementId("jobcentre-e.engagement")
STATISTICS = AgreementId("hub.statistics")
GATE = Category.PARTICIPATION


def say(bus: Bus, method: Callable[..., int], *arguments: Any, **more: Any) -> int:
    """Call one of the methods in a transaction of its own."""
    with bus.engine.begin() as connection:
        return method(connection, *arguments, **more)


def test_changes_of_one_person_at_once_are_all_counted(bus: Bus) -> None:
    """Each is computed from the one before it: none is lost, and the last entry stands."""
    one = bus.participant()
    bus.grant(one, SUPPORT, GATE)
    added = (
        Category.IDENTITY,
        Category.CONTACT,
        Category.AREA,
        Category.BACKGROUND,
        Category.NEEDS,
        Category.HEALTH,
        Category.PROGRESS,
    )

    with ThreadPoolExecutor(len(added)) as pool:
        seqs = list(pool.map(lambda category: bus.grant(one, SUPPORT, category), added))

    found = bus.standing(one, SUPPORT)
    assert found.granted == mask_of([GATE, *added])
    assert found.seq == max(seqs)
    assert len(set(seqs)) == len(added)
    assert set(bus.leaf(max(seqs))["granted"]) == {GATE.value, *(one.value for one in added)}


def test_the_second_of_two_withdrawals_at_once_finds_nothing_left(bus: Bus) -> None:
    """The first one holds the person until it is entered."""
    one = bus.participant()
    bus.grant(one, SUPPORT)

    def try_it(_: int) -> bool:
        try:
            bus.withdraw(one, SUPPORT)
        except ConsentError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(try_it, range(4))) == [False, False, False, True]


def test_a_leaf_holds_pseudonyms_and_salted_digests_only(bus: Bus) -> None:
    """Erasing a person's salt and row leaves the tree valid and says nothing of them."""
    one = bus.participant()
    until = bus.clock() + timedelta(days=30)

    seq = bus.grant(one, SUPPORT, GATE, until=until, excluded=[ProviderId("charity-b")])

    with bus.engine.connect() as connection:
        who, salt = active(participant_row(connection, one))
    content = bus.leaf(seq)
    assert content == {
        "format": 1,
        "kind": "given",
        "at": "2026-06-01T12:00:00.000000Z",
        "subject": str(who.ledger_id),
        "agreement": SUPPORT,
        "version": 1,
        "granted": ["participation"],
        "until": "2026-07-01T12:00:00.000000Z",
        "except": salted_digests(salt, ["charity-b"]),
        "informed": False,
        "objected": False,
    }
    assert one not in json.dumps(content)
    assert "charity-b" not in json.dumps(content)


def test_two_people_who_leave_out_the_same_provider_have_other_digests(bus: Bus) -> None:
    """Nobody can tell from the tree that the same clinic is meant."""
    digests = []
    for _ in range(2):
        one = bus.participant()
        seq = bus.grant(one, SUPPORT, excluded=[ProviderId("charity-b")])
        digests += bus.leaf(seq)["except"]

    assert len(set(digests)) == 2


def test_every_change_is_in_the_feed_that_the_filter_reads(bus: Bus) -> None:
    """Under the same number as in the tree, with the person's partition."""
    one = bus.participant()
    seqs = [bus.grant(one, SUPPORT), bus.withdraw(one, SUPPORT)]

    with bus.engine.connect() as connection:
        rows = connection.execute(
            select(
                change.c.kind, change.c.participant_id, change.c.agreement_id, change.c.partition
            )
            .where(change.c.seq.in_(seqs))
            .order_by(change.c.seq)
        ).all()
        partition = subject(connection, one).partition

    assert [tuple(row) for row in rows] == [
        ("given", one, SUPPORT, partition),
        ("withdrawn", one, SUPPORT, partition),
    ]


def test_the_filter_is_woken_when_a_change_is_committed(bus: Bus) -> None:
    """By an empty notification: it tells nobody whom it is about."""
    one = bus.participant()
    with bus.engine.connect() as listener:
        listen(listener)
        bus.grant(one, SUPPORT)
        driver = listener.connection.driver_connection
        assert driver is not None

        found = list(driver.notifies(timeout=10, stop_after=1))

    assert [(one.channel, one.payload) for one in found] == [("nwd_ledger", "")]


def listen(connection: Connection) -> None:
    """Listen on the ledger's channel from now on."""
    connection.exec_driver_sql("LISTEN nwd_ledger")
    connection.commit()
