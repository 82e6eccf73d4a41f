from concurrent.futures import ThreadPoolExecutor
from time import sleep

from consent_ledger.consent.merges import MergeError
from schemas.identifiers import LedgerIndex, PassportNumber
from tests.support.bus import Bus

LONG_ENOUGH_SECONDS = 0.5
WAIT_SECONDS = 20.0


def test_two_merges_the_one_the_other_way_round_do_not_wait_for_each_other(bus: Bus) -> None:
    """One is entered, the other is told that they are one person already: no deadlock."""
    first, second = bus.participant(), bus.participant()

    def merge(number: PassportNumber, into: PassportNumber) -> LedgerIndex | MergeError:
        try:
            return bus.merge(number, into)
        except MergeError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        # both are held, so that each merge waits for the number it locks first
        with bus.ledger.begin() as tx:
            tx.numbers_of(first)
            tx.numbers_of(second)
            merges = [pool.submit(merge, first, second), pool.submit(merge, second, first)]
            sleep(LONG_ENOUGH_SECONDS)
        found = [one.result(WAIT_SECONDS) for one in merges]

    refused = [one for one in found if isinstance(one, MergeError)]
    assert len(refused) == 1
    assert "one person's already" in str(refused[0])
