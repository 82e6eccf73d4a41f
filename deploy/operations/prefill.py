"""A form filled for an organisation from what it may see, and the answers that come back."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue

from consent_ledger.register.look_ups import NotedLookUp, Reply, note_look_ups
from consent_ledger.register.passport_numbers import RegisterError
from consumers.passport.form import FilledForm, fill
from consumers.passport.forms.known_forms import form_of
from consumers.passport.view import build, see_nothing
from consumers.prefill.offers import EnteredAs, Offers
from deploy.hub import Hub
from deploy.operations.passport_seen import OrganisationReader, passport_seen
from schemas.identifiers import OrganisationId, PassportNumber, ProviderId


class OfferedForm(NamedTuple):
    """A form as far as the passport fills it, and the id under which its answers come back."""

    offer: str
    filled: FilledForm


def offer_form(
    hub: Hub, reader: OrganisationReader, number: PassportNumber, form_id: str
) -> OfferedForm:
    """Fill a form with what an organisation sees of a person by its agreements.

    A number that nobody has fills nothing, like that of somebody who shares nothing. The look-up is
    written down for the person to see. FormError where there is no such form.
    """
    form, at = form_of(form_id), hub.clock()
    looked_up = []
    with hub.engine.begin() as connection:
        try:
            passport = passport_seen(hub, connection, number, reader)
            looked_up.append(NotedLookUp(number, Reply.PREFILLED))
        except RegisterError:
            passport = build(number, [], see_nothing)
        note_look_ups(connection, ProviderId(reader.organisation), looked_up, at)
        filled = fill(form, passport)
        offers = Offers(connection, hub.secrets.pepper, reader.organisation)
        return OfferedForm(offers.make(filled, at), filled)


def answer_form(
    hub: Hub, organisation: OrganisationId, offer_id: str, answers: Mapping[str, JsonValue]
) -> dict[str, EnteredAs]:
    """Return what each answer to an offered form is, and count it. OfferError, UnaskedError."""
    with hub.engine.begin() as connection:
        offers = Offers(connection, hub.secrets.pepper, organisation)
        return offers.take_answers(offer_id, answers, hub.clock())
