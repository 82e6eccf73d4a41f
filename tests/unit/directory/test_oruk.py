"""Files of Open Referral UK, each trap of them a file of our own."""

import json
from datetime import date
from typing import Any

import pytest

from deploy.directory.listing import Listing, ListingKind, ServiceStatus
from deploy.directory.oruk import EXAMPLE, OrukError, read_oruk
from tests.support.published_services import (
    area,
    as_file,
    as_text,
    language,
    number,
    place,
    published,
    term,
)

TODAY = date(2026, 11, 30)


def only(content: bytes) -> Listing:
    """Return the one listing of a file in which nothing is set aside."""
    read = read_oruk(content, TODAY)
    assert read.set_aside == []
    (listing,) = read.listings.values()
    return listing


def faults(**changes: Any) -> tuple[str, ...]:
    """Return for which rules a service is set aside."""
    (aside,) = read_oruk(as_file(published(**changes)), TODAY).set_aside
    return aside.problems


def test_a_service_becomes_a_listing() -> None:
    """With what somebody asks before they go there."""
    listing = only(
        as_file(
            published(
                minimum_age=18,
                maximum_age=65,
                fees="Free",
                service_areas=[area("London Borough of Camden")],
                languages=[language("Somali")],
                attributes=[term("Confidence")],
                service_at_locations=[place()],
                schedules=[
                    {
                        "id": number(8),
                        "byday": "TH,FR",
                        "opens_at": "10:00",
                        "closes_at": "18:00:00",
                    }
                ],
                cost_options=[{"id": number(9), "option": "Lunch", "amount": 3}],
            )
        )
    )

    assert (listing.name, listing.organisation) == ("Mentoring and confidence", "The Kettle Trust")
    assert (listing.status, listing.assured_on) == (ServiceStatus.ACTIVE, date(2026, 11, 1))
    assert (listing.minimum_age, listing.maximum_age) == (18, 65)
    assert (listing.areas, listing.languages, listing.needs) == (
        ("Camden",),
        ("Somali",),
        ("Confidence",),
    )
    assert listing.opening == ("Thursday, Friday, 10:00 to 18:00",)
    assert listing.costs == ("Free", "Lunch: £3")
    assert listing.places[0].access == ("Step-free from the street",)
    assert listing.places[0].address == "1 High Street, Fernmoor, ZZ99 9ZZ"


def test_the_example_is_such_a_file() -> None:
    """A service and an opportunity, with nothing to look at."""
    read = read_oruk(EXAMPLE.read_bytes(), TODAY)

    assert [listing.kind for listing in read.listings.values()] == [
        ListingKind.SERVICE,
        ListingKind.VACANCY,
    ]
    assert read.set_aside == []
    assert read.notices == []


def test_an_organisation_is_reached_where_its_service_says_nothing() -> None:
    """By its own e-mail and page, never by a person's."""
    listing = only(as_file(published()))

    assert (listing.email, listing.url) == ("office@kettle.example", "https://kettle.example")


def test_nobody_who_is_named_in_a_file_is_kept() -> None:
    """Neither a contact, nor whom an address is for the attention of, nor who assured it."""
    listing = only(
        as_file(
            published(
                contacts=[{"id": number(3), "name": "Tricia McMillan", "title": "Manager"}],
                assurer_email="tricia.mcmillan@kettle.example",
                service_at_locations=[place()],
            )
        )
    )

    kept = as_text(listing)
    assert "Fernmoor Hall" in kept
    assert not any(name in kept for name in ("Tricia", "tricia", "McMillan", "Beeblebrox"))


def test_one_wrong_service_is_set_aside_and_the_others_are_taken() -> None:
    """By its place in the file."""
    content = as_file(published(1), published(2, status="open"), published(3), "nonsense")

    read = read_oruk(content, TODAY)

    assert [str(id_) for id_ in read.listings] == [number(1), number(3)]
    assert [aside.place for aside in read.set_aside] == [2, 4]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "kettle-1"),
        ("name", None),
        ("name", "  "),
        ("status", "temporarily_closed"),
        ("email", "email-example_com"),
        ("url", "www.kettle.example"),
        ("url", "javascript:alert(1)"),
        ("assured_date", "01/11/2026"),
        ("assured_date", "2026-12-01"),
        ("minimum_age", "18"),
        ("minimum_age", -1),
    ],
)
def test_a_value_of_another_form_sets_a_service_aside(field: str, value: object) -> None:
    """What is told is the field and the rule, not the value."""
    (told,) = faults(**{field: value})

    assert told.startswith(f"{field}: ")
    assert value is None or str(value).strip() == "" or str(value) not in told


def test_ages_the_wrong_way_round_set_a_service_aside() -> None:
    """Each is an age, and nobody is both."""
    assert faults(minimum_age=65, maximum_age=18) == (
        "maximum_age: it is not below the minimum age",
    )


@pytest.mark.parametrize("status", list(ServiceStatus))
def test_a_service_that_does_not_run_is_taken_as_such(status: ServiceStatus) -> None:
    """It is shown as closed: who knows of it is told."""
    assert only(as_file(published(status=status.value))).status is status


def test_a_latitude_of_100_is_a_notice() -> None:
    """The published example has it, and nobody is sent by it."""
    at = place()
    at["location"]["latitude"] = 100

    read = read_oruk(as_file(published(service_at_locations=[at])), TODAY)

    assert len(read.listings) == 1
    assert read.notices == ["service 1: a latitude or longitude is nowhere on Earth"]


def test_a_page_that_holds_other_than_it_says_is_told() -> None:
    """Its own figures are not believed, and one that is a page of many is not taken for all."""
    odd = {"total_items": 31, "total_pages": 1, "contents": [published()] * 128}
    first = {"total_items": 31, "total_pages": 7, "page_number": 1, "contents": [published()]}

    read = read_oruk(json.dumps(odd).encode(), TODAY)

    assert len(read.listings) == 1
    assert read.notices == [
        "repeated: 127 of the services stand in the file before",
        "total_items: the file says 31, and holds 1 services",
    ]
    assert read_oruk(json.dumps(first).encode(), TODAY).notices == [
        "page 1 of 7: the other pages are files of their own"
    ]


def test_two_services_of_one_id_are_not_mixed() -> None:
    """The first is taken, the other is set aside."""
    read = read_oruk(as_file(published(1), published(1, name="Another")), TODAY)

    assert [listing.name for listing in read.listings.values()] == ["Mentoring and confidence"]
    assert read.set_aside[0].problems == ("id: the file has another service of this id before",)


def test_a_service_at_two_locations_has_two_places() -> None:
    """Whether it is told so at once, or location by location."""
    at = [place(), place("virtual", "Captions")]
    whole = only(as_file(published(service_at_locations=at)))
    apart = [each | {"service": published()} for each in at]

    assert only(json.dumps({"contents": apart}).encode()) == whole
    assert len(whole.places) == 2


def test_an_organisation_s_file_holds_its_services() -> None:
    """Each is the organisation's."""
    service = published()
    organisation = service.pop("organization")

    assert only(json.dumps(organisation | {"services": [service]}).encode()) == only(
        as_file(published())
    )


def test_an_opportunity_ends_on_a_day() -> None:
    """A service has no such day, and an opportunity without one would stay for ever."""
    fair = only(as_file(published(nwd_kind="fair", nwd_closes_on="2027-01-15")))

    assert (fair.kind, fair.closes_on) == (ListingKind.FAIR, date(2027, 1, 15))
    rule = ("nwd_closes_on: an opportunity has a closing date, and a service has none",)
    assert faults(nwd_kind="vacancy") == rule
    assert faults(nwd_closes_on="2027-01-15") == rule


def test_what_no_screen_shows_is_not_kept() -> None:
    """NUL, which the database takes in no text, and what turns a line round."""
    listing = only(as_file(published(description="Help\x00 with \u202ework\nand more")))

    assert listing.description == "Help  with  work\nand more"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b'{"id": 1, "id": 2}',
        b'{"minimum_age": NaN}',
        b"\xff\xfe{",
        b"[" * 100_000,
        b"[]",
        b'{"contents": []}',
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    """As a whole, in words."""
    with pytest.raises(OrukError):
        read_oruk(content, TODAY)
