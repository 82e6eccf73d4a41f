import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.postgres_store import PostgresFilterTransaction, PostgresStore
from consent_ledger.filter.store import Cursor, Enforced, FencedError, FilterTransaction
from consent_ledger.ledger.enforcement import Cost
from schemas.categories import Category
from schemas.identifiers import AgreementId, LedgerIndex, TopicName
from tests.support.ground import Ground
from tests.support.store_grounds import NOW, everybody, failing, postgres_ground

GRANTED = Standing(Category.PARTICIPATION.bit, seq=LedgerIndex(0))


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    """Give a PostgreSQL."""
    with postgres_ground(database_url) as made:
        yield made


def test_a_transaction_sees_one_state_of_the_ledger(ground: Ground) -> None:
    """Terms that were read first and people that were read last belong together."""
    number, *_ = everybody(ground)
    with ground.store.begin() as transaction:
        lease = transaction.acquire(0)
    with ground.store.begin() as transaction:
        transaction.fence(lease)
        with ground.begin() as records:
            records.set_standing(number, AgreementId("a.b"), GRANTED)

        assert transaction.people([number])[number].standings == {}

    with ground.store.begin() as transaction:
        assert transaction.people([number])[number].standings == {"a.b": GRANTED}


def test_whoever_loses_a_shard_while_waiting_for_it_is_fenced(ground: Ground) -> None:
    """The state that it saw is not the one in which it would go on; it says which shard it was."""
    with ground.store.begin() as transaction:
        lease = transaction.acquire(1)
    found: list[BaseException] = []

    def wait_for_it() -> None:
        try:
            with ground.store.begin() as transaction:
                transaction.fence(lease)
        except FencedError as error:
            found.append(error)

    waiting = threading.Thread(target=wait_for_it)
    with ground.store.begin() as transaction:
        transaction.acquire(1)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(10)

    assert [type(one) for one in found] == [FencedError]
    assert "Shard 1 was taken over by another process." in str(found[0])


def test_a_turn_waits_for_the_disk_where_somebody_is_told_of_it(ground: Ground) -> None:
    """What it is about to send, and what it has enforced. A close that is lost is done again."""

    def waits_for_the_disk(transaction: FilterTransaction) -> bool:
        assert isinstance(transaction, PostgresFilterTransaction)
        setting = transaction.connection.scalar(text("SHOW synchronous_commit"))
        return bool(setting == "on")

    cursor = Cursor(LedgerIndex(0), NOW, NOW)
    enforced = [Enforced(LedgerIndex(0), {AgreementId("a.b"): Cost(1, 0)}, 0)]
    with ground.store.begin() as transaction:
        lease = transaction.acquire(0)
    with ground.store.begin() as transaction:
        transaction.open_turn(lease, NOW)
        of_what_is_sent = waits_for_the_disk(transaction)
    with ground.store.begin() as transaction:
        transaction.close_turn(lease, {}, cursor, [])
        of_a_close = waits_for_the_disk(transaction)
    with ground.store.begin() as transaction:
        transaction.close_turn(lease, {}, cursor, enforced)
        of_what_is_enforced = waits_for_the_disk(transaction)

    assert (of_what_is_sent, of_a_close, of_what_is_enforced) == (True, False, True)


def test_a_store_that_is_held_has_one_connection(ground: Ground) -> None:
    """Each transaction sees one state, as ever; of one that fails nothing is left."""

    def seen(transaction: FilterTransaction) -> tuple[int, str]:
        assert isinstance(transaction, PostgresFilterTransaction)
        row = transaction.connection.execute(
            text("SELECT pg_backend_pid(), current_setting('transaction_isolation')")
        ).one()
        return row[0], row[1]

    assert isinstance(ground.store, PostgresStore)
    with ground.store.held() as store:
        with store.begin() as transaction:
            first = seen(transaction)
        with failing(store.begin()) as transaction:
            lease = transaction.acquire(0)
            transaction.close_turn(
                lease, {(TopicName("in.a"), 0): 5}, Cursor(LedgerIndex(9), NOW, NOW), []
            )
        with store.begin() as transaction:
            last = seen(transaction)
            position = transaction.positions_of([TopicName("in.a")], [0])

    assert first == last
    assert first[1] == "repeatable read"
    assert position == {("in.a", 0): None}
