"""A table handed in on the pages, from the file to the bus, by somebody without scripts."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from deploy.home.api_token import read_api_token
from deploy.hub import open_hub
from deploy.web.app import create_hub_app
from producers.publisher import Publisher, PublishError, Sent
from schemas.events import Event
from tests.integration.cli.conftest import Bus
from tests.support.form_browser import FormBrowser, Page
from tests.support.published_services import as_file, number, published, term

HERE = "http://localhost"
MOST_LOADS = 6
TABLE = """Client ID,First name,Surname,DOB,Postcode,Date referred,Status,Notes
007,Ada,Sample,14/03/1991,E8 3RH,04/05/2026,Asked,likes tea
008,Ben,Sample,01/12/1970,E8 3RJ,05/05/2026,Turned down,
009,Cy,Sample,31/02/1980,E8 3RK,05/05/2026,Asked,
"""
HEADINGS = TABLE.splitlines()[0].split(",")[1:]
"""Those that are asked about: the first is the charity's own reference."""


@pytest.fixture(scope="module")
def key(running: Bus) -> str:
    """Give the key with which the charity publishes."""
    scope = f"publish:{running.name('charity-b')}"
    made: str = running.json("api-key", "add", running.name("charity-b"), "--scope", scope)[
        "secret"
    ]
    return made


@pytest.fixture
def client(key: str) -> Iterator[TestClient]:
    """Give the application of the bus that runs."""
    assert key
    with open_hub() as hub, TestClient(create_hub_app(hub), base_url=HERE) as client:
        yield client


@pytest.fixture
def browser(client: TestClient) -> FormBrowser:
    """Give a browser that has opened nothing yet."""
    return FormBrowser(client)


def asked_for(browser: FormBrowser, key: str) -> Page:
    """Return the page on which a file is chosen."""
    return browser.send(browser.open("/import").forms[0], {"key": key})


def handed_in(browser: FormBrowser, key: str, name: str, table: str = TABLE) -> Page:
    """Return the page on a table's columns."""
    form = asked_for(browser, key).forms[0]
    return browser.send(form, {"event": "referral"}, {"file": (name, table.encode())})


def chosen(running: Bus, page: Page) -> dict[str, str]:
    """Return what a person chooses on the columns' page, beside what was guessed."""
    form = page.forms[0]
    status, notes = HEADINGS.index("Status"), HEADINGS.index("Notes")
    said = {form.fields[f"said-{status}-{at}"]: at for at in range(2)}
    return {
        "service": running.name("charity-b.recovery"),
        f"to-{status}": "participation.stage",
        f"to-{notes}": "ignored",
        f"word-{status}-{said['Asked']}": "requested",
        f"word-{status}-{said['Turned down']}": "declined",
    }


def tried(running: Bus, browser: FormBrowser, key: str, name: str, table: str = TABLE) -> Page:
    """Return the page on what would become of a table."""
    columns = handed_in(browser, key, name, table)
    assert columns.status == 200, columns.text
    form = columns.forms[0]
    status = HEADINGS.index("Status")
    if f"said-{status}-0" not in form.fields:  # the words are asked for once it is known where to
        columns = browser.send(form, {f"to-{status}": "participation.stage"})
        assert columns.status == 422
    page = browser.send(columns.forms[0], chosen(running, columns))
    assert page.status == 200, page.text
    return page


def test_somebody_new_gets_from_a_file_to_published_rows_in_six_pages(
    running: Bus, browser: FormBrowser, key: str
) -> None:
    """And sees before anything is shared what would become of each row, and who would see it."""
    page = tried(running, browser, key, "clients.csv")
    assert "Nothing has been shared yet" in page.text
    assert "1 row: column D (DOB)" in page.text
    assert re.search(
        r"<h3>2 rows \(lines 2, 3\)</h3>\s*<p[^>]*>Nobody would see them yet", page.text
    )
    assert "Ask their people. Those who say yes let these see:" in page.text

    done = browser.send(page.forms[1])

    assert done.status == 200, done.text
    assert "2 events published" in done.text
    assert browser.loads <= MOST_LOADS
    again = browser.send(page.forms[1])
    assert again.status == 404
    assert "There is no such file" in again.text


def test_a_table_of_referrals_to_a_full_service_is_warned_about_before_it_is_published(
    running: Bus, browser: FormBrowser, key: str, tmp_path: Path
) -> None:
    """With how many, why, and a way to what there is instead."""
    recovery, charity = running.name("charity-b.recovery"), running.name("charity-b")
    file = tmp_path / "services.json"
    day = str(datetime.now(UTC).date())
    alike = {"attributes": [term("Recovery")], "assured_date": day}
    file.write_bytes(as_file(published(1, **alike), published(2, name="Another", **alike)))
    running.done("services", "import", str(file), "--provider", charity)
    running.done("services", "join", number(1), recovery)
    running.done("services", "capacity", recovery, "no")

    others = TABLE.replace("\n00", "\n60").replace("Ada,Sample,14", "Hyacinth,Bellworthy,21")
    page = tried(running, browser, key, "referred.csv", others)

    assert "Ask before you refer anybody there" in page.text
    assert "1 referral. It is full: they said so on" in page.text
    assert f'<a href="/services/{number(2)}">Another</a>' in page.text


def test_an_import_that_fails_half_way_is_finished_by_pressing_again(
    running: Bus, browser: FormBrowser, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent already counts once, and the file is kept until all of it is."""
    others = TABLE.replace("\n00", "\n90").replace("Ada,Sample,14", "Zola,Quarter,15")
    page = tried(running, browser, key, "half.csv", others)
    publish, sent = Publisher.publish, list[Event]()

    def fail_at_the_second(publisher: Publisher, event: Event) -> Sent:
        if sent:
            raise PublishError("Kafka has not acknowledged everything.", "Try again.")
        sent.append(event)
        return publish(publisher, event)

    with monkeypatch.context() as patch:
        patch.setattr(Publisher, "publish", fail_at_the_second)
        failed = browser.send(page.forms[1])
    done = browser.send(page.forms[1])

    assert failed.status == 503
    assert "Nothing is lost" in failed.text
    assert "2 events published" in done.text
    (first,) = sent
    running.wait_for_events(first.participant_id, 1)
    assert running.json("participant", "show", first.participant_id)["events"] == 1


def test_the_same_table_again_is_placed_as_it_was_and_publishes_nothing(
    running: Bus, browser: FormBrowser, key: str
) -> None:
    """What an organisation chose once, it is not asked again; a corrected row alone is sent."""
    browser.send(tried(running, browser, key, "again.csv").forms[1])
    corrected = TABLE.replace("31/02/1980", "28/02/1980")

    columns = handed_in(browser, key, "another-month.csv", corrected)
    page = browser.send(columns.forms[0])

    assert page.status == 200, page.text
    assert "1 event would be published" in page.text
    assert re.search(r"As before</th><td>2<", page.text)


def test_what_a_file_is_called_is_kept_nowhere(
    running: Bus, browser: FormBrowser, key: str
) -> None:
    """It may name a person: neither mappings, nor snapshots, nor events have it."""
    table = TABLE.replace("\n00", "\n80").replace("Ada,Sample,14", "Ursula,Clearwater,17")
    table = table.replace("Notes", "Remarks")
    browser.send(tried(running, browser, key, "ursula-clearwater.csv", table).forms[1])

    with running.hub() as hub, hub.engine.connect() as connection:
        names = connection.scalars(text("SELECT name FROM uploads.mapping")).all()
        texts = connection.scalars(text("SELECT text FROM uploads.mapping")).all()
        collections = connection.scalars(text("SELECT collection FROM snapshots.item")).all()

    assert any(name.startswith("table-") for name in names)
    assert collections
    assert "clearwater" not in str([*names, *texts, *collections]).lower()


def test_the_table_comes_back_whole_with_a_column_of_reasons(
    running: Bus, browser: FormBrowser, client: TestClient, key: str
) -> None:
    """As a file that opens in a spreadsheet."""
    others = TABLE.replace("\n00", "\n70").replace("Ada,Sample,14", "Isolde,Ravensworth,19")
    others = others.replace("Ben,Sample,01/12", "Lysander,Hartigan,03/11")
    form = tried(running, browser, key, "reasons.csv", others).forms[0]

    answer = client.post(form.action, data=form.fields)

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.headers["content-disposition"] == 'attachment; filename="reasons-checked.csv"'
    assert [row["Client ID"] for row in rows] == ["707", "708", "709"]
    assert [bool(row["import reasons"]) for row in rows] == [False, False, True]
    assert rows[2]["import result"] == "set aside"
    assert [row["import recipients"].startswith("nobody yet") for row in rows] == [
        True,
        True,
        False,
    ]
    assert "identity" in rows[0]["import to ask"]
    assert rows[2]["import to ask"] == ""


@pytest.mark.parametrize("given", ["", "nwd_wrong", "\x00"])
def test_a_key_that_is_none_gets_no_further(browser: FormBrowser, given: str) -> None:
    """And the page says whom to ask."""
    page = asked_for(browser, given)

    assert page.status == 401
    assert "Ask the hub for a key" in page.text


def test_a_key_that_publishes_nothing_gets_no_further(running: Bus, browser: FormBrowser) -> None:
    """The hub's own token is none for this either."""
    token = read_api_token(Path(running.settings["NWD_HOME"]))

    assert asked_for(browser, token).status == 403


def test_a_file_that_is_no_table_can_be_chosen_again(browser: FormBrowser, key: str) -> None:
    """The page says what it is; the same form takes another one."""
    form = asked_for(browser, key).forms[0]

    page = browser.send(form, {"event": "referral"}, {"file": ("a.pdf", b"%PDF-1.7 nothing")})
    assert page.status == 422
    assert "The file is a PDF, not a table." in page.text
    again = browser.send(page.forms[0], {"event": "referral"}, {"file": ("a.csv", TABLE.encode())})
    assert again.status == 200


def test_who_is_suspended_hands_in_nothing_and_publishes_nothing(
    running: Bus, browser: FormBrowser, key: str
) -> None:
    """Not even what they have tried before."""
    page = tried(running, browser, key, "suspended.csv")
    running.done("organisation", "suspend", running.name("charity-b"))
    try:
        asked = asked_for(browser, key)
        published = browser.send(page.forms[1])
    finally:
        running.done("organisation", "resume", running.name("charity-b"))

    assert (asked.status, published.status) == (403, 403)
    assert "This organisation is suspended" in published.text
    assert browser.send(page.forms[1]).status == 200


def test_a_file_that_was_handed_in_a_day_ago_is_gone(
    running: Bus, browser: FormBrowser, key: str
) -> None:
    """Nobody finds it any more, and the next one takes its bytes away."""
    old = handed_in(browser, key, "old.csv").forms[0]
    upload_id = old.fields["token"].partition(".")[0]
    is_held = text("SELECT count(*) FROM uploads.upload WHERE upload_id = :id")
    with running.hub() as hub:
        owner = create_engine(running.settings["NWD_DATABASE_OWNER_URL"])
        with owner.begin() as connection:
            aged = "UPDATE uploads.upload SET made_at = made_at - interval '24 hours 1 second'"
            connection.execute(text(f"{aged} WHERE upload_id = :id"), {"id": upload_id})
        owner.dispose()

        assert browser.send(old).status == 404
        asked_for(browser, key)
        with hub.engine.connect() as connection:
            assert connection.scalar(is_held, {"id": upload_id}) == 0


def test_nobody_hands_in_what_was_not_asked_for(client: TestClient) -> None:
    """Whether a file is awaited is known by the address, before the file is read."""
    answer = client.post("/import/file/0123456789abcdef", content=b"no form at all")

    assert answer.status_code == 404


def test_what_is_kept_of_a_file_opens_by_its_token_alone(
    browser: FormBrowser, key: str, running: Bus
) -> None:
    """The hub's database has no name of it, and no key to it."""
    page = handed_in(browser, key, "sealed.csv")
    token = page.forms[0].fields["token"]
    with running.hub() as hub, hub.engine.connect() as connection:
        kept = connection.scalars(text("SELECT sealed FROM uploads.upload")).all()

    assert kept
    assert not any(b"Sample" in bytes(sealed or b"") for sealed in kept)
    assert token not in str(kept)
    stolen = page.forms[0].fields | {"token": f"{token.partition('.')[0]}.{'A' * 43}="}
    page.forms[0].fields = stolen
    assert browser.send(page.forms[0]).status == 404


def test_every_field_of_every_page_has_a_label(
    running: Bus, browser: FormBrowser, key: str
) -> None:
    """A screen reader says what each is for."""
    pages = [
        browser.open("/import"),
        asked_for(browser, key),
        handed_in(browser, key, "labels.csv"),
        tried(running, browser, key, "labels.csv"),
    ]

    assert [page.unlabelled for page in pages] == [[], [], [], []]
