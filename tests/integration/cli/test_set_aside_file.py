"""Questions of an import in one file, and the answers given back in one go."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import Bus
from tests.support.ilr.returns import FILES, MADE_2025

ALTHOUGH = "--although-of-another-organisation"


class College:
    """A college that hands in its return, with questions and answers in files."""

    def __init__(self, bus: Bus, folder: Path) -> None:
        self.bus = bus
        self.folder = folder
        provider = ("--provider", bus.name("college-c"))
        self.arguments = ("import", "ilr", str(FILES / MADE_2025), ALTHOUGH, *provider)

    def questions(self, name: str) -> tuple[Path, list[dict[str, str]]]:
        """Import with a file for those who are set aside, and return it with its rows."""
        file = self.folder / name
        self.bus.done(*self.arguments, "--set-aside", str(file))
        with file.open(encoding="utf-8", newline="") as stream:
            return file, list(csv.DictReader(stream))

    def answered(self, name: str, *rows: str) -> Path:
        """Write a file of answers."""
        file = self.folder / name
        file.write_text("\n".join(("reference,answer,number", *rows)) + "\n", "utf-8")
        return file

    def imports(self, file: Path, *options: str) -> Any:
        """Import with answers and return what is told as JSON."""
        return self.bus.json(*self.arguments, "--answers", str(file), *options)


@pytest.fixture(scope="module")
def college(running: Bus, tmp_path_factory: pytest.TempPathFactory) -> College:
    """Give the college."""
    return College(running, tmp_path_factory.mktemp("college"))


@pytest.fixture(scope="module")
def asked(college: College) -> dict[str, str]:
    """Import, and return the one row that can be answered."""
    file, rows = college.questions("first.csv")
    assert file.stat().st_mode & 0o777 == 0o600
    assert {row["answer"] + row["number"] for row in rows} == {""}
    [row] = [row for row in rows if "an adviser decides" in row["reason"]]
    return row


def test_the_file_names_nothing_of_anybody_but_the_references(
    college: College, asked: dict[str, str]
) -> None:
    """Whoever breaks a rule stands in it, too, with what to do."""
    text = (college.folder / "first.csv").read_text("utf-8")

    assert asked["reference"] in text
    assert "the same National Insurance number" in asked["reason"]
    assert "ULN_04: the ULN fails its check digit; correct the record" in text
    assert not any(word in text for word in ("NWD-", "Mbeki", "8700003441", "19"))


def test_a_file_that_is_there_is_not_overwritten(college: College, asked: dict[str, str]) -> None:
    """It may be filled in already; nothing is imported before that is told."""
    assert asked
    result = college.bus.nwd(*college.arguments, "--set-aside", str(college.folder / "first.csv"))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "is there already" in result.stderr


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{},perhaps,", "line 2: the answer is none of same, other, returning, leave"),
        ("{},same,", "line 2: same needs the number on the person's card"),
        ("NOBODY,other,", "line 2: nobody in the file has that reference"),
    ],
)
def test_answers_that_are_none_are_refused_by_line(
    college: College, asked: dict[str, str], row: str, said: str
) -> None:
    """Nobody is registered by the others, and no value is shown."""
    file = college.answered("wrong.csv", row.format(asked["reference"]))
    result = college.bus.nwd(*college.arguments, "--answers", str(file))

    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert "NOBODY" not in result.stderr


def test_what_is_left_stays_a_question(college: College, asked: dict[str, str]) -> None:
    """The row as it was written says the same."""
    left = college.imports(college.folder / "first.csv")
    again = college.imports(college.answered("left.csv", f"{asked['reference']},leave,"))

    assert left["set_aside_by_reason"] == again["set_aside_by_reason"]
    assert left["set_aside_by_reason"]["possible-match"] == 1


def test_an_answer_takes_the_learner_as_its_dry_run_has_said(
    college: College, asked: dict[str, str]
) -> None:
    """The events of the learner are published, and given again nothing changes."""
    file = college.answered("other.csv", f"{asked['reference'].lower()},other,")
    rehearsed = college.imports(file, "--dry-run")
    done = college.imports(file)
    again = college.imports(file)

    told = ("learners_taken", "learners_new", "set_aside_by_reason", "enrolments", "published")
    assert [rehearsed[name] for name in told] == [done[name] for name in told]
    assert (done["learners_new"], "possible-match" in done["set_aside_by_reason"]) == (1, False)
    assert done["published"] > 0
    assert (again["learners_new"], again["published"]) == (0, 0)


def test_without_anybody_set_aside_no_file_is_written(college: College, tmp_path: Path) -> None:
    """And that is said."""
    text = (FILES / MADE_2025).read_text("utf-8")
    start, end = text.index("<Learner>"), text.index("</Learner>") + len("</Learner>")
    whole = tmp_path / "one.xml"
    whole.write_text(text[:end] + text[text.rindex("</Message>") :], "utf-8")
    assert start < end
    file = tmp_path / "nobody.csv"
    bus = college.bus
    result = bus.nwd(
        *("import", "ilr", str(whole), ALTHOUGH, "--provider", bus.name("college-c")),
        *("--dry-run", "--set-aside", str(file)),
    )

    assert result.exit_code == 0, result.stderr
    assert "Nobody was set aside" in result.stderr
    assert not file.exists()


def test_the_json_names_no_reference(college: College, asked: dict[str, str]) -> None:
    """It can be logged; the file cannot."""
    told = college.bus.json(*college.arguments)

    assert asked["reference"] not in json.dumps(told)
