"""Whose each name in a tray is: the bus knows, since it holds the pepper. It is shown to nobody."""

from collections.abc import Callable, Collection

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.filter.people import open_people
from consent_ledger.filter.store import Store
from consent_ledger.journal.journal import unseal_event
from consent_ledger.journal.vault import Vault
from consent_ledger.redaction.redactor import Redactor
from schemas.categories import NOTHING
from schemas.codec import decode
from schemas.identifiers import PassportNumber


def owners_in(
    store: Store,
    vault: Vault,
    pepper: bytes,
    agreement: Agreement,
    *,
    partitions: int,
    services: Collection[str],
    on_people: Callable[[int], None],
) -> dict[str, str]:
    """Return the passport number behind each name that events have in an agreement's tray.

    Args:
        store: where the journal and the participants are.
        vault: what opens the journal.
        pepper: what pseudonyms are made with.
        agreement: whose tray it is.
        partitions: of every tray.
        services: those of the directory.
        on_people: is told how many people were looked at so far.

    """
    redactor = Redactor(agreement, pepper, services)
    found: dict[str, str] = {}
    looked_at, last = 0, PassportNumber("")
    while True:
        with store.begin() as transaction:
            chunk = transaction.people_with_events(range(partitions), None, last)
            if not chunk:
                return found
            people = open_people(transaction.people(chunk), vault).active
            for sealed in transaction.sealed_events_of(people.keys()):
                person = people[sealed.participant_id]
                event = unseal_event(sealed, person.key)
                shown = redactor.value(event, NOTHING, person.name.shown_as)
                found[decode(shown)["participant_id"]] = person.name.shown_as
        looked_at, last = looked_at + len(chunk), chunk[-1]
        on_people(looked_at)
