"""The pages of the service directory, as anybody sees them."""

from base64 import b64encode
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from deploy.directory.listing import Listing, ListingKind, ServicePlace, ServiceStatus
from deploy.directory.look_up import PAGE, Choices, FoundListings, HeldListing, ServiceSearch
from deploy.directory.marks import Capacity, ListingMark
from deploy.pages.confirmation import confirmation_page
from deploy.pages.environment import STYLE_SOURCE
from deploy.pages.notice import notice_page
from deploy.pages.service import service_page
from deploy.pages.service_fields import shown
from deploy.pages.service_list import SearchForm, service_list_page
from deploy.web.guard.every_answer import SECURITY_HEADERS
from schemas.identifiers import ProviderId
from tests.support.page_outline import check_served_page

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def held(*marks: ListingMark, capacity: Capacity | None = None, **changes: Any) -> HeldListing:
    """Return a listing as it stands."""
    said: dict[str, Any] = {
        "id": UUID(int=1),
        "name": "Mentoring <b>& confidence</b>",
        "organisation": "The Kettle Trust",
        "status": ServiceStatus.ACTIVE,
        "description": "Somebody to talk to.",
        "email": "office@kettle.example",
        "url": "https://kettle.example/?a=1&b=2",
        "minimum_age": 18,
        "areas": ("Camden",),
        "places": (ServicePlace(kind="physical", name="Hall", access=("Step-free",)),),
    }
    return HeldListing(
        listing=Listing(**(said | changes)),
        provider_id=ProviderId("charity-b"),
        service_id=None,
        capacity=capacity,
        confirmed_on=date(2026, 11, 2) if capacity else None,
        marks=marks,
    )


def listed(*found: HeldListing, total: int | None = None, page: int = 1, **asked: Any) -> str:
    """Return the page of a search that found these."""
    form = SearchForm(ServiceSearch(**asked), page, Choices(["Brent", "Camden"], ["Somali"]))
    return service_list_page(form, FoundListings(total or len(found), list(found)), NOW)


@pytest.mark.parametrize(
    "page",
    [
        listed(),
        listed(held(), held(*ListingMark, capacity=Capacity.NO), total=99, page=2, need="a"),
        service_page(held(), [], NOW),
        service_page(held(*ListingMark, capacity=Capacity.NO), [held()], NOW),
        confirmation_page(held(ListingMark.STALE), NOW),
        confirmation_page(held(capacity=Capacity.ASK), NOW, is_unanswered=True),
        notice_page("Thank you", "It is done.", NOW),
    ],
    ids=["nothing found", "found", "service", "closed", "confirm", "unanswered", "notice"],
)
def test_a_page_can_be_used_without_seeing_it_and_runs_nothing(page: str) -> None:
    """Each field has its label, headings go down step by step, and nothing is loaded."""
    check_served_page(page)


def test_what_an_organisation_writes_is_text_on_every_page() -> None:
    """Not an element, and not an attribute's end."""
    odd = held(ListingMark.STALE, organisation='"><script>', description="<script>")

    for page in (listed(odd, need='"><script>'), service_page(odd, [odd], NOW)):
        assert "<script>" not in page
        assert "Mentoring &lt;b&gt;&amp; confidence&lt;/b&gt;" in page
    assert "<script>" not in confirmation_page(odd, NOW)


def test_a_form_shows_what_was_asked() -> None:
    """So that it can be changed."""
    page = listed(need="debt", borough="camden", language="Somali", kind=ListingKind.FAIR)

    assert 'name="need" maxlength="100" value="debt"' in page
    for chosen in ("Camden", "Somali", "fair"):
        assert f'<option value="{chosen}" selected>' in page
    assert '<option value="Brent">' in page


def test_marks_are_said_in_words() -> None:
    """With the day that they are about."""
    closed = held(ListingMark.CLOSED, status=ServiceStatus.TEMPORARILY_CLOSED)
    over = held(ListingMark.CLOSED, kind=ListingKind.FAIR, closes_on=date(2026, 11, 29))
    stale = held(ListingMark.STALE, ListingMark.FULL, capacity=Capacity.NO)

    assert "It is closed for now." in listed(closed)
    assert "It closed on 29 November 2026." in listed(over)
    assert "Nobody has confirmed this since 2 November 2026." in listed(stale)
    assert "It is full: they said so on 2 November 2026." in listed(stale)
    assert "It has room, as they said on 2 November 2026." in listed(held(capacity=Capacity.YES))
    assert "Nobody has confirmed this yet." in service_page(held(ListingMark.STALE), [], NOW)
    assert 'class="mark"' not in service_page(held(), [], NOW)


def test_a_page_leads_to_the_next_and_the_one_before() -> None:
    """With all that was asked."""
    page = listed(held(), total=2 * PAGE + 1, page=2, need="a & b")

    assert 'href="/services?need=a+%26+b&amp;page=1#results"' in page
    assert 'href="/services?need=a+%26+b&amp;page=3#results"' in page
    assert "rel=" not in listed(held(), total=PAGE, page=1)


def test_the_page_of_a_link_says_what_it_confirms() -> None:
    """And has what was said last chosen."""
    page = confirmation_page(held(ListingMark.STALE, capacity=Capacity.WAITING_LIST), NOW)

    assert "Mentoring &lt;b&gt;" in page
    assert "It changes nothing else." in page
    assert '<form method="post">' in page
    assert 'value="waiting-list" required checked>' in page
    assert page.count(" checked") == 1


def test_a_browser_applies_the_style_of_a_page_and_no_other() -> None:
    """The policy that every answer has names its digest."""
    page = listed()

    style = page.partition("<style>")[2].partition("</style>")[0]
    assert "max-width" in style
    assert f"style-src {STYLE_SOURCE};" in SECURITY_HEADERS["content-security-policy"]
    assert digest_source(style) == STYLE_SOURCE


def digest_source(style: str) -> str:
    """Return what a browser compares: base64 of the SHA-256 of what stands in the element."""
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


def test_programs_get_all_that_is_known() -> None:
    """As JSON, with marks and dates."""
    fields = shown(held(ListingMark.FULL, capacity=Capacity.NO)).model_dump(mode="json")

    assert (fields["marks"], fields["capacity"], fields["confirmed_on"]) == (
        ["full"],
        "no",
        "2026-11-02",
    )
    assert fields["provider"] == "charity-b"
