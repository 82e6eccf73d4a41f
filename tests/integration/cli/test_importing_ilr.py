import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from schemas.identifiers import ProviderId
from tests.integration.cli.conftest import WAIT_SECONDS, Bus
from tests.support.ilr import facts
from tests.support.ilr.returns import BROKEN_2018, FILES, MADE_2025, Edited

ASIDE = {"R_59": 2, "R_07": 1, "ULN_04": 1, "possible-match": 1}


ALTHOUGH = "--although-of-another-organisation"
"""The returns of the tests are of no organisation on the bus."""


TABLE = Path(facts.__file__).parent / "tables" / "rules-2025-26.csv"


class College:
    """A college's own imports: learners of one module would recognise each other's."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.file = FILES / MADE_2025

    def imports(self, *options: str, file: Path | None = None) -> Any:
        """Import a return and return what is told as JSON."""
        provider = self.bus.name("college-c")
        return self.bus.json(
            *("import", "ilr", str(file or self.file), "--provider", provider, ALTHOUGH, *options)
        )

    def participants(self) -> int:
        """Return how many participants were ever registered."""
        entries = self.bus.lines("ledger", "show", "--last", "10000")
        return len([one for one in entries if one["kind"] == "registered"])


@pytest.fixture(scope="module")
def college(running: Bus) -> College:
    """Give the college with its return."""
    return College(running)


@pytest.fixture(scope="module")
def rehearsed(college: College) -> Any:
    """Rehearse the import before anything else."""
    return college.imports("--dry-run")


@pytest.fixture(scope="module")
def imported(college: College, rehearsed: Any) -> Any:
    """Import the return, after the rehearsal."""
    assert rehearsed["is_dry_run"]
    return college.imports()


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("college-c", "the return is of 90010009, but {} is 90010002."),
        ("borough-d", "the return is of 90010009, and no UKPRN is listed for {}."),
    ],
)
def test_a_return_of_another_organisation_is_refused_unless_said(
    college: College, provider: str, said: str
) -> None:
    """Nobody is registered and nothing is published before it is, also for a look."""
    name = college.bus.name(provider)
    for options in ((), ("--dry-run",)):
        result = college.bus.nwd(
            *("import", "ilr", str(college.file), "--provider", name), *options
        )

        assert (result.exit_code, result.stdout) == (1, "")
        assert said.format(name) in result.stderr
        assert ALTHOUGH in result.stderr
    assert college.participants() == 0


def test_a_dry_run_says_who_would_get_what(college: College, rehearsed: Any) -> None:
    """Nobody has consented yet, so nothing but what is for everyone would be delivered."""
    reaches = {one["agreement"]: one for one in rehearsed["recipients"]}

    statistics = reaches.pop(college.bus.name("hub.statistics"))
    assert statistics["records"] == rehearsed["published"] == 14
    assert set(statistics["categories"]) == {"participation", "identity", "area", "progress"}
    assert statistics["categories"]["participation"] == 14
    assert reaches.pop(college.bus.name("research.outcomes"))["records"] == 2
    assert {one["records"] for one in reaches.values()} == {0}


def test_a_dry_run_registers_and_publishes_nothing(college: College, imported: Any) -> None:
    """The import after it finds everybody new."""
    assert (imported["learners_read"], imported["learners_taken"]) == (13, 9)
    assert imported["learners_new"] == college.participants() == 9
    assert imported["published"] == 14
    assert (imported["enrolments"]["new"], imported["outcomes"]["new"]) == (12, 2)


def test_who_breaks_a_rule_or_may_be_known_is_set_aside_by_name_of_the_rule(imported: Any) -> None:
    """One National Insurance number on several records joins nobody silently."""
    assert imported["set_aside_by_reason"] == ASIDE
    assert {one["line"] for one in imported["set_aside"] if "ULN_04" in one["reasons"]} == {500}
    assert {one["code"] for one in imported["warnings"]} >= {"Filename_1", "UKPRN"}


def test_the_same_return_again_publishes_nothing(college: College, imported: Any) -> None:
    """Everybody is found again by the learner reference."""
    again = college.imports()

    assert (again["learners_new"], again["published"]) == (0, 0)
    assert again["enrolments"]["unchanged"] == imported["enrolments"]["new"]


def test_a_learner_under_a_new_reference_carries_on(
    college: College, imported: Any, tmp_path: Path
) -> None:
    """The return names the old one: nobody is new, nothing has vanished or is told again."""
    file = Edited(MADE_2025)
    taken = file.all("Learner")[0]
    for aim in file.all("LearningDelivery", taken):
        file.set(aim, "SWSupAimId", None)
    with_references = tmp_path / "before" / MADE_2025
    with_references.parent.mkdir()
    with_references.write_bytes(file.stream().read())
    before = college.imports(file=with_references)
    file.set(taken, "PrevLearnRefNumber", file.text(taken, "LearnRefNumber"))
    file.set(taken, "LearnRefNumber", "NEWREF")
    renamed = tmp_path / MADE_2025
    renamed.write_bytes(file.stream().read())

    rehearsed, done = college.imports("--dry-run", file=renamed), college.imports(file=renamed)

    assert before["learners_taken"] == imported["learners_taken"] == done["learners_taken"]
    assert (done["learners_new"], done["published"], done["vanished_event_ids"]) == (0, 0, [])
    assert rehearsed["enrolments"] == done["enrolments"]
    college.imports()  # as it was, for the tests that follow


def test_a_return_in_a_zip_is_the_same_return(
    college: College, imported: Any, tmp_path: Path
) -> None:
    """As records systems export it."""
    packed = tmp_path / "export.zip"
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.write(college.file, college.file.name)
    again = college.imports(file=packed)

    assert (again["learners_taken"], again["published"]) == (imported["learners_taken"], 0)


def test_a_dry_run_knows_who_has_consented(college: College, imported: Any, tmp_path: Path) -> None:
    """Of two learners whose aims have changed, one has granted it to a recipient."""
    bus, agreement = college.bus, college.bus.name("borough-d.support")
    edited = Edited(MADE_2025)
    learners = edited.all("Learner")[:2]
    for learner in learners:
        edited.set(learner, "Email", "changed@example.org")
    changed = tmp_path / MADE_2025
    changed.write_bytes(edited.file().stream.read())
    assert imported["published"]
    number = _number_of(bus, learners[0], edited)

    before = college.imports("--dry-run", file=changed)
    bus.done("consent", "grant", number, agreement, "--all")
    after = college.imports("--dry-run", file=changed)

    aims = [len(edited.all("LearningDelivery", learner)) for learner in learners]
    assert before["enrolments"]["changed"] == after["enrolments"]["changed"] == sum(aims)
    assert _records(before)[agreement] == 0
    assert _records(after)[agreement] == aims[0]


def test_a_broken_return_is_refused_whole_with_lines_and_reasons(
    college: College, imported: Any
) -> None:
    """The command ends with 1, and nobody is registered."""
    before = college.participants()
    result = college.bus.nwd(
        *("import", "ilr", str(FILES / BROKEN_2018)),
        *("--provider", college.bus.name("college-c")),
    )

    assert imported["learners_taken"]
    assert (result.exit_code, result.stdout) == (1, "")
    assert "line 56: ALSCost is not a whole number from 0 to 9999" in result.stderr
    assert college.participants() == before


def test_the_account_for_a_person_names_rules_and_lines(college: College, imported: Any) -> None:
    """And says how a possible match is answered."""
    result = college.bus.done(
        *("import", "ilr", str(college.file), "--provider", college.bus.name("college-c")),
        ALTHOUGH,
    )

    assert f"learners    13 read, {imported['learners_taken']} taken (0 new), 4 set aside" in (
        result.stdout
    )
    assert re.search(r"^  ULN_04 +1  500$", result.stdout, re.MULTILINE)
    assert "ULN_04: learner 13, line 500: the ULN fails its check digit" in result.stdout
    assert "8700003441" not in result.stdout + result.stderr
    assert "--same-as, --with-consent or --new" in result.stderr
    assert "checking ...\nimporting ...\n" in result.stderr


def test_a_return_that_still_lists_somebody_erased_brings_them_not_back(
    college: College, imported: Any
) -> None:
    """They are set aside and the college is asked to leave them out; the rest goes through."""
    bus = college.bus
    edited = Edited(MADE_2025)
    number = _number_of(bus, edited.all("Learner")[2], edited)
    before = college.participants()
    bus.done("erasure", "start", number, "--yes")

    rehearsed, again = college.imports("--dry-run"), college.imports()
    college_c = bus.name("college-c")
    told = bus.done("import", "ilr", str(college.file), "--provider", college_c, ALTHOUGH)

    assert rehearsed["set_aside_by_reason"] == again["set_aside_by_reason"] == ASIDE | {"erased": 1}
    assert again["learners_taken"] == imported["learners_taken"] - 1
    assert (again["learners_new"], again["published"], college.participants()) == (0, 0, before)
    assert "this person was erased: leave them out of what you send" in told.stdout
    assert "--returning" in told.stderr
    assert bus.done("erasure", "start", number, "--yes").stdout.endswith("0 survivors\n")
    assert bus.json("audit")["differences"] == []


@pytest.mark.parametrize(
    ("file", "provider", "code", "said"),
    [
        ("nowhere.xml", "college-c", 2, "does not exist"),
        (".", "college-c", 2, "is a directory"),
        (__file__, "college-c", 1, "is not well-formed XML"),
        (str(TABLE), "college-c", 1, "This is a table (CSV), not a return in XML."),
        (MADE_2025, "nobody", 1, "There is no provider"),
    ],
)
def test_an_import_that_cannot_begin_says_why(
    college: College, file: str, provider: ProviderId, code: int, said: str
) -> None:
    """Before anything is registered."""
    path = str(college.file) if file == MADE_2025 else file
    result = college.bus.nwd("import", "ilr", path, "--provider", college.bus.name(provider))

    assert result.exit_code == code
    assert said in result.stderr


def test_a_pipe_is_no_file_to_read_twice(college: College) -> None:
    """A return is checked from end to end before any of it is taken."""
    process = college.bus.process(
        *("import", "ilr", "/dev/stdin", "--provider", college.bus.name("college-c")),
        has_input=True,
    )
    _, said = process.communicate(college.file.read_text("utf-8"), timeout=WAIT_SECONDS)

    assert process.returncode == 1
    assert said == "Error: The file has to be read twice.\nGive a file, not a pipe.\n"


def _records(told: Any) -> dict[str, int]:
    return {one["agreement"]: one["records"] for one in told["recipients"]}


def _number_of(bus: Bus, learner: Any, edited: Edited) -> str:
    """Return the number that the learner's reference has."""
    reference = {"reference": edited.text(learner, "LearnRefNumber").upper()}
    known = bus.json(
        *("participant", "register", "--provider", bus.name("college-c"), "--stdin"),
        given=json.dumps(reference),
    )
    assert known["outcome"] == "known"
    return str(known["participant_id"])
