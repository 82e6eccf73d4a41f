"""From a spreadsheet to published rows in a real browser, with JavaScript and without."""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

from deploy.hub import open_hub
from deploy.web.app import create_hub_app
from tests.integration.cli.conftest import Bus
from tests.support.web import serving

MOST_LOADS: Final = 6
NARROW: Final = 400
"""Pixels across: a telephone."""
STANDARDS: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
}
TABLE: Final = """Client ID,First name,Surname,DOB,Postcode,Date referred,Status,Notes
B07,Ottoline,Marchbanks,14/03/1991,E8 3RH,04/05/2026,Asked,likes tea
B08,Thaddeus,Winterbourne,01/12/1970,E8 3RJ,05/05/2026,Turned down,
B09,Perpetua,Lovelace,31/02/1980,E8 3RK,05/05/2026,Asked,
"""


class Asked(NamedTuple):
    """What somebody has in hand who is to hand in a table: where, a key, and for which service."""

    address: str
    key: str
    service: str


pytestmark = pytest.mark.needs("chromium", install="apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give the Chromium of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def asked(running: Bus) -> Iterator[Asked]:
    """Give what the charity was told, and a server of the bus that runs."""
    charity = running.name("charity-b")
    key = running.json("api-key", "add", charity, "--scope", f"publish:{charity}")["secret"]
    with open_hub() as hub, serving(create_hub_app(hub)) as port:
        yield Asked(f"http://localhost:{port}/import", key, running.name("charity-b.recovery"))


def press(page: Page, button: str) -> None:
    """Press a button, and wait for the page that follows, as somebody does who looks at it."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def walk_through(
    page: Page, asked: Asked, table: str, on_page: Callable[[Page], None] = lambda _: None
) -> None:
    """Do what somebody does who reads the labels, from the first page to the last."""
    page.goto(asked.address)
    on_page(page)
    page.get_by_label(re.compile("^Your organisation.s key")).fill(asked.key)
    press(page, "Continue")
    on_page(page)
    page.get_by_label("Your table").set_input_files(
        {"name": "clients.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    page.get_by_label("Each row is").select_option("somebody who was referred to you")
    press(page, "Continue")
    on_page(page)
    page.get_by_label("Which service is it?").select_option(asked.service)
    status = page.get_by_role("group", name="Status")
    status.get_by_label("Goes to").select_option("participation.stage")
    page.get_by_role("group", name="Notes").get_by_label("Goes to").select_option("Leave it out")
    if not status.get_by_label("means").count():  # asked once it is known where they go
        press(page, "Try the table")
        on_page(page)
    status.get_by_label("“Asked” means").select_option("requested")
    status.get_by_label("“Turned down” means").select_option("declined")
    press(page, "Try the table")
    on_page(page)
    assert page.get_by_text("Nothing has been shared yet.").is_visible()
    press(page, "Publish")
    on_page(page)


@pytest.mark.parametrize(("has_scripts", "people"), [(True, "B"), (False, "C")])
def test_somebody_new_gets_from_a_spreadsheet_to_published_rows_in_six_loads(
    browser: Browser, asked: Asked, *, has_scripts: bool, people: str
) -> None:
    """The browser counts them; the row that is wrong is told with its column."""
    loads = list[str]()

    def count(sent: Request) -> None:
        if sent.is_navigation_request():
            loads.append(sent.url)

    with browser.new_context(java_script_enabled=has_scripts) as context:
        page = context.new_page()
        page.on("request", count)
        table = TABLE.replace("\nB", f"\n{people}").replace("Marchbanks", f"March{people}anks")

        walk_through(page, asked, table)

        assert page.get_by_role("heading", name="Your table is published").is_visible()
        assert page.get_by_text("2 events published.").is_visible()
        assert page.get_by_text(re.compile(r"column D \(DOB\)")).is_visible()
    assert 0 < len(loads) <= MOST_LOADS
    assert not any(asked.key in url for url in loads)


def test_no_page_has_what_somebody_who_cannot_see_would_stumble_over(
    browser: Browser, asked: Asked
) -> None:
    """By axe, at WCAG 2.2 AA; and on a telephone nothing is cut off at the side."""
    found = list[Any]()
    titles = set[str]()

    def look(page: Page) -> None:
        titles.add(page.title())
        found.extend(Axe().run(page, options=STANDARDS).response["violations"])
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, page.title()

    with browser.new_context(viewport={"width": NARROW, "height": 800}) as context:
        table = TABLE.replace("\nB", "\nD").replace("Marchbanks", "Marchdanks")
        walk_through(context.new_page(), asked, table, look)

    assert found == []
    assert len(titles) >= 5
