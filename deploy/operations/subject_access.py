"""A participant's copy of everything: what each part of the bus holds of all of their numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.filter.dead_letters import DeadLetter
from consent_ledger.register.passport_numbers import person
from consent_ledger.rights.export import Export, export
from consent_ledger.rights.read_back import names_of
from consent_ledger.rights.receipts import Receipt, receipts_of
from consumers.analytics.facts import facts_of
from consumers.passport.view import Passport, see_all_that_is_held, view
from deploy.hub import Hub
from deploy.operations.dead_letters import letters_about
from schemas.codec import decode
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber


@dataclass(frozen=True)
class Copy:
    """All that is held of a person.

    `held` has a part for each number, first that under which they are shown; `figures` the rows
    that the hub's figures are counted from; `letters` what could not be accepted, opened.
    """

    made_at: datetime
    held: tuple[Export, ...]
    receipts: tuple[Receipt, ...]
    passport: Passport
    figures: tuple[dict[str, Any], ...]
    letters: tuple[tuple[DeadLetter, bytes], ...]


def copy_of(hub: Hub, participant_id: PassportNumber) -> Copy:
    """Return the copy; what the database holds is read in one snapshot, so it fits together.

    RegisterError where the number was never issued, or the person was erased; UnsealError where the
    journal or a dead letter cannot be read: half a copy would not be one.
    """
    snapshot = hub.engine.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.begin() as connection:
        numbers = [subject.participant_id for subject in person(connection, participant_id)]
        held = tuple(export(connection, hub.vault, number) for number in numbers)
        receipts = tuple(
            receipt for number in numbers for receipt in receipts_of(connection, number)
        )
        passport = view(connection, hub.vault, numbers[0], see_all_that_is_held)
        agreements = [one.agreement for one in read_agreements(connection).agreements.values()]
        names = [name for one in numbers for name in names_of(one, agreements, hub.secrets.pepper)]
        figures = tuple(facts_of(connection, names))
    letters = tuple(letters_about(hub, numbers))
    return Copy(hub.clock(), held, receipts, passport, figures, letters)


def fields_in(opened: bytes) -> dict[str, Any] | None:
    """Return the fields of the event that a dead letter holds; None if it holds none."""
    try:
        return decode(opened)
    except MalformedError:
        return None
