"""What is found in the directory, in which order, and with which marks."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from deploy.directory.capacity import say_capacity
from deploy.directory.joining import join_to_service
from deploy.directory.keeping import KeptListings, keep
from deploy.directory.look_up import (
    PAGE,
    HeldListing,
    ServiceSearch,
    alternatives,
    choices,
    find,
    of_services,
    search,
    stale_listings,
)
from deploy.directory.marks import FRESH_DAYS, Capacity, ListingMark
from deploy.directory.oruk import read_oruk
from schemas.identifiers import ProviderId, ServiceId
from tests.support.published_services import area, as_file, language, number, place, published, term

TODAY = date(2026, 11, 30)
CHARITY = ProviderId("charity-b")
MENTORING = ServiceId("charity-b.mentoring")


def put(
    connection: Connection, *services: dict[str, Any], provider: ProviderId = CHARITY
) -> KeptListings:
    """Put services into the directory."""
    read = read_oruk(as_file(*services), TODAY)
    assert read.set_aside == []
    return keep(connection, provider, read.listings.values())


def found(connection: Connection, **asked: Any) -> list[str]:
    """Return the names of what fits a search, in its order."""
    fits = search(connection, ServiceSearch(**asked), TODAY)
    assert fits.total == len(fits.listings)
    return [held.listing.name for held in fits.listings]


def held(connection: Connection, which: int = 1, today: date = TODAY) -> HeldListing:
    """Return one listing as it stands."""
    listing = find(connection, UUID(number(which)), today)
    assert listing is not None
    return listing


def test_a_file_that_comes_again_changes_what_it_changes(connection: Connection) -> None:
    """What it leaves out stays; what was said of room, and which service it is, stays with it."""
    first = put(connection, published(1), published(2))
    say_capacity(connection, UUID(number(1)), Capacity.NO, TODAY, "charity-b")
    join_to_service(connection, UUID(number(1)), MENTORING)
    again = put(connection, published(1, name="Mentors"), published(3))
    same = put(connection, published(1, name="Mentors"))

    assert [str(id_) for id_ in first.created] == [number(1), number(2)]
    assert [str(id_) for id_ in (*again.corrected, *again.created)] == [number(1), number(3)]
    assert [str(id_) for id_ in same.unchanged] == [number(1)]
    kept = held(connection)
    assert (kept.listing.name, kept.capacity, kept.service_id) == (
        "Mentors",
        Capacity.NO,
        MENTORING,
    )
    assert held(connection, 2).listing.name == "Mentoring and confidence"


def test_nobody_changes_another_provider_s_listing(connection: Connection) -> None:
    """Its id in their file does not make it theirs."""
    put(connection, published(1))
    kept = put(connection, published(1, name="Mine"), provider=ProviderId("borough-d"))

    assert [str(id_) for id_ in kept.others] == [number(1)]
    assert (held(connection).listing.name, held(connection).provider_id) == (
        "Mentoring and confidence",
        CHARITY,
    )


def test_a_search_is_by_need_borough_language_and_access(connection: Connection) -> None:
    """All that is asked fits; words are found in whatever form they stand."""
    put(
        connection,
        published(1, name="Mentoring", service_areas=[area("Camden")]),
        published(
            2,
            name="English classes",
            description=None,
            attributes=[term("Learning English")],
            languages=[language("Somali")],
            service_areas=[area("Brent"), area("Camden")],
        ),
        published(
            3,
            name="Debt advice",
            description=None,
            service_at_locations=[place("virtual", "Captions")],
        ),
    )

    assert found(connection, need="mentors") == ["Mentoring"]
    assert found(connection, need="learn english") == ["English classes"]
    assert found(connection, language="somali") == ["English classes"]
    assert found(connection, access="online") == ["Debt advice"]
    assert found(connection, borough="London Borough of Brent") == [
        "Debt advice",
        "English classes",
    ]
    assert found(connection, borough="camden", need="english") == ["English classes"]
    assert found(connection, borough="Barnet") == ["Debt advice"]
    assert found(connection, need="mentoring", borough="Brent") == []
    assert choices(connection) == (["Brent", "Camden"], ["Somali"])


@pytest.mark.parametrize("odd", ["'", "!!! & |", ")(", "<->", "the", "\\", "%"])
def test_a_search_takes_whatever_somebody_types(connection: Connection, odd: str) -> None:
    """Nothing of it is a command."""
    put(connection, published(1))

    assert found(connection, need=odd, access=odd) == []


def test_what_is_marked_is_shown_last_and_not_hidden(connection: Connection) -> None:
    """The worse the mark, the further down."""
    put(
        connection,
        published(1, name="A closed", status="temporarily closed"),
        published(2, name="B full"),
        published(3, name="C stale", assured_date="2026-08-31"),
        published(4, name="D never assured", assured_date=None),
        published(5, name="E fresh", assured_date="2026-09-01"),
        published(6, name="F ended", nwd_kind="fair", nwd_closes_on="2026-11-29"),
        published(
            7,
            name="G ends today",
            nwd_kind="fair",
            nwd_closes_on="2026-11-30",
            assured_date=None,
        ),
    )
    say_capacity(connection, UUID(number(2)), Capacity.NO, TODAY, "charity-b")

    assert found(connection) == [
        *("E fresh", "G ends today"),
        *("C stale", "D never assured"),
        "B full",
        *("A closed", "F ended"),
    ]
    assert [held(connection, each).marks for each in range(1, 8)] == [
        (ListingMark.CLOSED,),
        (ListingMark.FULL,),
        (ListingMark.STALE,),
        (ListingMark.STALE,),
        (),
        (ListingMark.CLOSED,),
        (),
    ]


@pytest.mark.parametrize("capacity", [Capacity.YES, Capacity.WAITING_LIST, Capacity.ASK])
def test_what_is_said_holds_for_90_days(connection: Connection, capacity: Capacity) -> None:
    """From then on it is stale, and its organisation is asked."""
    put(connection, published(1, assured_date="2005-01-01"))
    assert held(connection).marks == (ListingMark.STALE,)

    say_capacity(connection, UUID(number(1)), capacity, TODAY, "charity-b")

    last = TODAY + timedelta(days=FRESH_DAYS)
    assert held(connection, today=last).marks == ()
    assert held(connection, today=last + timedelta(days=1)).marks == (ListingMark.STALE,)
    assert stale_listings(connection, last) == []
    assert len(stale_listings(connection, last + timedelta(days=1))) == 1


def test_a_closed_service_is_not_asked_about(connection: Connection) -> None:
    """Whether a service that does not run has room is no question."""
    put(connection, published(1, status="defunct", assured_date=None))

    assert stale_listings(connection, TODAY) == []


def test_alternatives_are_like_it_and_have_no_mark(connection: Connection) -> None:
    """By its terms, in its areas; never itself, an opportunity, or what is as bad."""
    confidence = [term("Confidence")]
    put(
        connection,
        published(1, status="inactive", attributes=confidence, service_areas=[area("Camden")]),
        published(2, name="Near", attributes=confidence, service_areas=[area("Camden")]),
        published(3, name="Anywhere", attributes=confidence),
        published(4, name="Far", attributes=confidence, service_areas=[area("Brent")]),
        published(5, name="Closed", attributes=confidence, status="defunct"),
        published(6, name="Stale", attributes=confidence, assured_date=None),
        published(7, name="Other", description="Debt advice"),
        published(
            8, name="Fair", attributes=confidence, nwd_kind="fair", nwd_closes_on="2027-01-01"
        ),
    )

    others = alternatives(connection, held(connection), TODAY)

    assert {other.listing.name for other in others} == {"Near", "Anywhere"}


def test_without_terms_what_shares_a_word_of_the_name_is_alike(connection: Connection) -> None:
    """A name of words that say nothing is like nothing."""
    put(
        connection,
        published(1, name="Maths for beginners", description=None),
        published(2, name="Beginners' maths", description=None),
        published(3, name="Debt advice", description=None),
        published(4, name="The", description=None),
    )

    names = [each.listing.name for each in alternatives(connection, held(connection), TODAY)]

    assert names == ["Beginners' maths"]
    assert alternatives(connection, held(connection, 4), TODAY) == []


def test_one_listing_describes_a_service_at_a_time(connection: Connection) -> None:
    """Whoever joins another one to it has moved on."""
    put(connection, published(1), published(2))
    for listing_id in (number(1), number(2)):
        join_to_service(connection, UUID(listing_id), MENTORING)

    (described,) = of_services(connection, [MENTORING], TODAY)

    assert str(described.listing.id) == number(2)


def test_a_long_list_comes_in_pages(connection: Connection) -> None:
    """Each says how many there are in all."""
    put(connection, *(published(each) for each in range(1, PAGE + 4)))

    pages = [search(connection, ServiceSearch(), TODAY, page) for page in (1, 2, 3)]

    assert [len(page.listings) for page in pages] == [PAGE, 3, 0]
    assert {page.total for page in pages} == {PAGE + 3}
    ids = {each.listing.id for page in pages for each in page.listings}
    assert len(ids) == PAGE + 3
