from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations

import pytest

from consent_ledger.redaction.redactor import Redactor
from schemas.categories import Category, mask_of
from schemas.codec import decode, encode, walk
from schemas.events import Event
from schemas.identifiers import ServiceId
from tests.support.bus_settings import PEPPER
from tests.support.factories import make_enrolment, make_outcome, make_referral
from tests.support.shared_fields import all_fields
from tests.support.trays_planned import SERVICES, make_agreement

HIDDEN = make_agreement(pseudonym="person", fields=all_fields())
EVERYTHING = mask_of(Category)
AT = datetime(2026, 5, 11, 14, 30, tzinfo=UTC)


def a_referral() -> Event:
    """Return a referral with an appointment."""
    event = make_referral()
    appointment = event.participation.model_copy(
        update={
            "appointment_at": AT,
            "appointment_place": "Flat 3, 12 Acre Road",
            "programme": "Restart",
        }
    )
    return event.model_copy(update={"participation": appointment})


@pytest.mark.parametrize("order", list(permutations([a_referral, make_enrolment, make_outcome])))
def test_one_projection_serves_every_event_type_in_any_order(
    order: tuple[Callable[[], Event], ...],
) -> None:
    """Each type has a participation block of its own, and of its own fields."""
    projection = Redactor(HIDDEN, PEPPER, SERVICES)

    for make in order:
        event = make()
        shown = decode(projection.value(walk(encode(event)), EVERYTHING, event.participant_id))

        participation = decode(encode(event))["participation"]
        if participation.get("appointment_at"):
            participation["appointment_at"] = AT.replace(hour=0, minute=0)
            participation["appointment_place"] = "present"
        for free_text in {"meeting_with", "meeting_with_role"} & participation.keys():
            participation[free_text] = "present"
        if participation["programme"] == "Skills for work":  # on no list
            participation["programme"] = None
        if participation.get("aim"):
            participation["aim"] = "present"
        assert shown["participation"] == participation


def test_a_service_that_the_ledger_does_not_know_is_not_named() -> None:
    """Its slug is a provider's own word, and might be anybody's name."""
    event = make_outcome(ServiceId("charity-b.ada-nwosu"))
    value = Redactor(HIDDEN, PEPPER, SERVICES).value(
        walk(encode(event)), EVERYTHING, event.participant_id
    )

    assert decode(value)["participation"]["service_id"] == ""
    assert b"nwosu" not in value.lower()


def test_a_plain_tray_is_known_as_one() -> None:
    """Its bytes depend on the mask alone, so that trays may share them."""
    assert Redactor(make_agreement(), PEPPER).is_plain
    assert not Redactor(make_agreement(fields={"area.borough": "area"}), PEPPER).is_plain
    assert not Redactor(HIDDEN, PEPPER).is_plain


def test_what_is_open_is_copied_and_what_is_closed_is_null() -> None:
    """The envelope but for revision and recording time is the event's own."""
    event = make_outcome(revision=7)
    whole = decode(encode(event))

    value = Redactor(make_agreement(), PEPPER).value(
        walk(encode(event)),
        mask_of([Category.PARTICIPATION, Category.PROGRESS]),
        event.participant_id,
    )

    open_fields = {"participation", "progress", "source", "referral_ref", "occurred_at"}
    open_fields |= {"event_id", "participant_id", "provider_id"}
    never = {"revision": 0, "recorded_at": datetime(1970, 1, 1, tzinfo=UTC)}
    assert decode(value) == {
        name: never.get(name, one if name in open_fields else None) for name, one in whole.items()
    }
