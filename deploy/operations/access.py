"""Who may see what of a participant now, under each of their numbers."""

from typing import NamedTuple

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.access import Access, access_by_agreement
from consent_ledger.consent.remaining_access import RemainingAccess, access_without_consent
from consent_ledger.consent.standings import last_consent_entries, standings_of
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.register.passport_numbers import person
from deploy.hub import Hub
from schemas.identifiers import PassportNumber


class AgreementAccess(NamedTuple):
    """What an agreement opens of a participant's data.

    `place` counts the person's numbers, 0 for the one that was asked about; `participant_id` is
    None of another one, which another provider may have given. `last` is what happened last about
    consent to it; `without_consent` what the recipient would still see if that consent were taken
    back.
    """

    place: int
    participant_id: PassportNumber | None
    access: Access
    last: EntryKind | None
    without_consent: list[RemainingAccess]


def access_of(hub: Hub, participant_id: PassportNumber) -> list[AgreementAccess]:
    """Return it by number of the person and agreement in force, also where nothing is opened.

    The number that is asked about comes first. RegisterError where nobody has it.
    """
    with hub.engine.connect() as connection:
        numbers = [subject.participant_id for subject in person(connection, participant_id)]
        numbers.sort(key=lambda number: number != participant_id)
        standings = standings_of(connection, numbers)
        last = {number: last_consent_entries(connection, number) for number in numbers}
        in_force, now = read_agreements(connection), hub.clock()
    return [
        AgreementAccess(
            place,
            None if place else number,
            access,
            last[number].get(access.agreement.id),
            access_without_consent(in_force, standings.get(number, {}), access.agreement.id, now),
        )
        for place, number in enumerate(numbers)
        for access in access_by_agreement(in_force, standings.get(number, {}), now)
    ]
