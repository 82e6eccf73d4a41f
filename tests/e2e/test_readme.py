"""Every command of the README and its pages, run as it stands there, in an empty folder."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.people.ilr_return import write_return
from deploy.demo.people.person import people
from deploy.web.guard.key_ring import FRESH_SECONDS
from schemas.identifiers import PassportNumber
from tests.support.kcat import kcat_environment
from tests.support.up_process import UpProcess

PROJECT = Path(__file__).parents[2]
PAGES = (PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md")))
README = PAGES[0]
PLACEHOLDER = PassportNumber("NWD-XXXX-XXXX-C")
NUMBER = re.compile(r"NWD-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")
COLLEGE_UKPRN = "90010002"
LEARNERS = 24
SPREADSHEETS = "importing-spreadsheets.md"
"""A story, too, whose table and mapping stand on the page."""
RUN_ELSEWHERE = {
    "make demo": "tests/e2e/test_demo.py plays it; .ci/run calls its parts",
    "make test": "is what runs this",
    "nwd up": "runs while these commands run",
}
RETURN = "importing-returns.md"
STORIES = {
    "inbox.md": rf"{NUMBER.pattern} college-c\.adult-skills-fund",
    "outbox.md": r"1 row published, 0 refused, 0 waiting",
    RETURN: r"events  3\nDead letters: nothing\n.*1 record in the tray now",
    "writing-an-in-tray.md": r'"is_all_looked_at":true.*"unknown-participant".*events  1\n',
}
"""Pages whose lines build on each other, and are run in one go; how the end of each tells it."""


def blocks(language: str) -> list[tuple[Path, str]]:
    """Return every fenced block of a language, with its page."""
    fence = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [(page, found) for page in PAGES for found in fence.findall(page.read_text("utf-8"))]


def commands() -> list[str]:
    """Return every command line of the pages, in their order."""
    return [line for _, block in blocks("bash") for line in block.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the environment of a second terminal beside a running `nwd up`, in an empty folder."""
    folder = tmp_path_factory.mktemp("newcomer")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        web_port = probe.getsockname()[1]
    up = UpProcess(folder / ".nwd", settings={"NWD_WEB_PORT": str(web_port)})
    try:
        up.wait_until_up()
        yield os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "REGISTRY": f"http://127.0.0.1:{web_port}",
            "BUS": f"http://127.0.0.1:{web_port}",
            "URL": f"http://127.0.0.1:{web_port}",
            "PWD": str(folder),
        }
    finally:
        up.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def walk_through(
    terminal: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, str]]:
    """Run the README's block as it stands, in one shell; return each line with what it printed."""
    (block,) = (found for page, found in blocks("bash") if page == README and "$NUMBER" in found)
    script = tmp_path_factory.mktemp("walk-through") / "block.sh"
    script.write_text(block)
    # -v prints each line before what it prints, and -e ends at the first that fails
    printed = run(f"bash -ev {shlex.quote(str(script))} 2>&1", terminal).splitlines()
    lines = block.splitlines()
    starts = [printed.index(lines[0])]
    for line in lines[1:]:
        starts.append(printed.index(line, starts[-1] + 1))
    ends = [*starts[1:], len(printed)]
    return [
        (line, "\n".join(printed[start + 1 : end]))
        for line, start, end in zip(lines, starts, ends, strict=True)
    ]


@pytest.fixture(scope="module")
def number(walk_through: list[tuple[str, str]], terminal: dict[str, str]) -> PassportNumber:
    """Give the passport number of the walk-through; its record is in the borough's tray again."""
    found = NUMBER.search(dict(walk_through)["nwd passport show $NUMBER"])
    assert found is not None
    run(f"nwd consent grant {found[0]} borough-d.support --all", terminal)
    return PassportNumber(found[0])


@pytest.fixture(scope="module")
def withdrawal(walk_through: list[tuple[str, str]]) -> str:
    """Give the index of the ledger's entry of the walk-through's withdrawal."""
    (printed,) = (printed for line, printed in walk_through if " withdraw " in line)
    found = re.search(r"entry (\d+) of the ledger", printed)
    assert found is not None
    return found[1]


def run(line: str, terminal: dict[str, str]) -> str:
    """Run a line as a shell does, and return what it prints; it must succeed."""
    done = subprocess.run(  # noqa: S602 - the pages' lines are shell lines
        line,
        shell=True,
        env=terminal,
        cwd=terminal["PWD"],
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def test_the_walk_through_of_the_readme_tells_a_story(walk_through: list[tuple[str, str]]) -> None:
    """A record in the tray, a story in the passport, and a withdrawal that takes the record out."""
    expected = [
        ("NUMBER=$(nwd participant register", r"Registered\."),
        ("nwd publish", r"1 event published, 0 lines refused\n1 event accepted, 0 refused"),
        (
            "nwd consent grant $NUMBER borough-d.support --all",
            r"enforced  .*: 1 record written, 0 retr",
        ),
        (
            "nwd consent grant $NUMBER passport.coordination --all",
            r"enforced  .*: 1 record written, 0 retracted",
        ),
        ("nwd consent show", r"jobs team \(borough-d\.support\) sees:"),
        ("nwd tray show", rf"{NUMBER.pattern}.*referral"),
        ("nwd passport show", rf"{NUMBER.pattern}.*Skills for work"),
        ("nwd consent withdraw", r"enforced  .* ms later\n.*1 retracted"),
        ("nwd tray show", r"nothing"),
        ("nwd stats", r"nothing that may be shown yet"),
        ("nwd audit", r"1 event, 0 differences"),
        ("nwd ledger verify", r"nothing is wrong"),
        ("nwd probe", r"0 leaks"),
    ]

    for (line, printed), (beginning, pattern) in zip(walk_through, expected, strict=True):
        assert line.startswith(beginning)
        assert re.search(pattern, printed, re.DOTALL), (line, printed)


@pytest.mark.parametrize(
    "line",
    [
        line
        for page, block in blocks("bash")
        for line in block.splitlines()
        if page.name not in (README.name, *STORIES, SPREADSHEETS)
        and line.startswith(("nwd", "head"))
    ],
)
def test_a_command_of_the_pages_works_as_it_stands(
    line: str, terminal: dict[str, str], number: PassportNumber, withdrawal: str
) -> None:
    """With a newcomer's number and the entry of their withdrawal in place of the placeholders."""
    run(line.replace(PLACEHOLDER, number).replace("ENTRY", withdrawal), terminal)


@pytest.mark.needs("kcat", install="apt-get install kcat")
@pytest.mark.parametrize("line", [one for one in commands() if one.startswith("kcat")])
def test_kcat_reads_a_tray_by_the_line_of_the_page(
    line: str, terminal: dict[str, str], number: PassportNumber, tmp_path: Path
) -> None:
    """A record's key is the participant and the event; its headers say what it is."""
    said = run(line, terminal | kcat_environment(tmp_path))

    assert number in said
    assert "ce_type=org.nowrongdoor.referral" in said


def test_the_page_s_program_reads_and_decodes_a_tray(
    terminal: dict[str, str], number: PassportNumber, tmp_path: Path
) -> None:
    """With a client that we did not write, and the schemas from the bus's own registry."""
    run(f"nwd consent grant {number} borough-d.support --all", terminal)

    assert run_program("reading-a-tray.md", terminal, tmp_path).startswith(number)


def test_the_page_s_program_registers_a_table_of_people(
    terminal: dict[str, str], tmp_path: Path
) -> None:
    """As a spreadsheet exports it, row by row: a number, or what to mend."""
    table = "Ref,First name,Surname,Shoe size\nC-901,Zebedee,Marchbanks,9\nC-902,,Thistlewood,4\n"
    (Path(terminal["PWD"]) / "people.csv").write_text(table, "utf-8-sig")

    lines = run_program("operating.md", terminal, tmp_path).splitlines()

    assert len(lines) == 2
    assert re.match(r"C-901 0 .*NWD-", lines[0])
    assert lines[1].startswith("C-902 0 ")


@pytest.mark.needs("curl", install="apt-get install curl")
@pytest.mark.parametrize("name", STORIES)
def test_a_page_that_tells_a_story_works_from_its_first_line_to_its_last(
    name: str, terminal: dict[str, str], tmp_path: Path
) -> None:
    """In one shell, to the end that it tells of; its programs are run where they stand."""
    if name == RETURN:  # what a college has
        write_return(Path(terminal["PWD"]), people(LEARNERS), ukprn=COLLEGE_UKPRN)
    (page,) = (one for one in PAGES if one.name == name)
    fences = re.findall(
        r"^```(bash|python)\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    script = tmp_path / "story.sh"
    script.write_text(
        "\n".join(
            found if language == "bash" else f"python - <<'PROGRAM'\n{found}PROGRAM"
            for language, found in fences
        )
    )

    printed = run(f"bash -euo pipefail {shlex.quote(str(script))}", terminal)

    assert re.search(STORIES[name], printed, re.DOTALL)


@pytest.fixture(scope="module")
def with_key(terminal: dict[str, str]) -> dict[str, str]:
    """Give the environment of the borough's own terminal: it has a key, and only reaches HTTP."""
    for line in run("nwd api-key list --json", terminal).splitlines():  # those of other pages
        if json.loads(line)["organisation"] == "borough-d":
            run(f"nwd api-key revoke {json.loads(line)['id']}", terminal)
    made = json.loads(run("nwd api-key add borough-d --scope publish:borough-d --json", terminal))
    time.sleep(FRESH_SECONDS)
    return terminal | {"KEY": made["secret"]}


@pytest.mark.needs("curl", install="apt-get install curl")
def test_the_gateway_s_page_leads_to_the_first_accepted_event(with_key: dict[str, str]) -> None:
    """Each request as it stands there, with what the one before has answered."""
    register, publish, ask = (block for page, block in blocks("sh") if page.name == "gateway.md")

    (person,) = json.loads(run(register, with_key))["people"]
    published = publish.replace(PLACEHOLDER, person["participant_id"])
    (sent,) = json.loads(run(published, with_key))["events"]
    (event,) = json.loads(run(ask.replace("EVENT-ID", sent["event_id"]), with_key))["events"]

    assert (person["outcome"], event["status"]) == ("registered", "accepted")


def test_the_gateway_s_program_does_the_same(with_key: dict[str, str], tmp_path: Path) -> None:
    """With the standard library alone."""
    assert run_program("gateway.md", with_key, tmp_path) == "accepted\n"


def test_the_page_of_spreadsheets_ends_with_an_accepted_event(terminal: dict[str, str]) -> None:
    """Its own table, by its own mapping, line after line; two rows of three go in."""
    folder = Path(terminal["PWD"])
    for language, name in (("csv", "clients.csv"), ("yaml", "clients.yaml")):
        (content,) = (found for page, found in blocks(language) if page.name == SPREADSHEETS)
        (folder / name).write_text(content, "utf-8")
    script = folder / "page.sh"
    lines = [found for page, found in blocks("bash") if page.name == SPREADSHEETS]
    script.write_text("".join(lines))

    printed = run(f"bash -e {shlex.quote(str(script))} 2>&1", terminal)

    assert "3 read, 2 created, 0 corrected, 0 unchanged, 1 set aside" in printed
    assert re.search(r"enrolment +charity-b\.mentoring", printed)
    assert "column D (DOB)" in (folder / "back.csv").read_text("utf-8-sig")
    assert "?" in (folder / "guess.yaml").read_text("utf-8")


def run_program(page: str, terminal: dict[str, str], folder: Path) -> str:
    """Run the Python of a page as it stands, and return what it prints."""
    (program,) = (found for of_page, found in blocks("python") if of_page.name == page)
    script = folder / "program.py"
    script.write_text(program)
    return run(f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}", terminal)


def test_every_program_of_the_pages_is_run_by_some_test() -> None:
    """Those of stories where they stand."""
    pages = {page.name for page, _ in blocks("python")}
    assert pages == {
        "reading-a-tray.md",
        "operating.md",
        "gateway.md",
        *STORIES.keys() - {RETURN},
    }


def test_every_command_of_the_pages_is_run_by_some_test() -> None:
    """A line of another program would need a test of its own."""
    known = ("nwd ", "NUMBER=$(nwd ", "kcat ", "head ")
    in_stories = {
        line
        for page, found in blocks("bash")
        if page.name in STORIES
        for line in found.splitlines()
    }
    unknown = [
        one
        for one in commands()
        if not one.startswith(known) and one not in RUN_ELSEWHERE and one not in in_stories
    ]
    assert unknown == []


def test_the_links_of_the_pages_lead_somewhere() -> None:
    """Relative links name files of the project."""
    missing = [
        (page.name, link)
        for page in PAGES
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert missing == []
