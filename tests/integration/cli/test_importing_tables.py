"""A charity's spreadsheet, from the first guess to a record in a recipient's tray."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
import yaml

from producers.tables.opening import open_table
from tests.integration.cli.conftest import Bus, wait_until
from tests.support.tables.charity import ADA, BEN, HEADINGS, workbook
from tests.support.tables.hand_typed import HEADINGS as TYPED
from tests.support.tables.hand_typed import typed_rows


class Office:
    """A charity with a workbook, and a folder to keep files in."""

    def __init__(self, bus: Bus, folder: Path) -> None:
        self.bus = bus
        self.folder = folder
        self.provider = bus.name("charity-b")
        self.mapping = folder / "clients.yaml"

    def table(self, *rows: tuple[str, ...], name: str = "clients.xlsx") -> str:
        """Write a workbook of these rows and return its name."""
        path = self.folder / name
        path.write_bytes(workbook([HEADINGS, *rows]))
        return str(path)

    def nwd(self, table: str, *options: str) -> Any:
        """Import a table and return what is told as JSON."""
        return self.bus.json("import", "csv", table, "--provider", self.provider, *options)

    def imports(self, table: str, *options: str) -> Any:
        """Import a table by the mapping."""
        return self.nwd(table, "--map", str(self.mapping), *options)


@pytest.fixture(scope="module")
def office(running: Bus, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Give the charity, whose mapping was guessed, looked through and kept."""
    made = Office(running, tmp_path_factory.mktemp("office"))
    guessed = running.done(
        *("import", "csv", made.table(ADA, BEN), "--provider", made.provider, "--guess")
    ).stdout
    assert "Ada" not in guessed
    assert "007" not in guessed
    plain = yaml.safe_load(guessed)
    assert plain["events"]["enrolment"]["fixed"]["participation.service_id"] == "?"
    plain["events"]["enrolment"]["fixed"]["participation.service_id"] = f"{made.provider}.mentoring"
    plain["columns"]["Notes"] = "ignored"
    made.mapping.write_text(yaml.safe_dump(plain), "utf-8")
    return made


def test_from_a_spreadsheet_to_a_record_in_a_tray(office: Office) -> None:
    """A dry run promises what the run does; the same again is nothing; a yes opens the tray."""
    bus = office.bus
    table = office.table(ADA, BEN)
    promised = office.imports(table, "--dry-run")
    done = office.imports(table)
    again = office.imports(table)

    recipients = promised.pop("recipients")
    assert promised.pop("published_unseen") == 2
    (alike,) = promised.pop("rows")
    assert (alike["lines"], alike["seen_by_nobody_yet"]) == ([2, 3], True)
    assert {**promised, "is_dry_run": False} == done
    assert (done["rows_created"], done["people_new"], done["published"]) == (2, 2, 2)
    assert (again["rows_unchanged"], again["published"]) == (2, 0)
    passport = bus.name("passport.coordination")
    asked = {one["agreement"]: one["records_if_asked"] for one in recipients}
    assert asked[passport] == 2

    number = bus.json(
        *("participant", "register", "--provider", office.provider, "--reference", "007")
    )["participant_id"]
    bus.done("consent", "grant", number, passport, "--all")
    wait_until(lambda: len(bus.lines("tray", "show", passport)) == 1, "the record")


def test_the_table_comes_back_with_reasons_and_goes_in_again_corrected(office: Office) -> None:
    """Only what was corrected is sent; what begins as a formula is text."""
    table = office.table(
        ("101", "=1+1", "Oddlington", "05/06/1988", "N1 9GU", *BEN[5:]),
        ("102", "Cleo", "Quillfeather", "31/02/1980", "SE1 7PB", *BEN[5:]),
        name="more.xlsx",
    )
    back = office.folder / "back.csv"
    first = office.imports(table, "--result", str(back))

    assert (first["rows_created"], first["rows_set_aside"]) == (1, 1)
    assert back.stat().st_mode & 0o777 == 0o600
    text = back.read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["First name"] == "'=1+1"
    assert [row["import result"] for row in rows] == ["created", "set aside"]
    assert [bool(row["import passport number"]) for row in rows] == [True, False]
    assert "no such day" in rows[1]["import reasons"]

    back.write_text(text.replace("31/02/1980", "28/02/1980"), "utf-8")
    second = office.imports(str(back))
    assert (second["rows_unchanged"], second["rows_created"]) == (1, 1)
    assert second["published"] == 1


def test_a_dry_run_says_in_the_table_who_would_see_each_row(office: Office) -> None:
    """As a workbook, whose cells are what they were."""
    table = office.table(
        ("201", "Dai", "Pennywhistle", "09/10/1977", "SW2 1RW", *BEN[5:]), name="tried.xlsx"
    )
    back = office.folder / "tried-back.xlsx"
    office.imports(table, "--dry-run", "--result", str(back))

    with open_table(back) as read:
        (row,) = read.rows()
    *_, status, reasons, recipients, to_ask, number = row.cells
    statistics, support = map(office.bus.name, ("hub.statistics", "borough-d.support"))
    assert (status, reasons, number) == ("created", "", "")
    assert recipients == (f"nobody yet, but as a figure: {statistics} (participation, identity)")
    assert f"{support} (participation, identity, contact)" in str(to_ask).split("; ")


def test_who_may_be_known_is_asked_about_in_a_file(office: Office) -> None:
    """The answers go back with the same table; a refused mapping does nothing before."""
    bus = office.bus
    twin = ("301", "Ada", "Sample", "15/03/1991", "e8 3rh", *ADA[5:])
    table = office.table(twin, name="twin.xlsx")
    questions = office.folder / "questions.csv"
    first = office.imports(table, "--set-aside", str(questions))
    assert [problem["code"] for problem in first["problems"]] == ["possible-match"]
    assert "301" not in str(first)
    answers = office.folder / "answers.csv"
    answers.write_text("reference,answer,number\n301,other,\n", "utf-8")
    assert questions.read_text("utf-8").splitlines()[1].startswith("301,2,")

    second = office.imports(table, "--answers", str(answers))
    assert (second["rows_created"], second["people_new"]) == (1, 1)
    wrong = bus.nwd(
        *("import", "csv", table, "--provider", bus.name("borough-d"), "--map"),
        str(office.mapping),
    )
    assert wrong.exit_code == 1
    assert "not of" in wrong.stderr


def test_two_hundred_rows_that_were_typed_by_hand(office: Office) -> None:
    """Most go in as they stand; what is wrong with the rest is said in a few lines."""
    path = office.folder / "typed.xlsx"
    path.write_bytes(workbook([TYPED, *typed_rows(200)]))
    text = office.bus.done(
        *("import", "csv", str(path), "--provider", office.provider, "--guess")
    ).stdout
    for asked, answer in {
        "service_id: '?'": f"service_id: {office.provider}.mentoring",
        "comments: '?'": "comments: ignored",
        "ctive: '?'": "ctive: started",
        "On hold: '?'": "On hold: break_started",
        "Left: '?'": "Left: withdrawn",
        "Job!: '?'": "Job!: completed",
    }.items():
        assert asked in text
        text = text.replace(asked, answer)
    mapping = office.folder / "typed.yaml"
    mapping.write_text(text, "utf-8")
    strict = office.nwd(str(path), "--map", str(mapping), "--dry-run")
    mapping.write_text(
        text.replace(
            "mentoring\n    when:", "mentoring\n      participation.stage: started\n    when:"
        ),
        "utf-8",
    )
    done = office.nwd(str(path), "--map", str(mapping))

    worst = strict["problems"][0]
    assert (worst["column"], worst["text"], worst["rows"]) == ("column I (STATUS)", "missing", 39)
    assert (done["rows_created"], done["rows_set_aside"]) == (183, 17)
    assert len(done["problems"]) <= 10
