"""A passport as an organisation may see it at this moment."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.access import named_agreements_of
from consent_ledger.consent.standings import standings_of_person
from consent_ledger.register.passport_numbers import person
from consumers.passport.organisation import as_organisation
from consumers.passport.view import MaySee, Passport, see_all_that_is_held, view
from deploy.hub import Hub
from schemas.identifiers import AgreementId, OrganisationId, PassportNumber


class OrganisationReader(NamedTuple):
    """An organisation, and those of its agreements by which it reads: None is all of them."""

    organisation: OrganisationId
    agreements: frozenset[AgreementId] | None = None


def passport_seen(
    hub: Hub, connection: Connection, number: PassportNumber, reader: OrganisationReader | None
) -> Passport:
    """Return a passport as an organisation sees it by its agreements, or some of them alone.

    Without a reader it is the participant's own view. The passport bears the number that was
    asked for, also where trays show the person under another one, which is on another card.

    RegisterError where nobody has the number; AccessError where the organisation has no agreement
    that names people.
    """
    numbers = [subject.participant_id for subject in person(connection, number)]
    may_see = see_all_that_is_held if reader is None else _of(hub, connection, numbers, reader)
    passport = view(connection, hub.vault, numbers[0], may_see)
    return passport.model_copy(update={"participant_id": number})


def _of(
    hub: Hub, connection: Connection, numbers: Sequence[PassportNumber], reader: OrganisationReader
) -> MaySee:
    terms = read_agreements(connection)
    standings = standings_of_person(connection, numbers)
    held = [
        (agreement, standing)
        for agreement, standing in named_agreements_of(reader.organisation, terms, standings)
        if reader.agreements is None or agreement.id in reader.agreements
    ]
    return as_organisation(held, terms.is_sensitive, hub.clock())
