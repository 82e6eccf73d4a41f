"""An erasure from end to end: listed, recorded, enforced, finished."""

from typing import NamedTuple

from sqlalchemy import Connection

from consent_ledger.ledger.enforcement import (
    Enforcement,
    enforced,
    wait_until_enforced,
    wait_until_past,
)
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.rights.disclosure_batches import TURNS, enter_closed_turns
from consent_ledger.rights.erased_rows import numbers_in_state, references_of, refuse_references
from consent_ledger.rights.erasure import finish_erasure, record_erasure
from consent_ledger.rights.kept_certificates import being_erased, owe_certificate, owed_certificates
from deploy.hub import Hub
from deploy.operations.dead_letters import take_away_all_about
from schemas.errors import BusError
from schemas.identifiers import LedgerIndex, PassportNumber


class NotEnforcedError(BusError):
    """The erasure is recorded, and the filter has not carried it out in the time given."""


class ErasedPerson(NamedTuple):
    """Every number of an erased person; `done` is None where there is a certificate already.

    Then nothing connects the person's numbers any more: it is the one that was asked for.
    """

    participant_ids: list[PassportNumber]
    done: Enforcement | None


def erase_person(
    hub: Hub, participant_id: PassportNumber, timeout_seconds: float, *, is_made_up: bool = False
) -> ErasedPerson:
    """Erase a person under all of their numbers, or go on where that was cut short.

    A certificate is owed from then on, unless the person is made up: `certify` makes it.
    RegisterError where the number was never issued; NotEnforcedError where the trays still hold
    something: calling it again goes on.
    """
    _enter_disclosures(hub)
    participant_ids, entry = _record(hub, participant_id)
    if entry is None:
        finished = _finished_before(hub, participant_id)
        take_away_all_about(hub, finished.participant_ids)
        return finished
    done = wait_until_enforced(hub.engine, entry, timeout_seconds)
    # any shard may have had a letter in hand: what names the person may be in a wrong partition
    if done is None or not wait_until_past(hub.engine, entry, timeout_seconds):
        raise NotEnforcedError(
            "The erasure is recorded, and the trays still hold something.",
            "Nothing of the person is decided or accepted any more. Run the command again when the"
            " filter runs (`nwd up` or `nwd run filter`): it goes on from here.",
        )
    take_away_all_about(hub, participant_ids)
    _enter_disclosures(hub)
    with hub.ledger.begin() as tx:
        finish_erasure(tx, participant_id)
        if not is_made_up:
            owe_certificate(tx.connection, entry, [*map(hub.suppressed.code, participant_ids)])
    return ErasedPerson(participant_ids, done)


def erase_suppressed(hub: Hub, timeout_seconds: float) -> int:
    """Erase everybody on the suppression list whom a restored backup still has; return how many.

    All are recorded before the first is waited for, so that every decision is closed at once. The
    references of everybody on it are refused again, also of those whom the backup never knew.
    NotEnforcedError as by `erase_person`.
    """
    with hub.engine.begin() as connection:
        refuse_references(connection, hub.suppressed.references())
        again = hub.suppressed.among(numbers_in_state(connection, "active", "erasing"))
    for participant_id in again:
        _record(hub, participant_id)
    for participant_id in again:
        erase_person(hub, participant_id, timeout_seconds)
    return len(again)


def unfinished(hub: Hub) -> list[PassportNumber]:
    """Return a number of everybody whose erasure was cut short before its certificate was kept."""
    with hub.engine.connect() as connection:
        coded = _coded(hub, connection)
        owed = owed_certificates(connection).values()
        return [*(coded[codes[0]] for codes in owed), *being_erased(connection)]


def _record(
    hub: Hub, participant_id: PassportNumber
) -> tuple[list[PassportNumber], LedgerIndex | None]:
    """Enter an erasure in the ledger; return the person's numbers and the entry.

    None for the entry: it is finished already. They are on the suppression list before it counts:
    from then on nothing brings them back.
    """
    with hub.ledger.begin() as tx:
        numbers = [row.participant_id for row in tx.numbers_of(participant_id)]
        if not numbers:
            raise RegisterError(
                "That passport number was never issued.", "Check it with the person."
            )
        for number in numbers:
            hub.suppressed.add(number, references_of(tx.connection, number))
        return numbers, record_erasure(tx, participant_id, hub.vault)


def _finished_before(hub: Hub, participant_id: PassportNumber) -> ErasedPerson:
    """Return what was erased with a number of which no rows are left: all while it is owed."""
    code = hub.suppressed.code(participant_id)
    with hub.engine.connect() as connection:
        for seq, codes in owed_certificates(connection).items():
            if code in codes:
                coded = _coded(hub, connection)
                return ErasedPerson([coded[name] for name in codes], enforced(connection, seq))
    return ErasedPerson([participant_id], None)


def _coded(hub: Hub, connection: Connection) -> dict[str, PassportNumber]:
    return {
        hub.suppressed.code(number): number for number in numbers_in_state(connection, "erased")
    }


def _enter_disclosures(hub: Hub) -> None:
    """Enter in the ledger what was disclosed so far: the rows that it is worked out from will go.

    Before the erasure is recorded, because a leaf is made with the salt; and before it is finished,
    for what was retracted.
    """
    entered = TURNS
    while entered == TURNS:
        with hub.ledger.begin() as tx:
            entered = enter_closed_turns(tx)
