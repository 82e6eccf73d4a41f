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

    `last` is what happened last about consent to it; `without_consent` what the recipient would
    still see if that consent were taken back.
    """

    participant_id: PassportNumber
    access: Access
    last: EntryKind | None
    without_consent: list[RemainingAccess]


def access_of(hub: Hub, participant_id: PassportNumber) -> list[AgreementAccess]:
    """Return it by number of the person and agreement in force, also where nothing is opened.

    RegisterError where the number was never issued, or the person was erased.
    """
    with hub.engine.connect() as connection:
        numbers = [subject.participant_id for subject in person(connection, participant_id)]
        standings = standings_of(connection, numbers)
        last = {number: last_consent_entries(connection, number) for number in numbers}
        in_force, now = read_agreements(connection), hub.clock()
    return [
        AgreementAccess(
            number,
            access,
            last[number].get(access.agreement.id),
            access_without_consent(in_force, standings.get(number, {}), access.agreement.id, now),
        )
        for number in numbers
        for access in access_by_agreement(in_force, standings.get(number, {}), now)
    ]
