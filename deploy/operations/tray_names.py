"""Whom a pseudonymous tray's records are about, for the hub, which holds the pepper."""

from collections.abc import Iterable, Iterator, Sequence

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.redaction.pseudonyms import Pseudonyms
from schemas.identifiers import PassportNumber
from schemas.trays import TrayRecord, is_tick, out_key, split_out_key


def under_their_number(
    records: Iterable[TrayRecord],
    agreement: Agreement,
    participant_ids: Sequence[PassportNumber],
    pepper: bytes,
) -> Iterator[TrayRecord]:
    """Pass on a tray's records, those of these participants under the number in their key.

    No list of names finds them where each event has a pseudonym of its own.
    """
    if agreement.pseudonym is None:
        yield from records
        return
    pseudonyms = Pseudonyms(pepper, agreement.id, agreement.pseudonym)
    for record in records:
        named = record
        if not is_tick(record.key):
            participant, event = split_out_key(record.key)
            for number in participant_ids:
                if pseudonyms.in_key(number, event) == participant:
                    named = record._replace(key=out_key(number, event))
        yield named
