"""What the filter makes of one value from outside, as a line of text in which every byte shows.

python -m tests.support.filter_answers    reads values as lines of hex, and answers each in a line
"""

import sys
from typing import Final

from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.intake import RefusedRecord, admit
from consent_ledger.filter.people import ShownAs
from consent_ledger.filter.planning import Plan
from consent_ledger.filter.record_encoding import EncodedHeaders, encoded_batches
from consent_ledger.filter.records import InRecord
from consent_ledger.journal.disclosures import Disclosed, TrayPlace
from schemas.categories import Category, mask_of
from schemas.codec import WalkedEvent, walk
from schemas.errors import MalformedError
from schemas.identifiers import LedgerIndex, PassportNumber
from schemas.trays import in_tray, partition_of
from tests.support.bus_settings import PARTITIONS
from tests.support.trays_planned import EVERYTHING, NOW, SHIPPED, disclosed, make_planner

_SOME: Final = Standing(
    granted=mask_of([Category.PARTICIPATION, Category.PROGRESS]), seq=LedgerIndex(60)
)
_OTHER_NUMBER: Final = PassportNumber("NWD-0000-ADA0-0")
_PLANNER: Final = make_planner(SHIPPED)
_NOW_MS: Final = 1_790_000_000_000


def answer(value: bytes) -> str:
    """Return why a value is refused, or what each tray is given of it and the batch of all that.

    It is planned for somebody who said yes to everything; then for somebody who said yes to less
    and was sent the former; then under another number.
    """
    try:
        event = walk(value)
        participant_id = event.participant_id
        partition = partition_of(participant_id, PARTITIONS)
        record = InRecord(in_tray(event.provider_id), partition, 0, participant_id.encode(), value)
        admitted = admit(record, PARTITIONS)
    except MalformedError as error:
        return repr(error.message)
    if isinstance(admitted, RefusedRecord):
        return repr(admitted)
    everything = _plan(event, EVERYTHING, participant_id, {})
    sent = {place: held for one in everything.deliveries for place, held in disclosed(one).items()}
    plans = [
        everything,
        _plan(event, _SOME, participant_id, sent),
        _plan(event, EVERYTHING, _OTHER_NUMBER, sent),
    ]
    records = [one.record for plan in plans for one in plan.deliveries]
    sizes: list[int] = []
    batches = list(encoded_batches(records, _NOW_MS, EncodedHeaders(), sizes.append))
    told = [(one.deliveries, one.waiting, one.settled) for one in plans]
    return repr((event, told, batches, sizes))


def _plan(
    event: WalkedEvent,
    standing: Standing,
    shown_as: PassportNumber,
    last: dict[TrayPlace, Disclosed],
) -> Plan:
    standings = {one.id: standing for one in SHIPPED}
    return _PLANNER.plan(
        event,
        ShownAs(shown_as),
        standings,
        last,
        now=NOW,
        released=[one.id for one in SHIPPED],
    )


if __name__ == "__main__":
    for line in sys.stdin:
        print(answer(bytes.fromhex(line)), flush=True)  # noqa: T201 - to the test that asks
