import threading
from collections.abc import Iterator

import pytest

from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.store import FencedError
from schemas.categories import Category
from schemas.identifiers import AgreementId, LedgerIndex
from tests.support.ground import Ground
from tests.support.store_grounds import everybody, postgres_ground

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
