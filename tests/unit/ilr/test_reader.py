"""Reading a return: what comes out, what is refused, and with which lines."""

import io
import resource
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from lxml import etree

from producers.ilr.errors import StructureError
from producers.ilr.reader import FAULT_LIMIT, Record, read_return
from producers.ilr.records import Header, Learner, LearnerDestination
from tests.support.ilr.returns import (
    BROKEN_2018,
    FILES,
    MADE_2018,
    MADE_2025,
    REPEATS_2018,
    Edited,
    made_file,
    write_made_return,
)

HEAD = b"""<Message xmlns="ESFA/ILR/2025-26">"""


def faults_of(content: bytes) -> list[str]:
    """Read a file that must be refused, and return its faults."""
    with pytest.raises(StructureError) as refused:
        list(read_return(io.BytesIO(content)))
    return [str(fault) for fault in refused.value.faults]


def edited(change: Callable[[Edited], object]) -> list[str]:
    """Return the faults of a return after one change."""
    file = Edited(MADE_2025)
    change(file)
    return faults_of(file.stream().read())


@pytest.mark.parametrize(
    ("name", "year", "learners", "aims", "destinations"),
    [(MADE_2025, 2025, 13, 17, 0), (MADE_2018, 2018, 2, 4, 2), (REPEATS_2018, 2018, 6, 6, 0)],
)
def test_returns_are_read_whole(
    name: str, year: int, learners: int, aims: int, destinations: int
) -> None:
    """The header comes first, then every learner with every aim, then the destinations."""
    header, *rest = read_return(made_file(name).stream)
    people = [one for one in rest if isinstance(one, Learner)]

    assert isinstance(header, Header)
    assert year == header.year
    assert list(range(1, learners + 1)) == [one.ordinal for one in people]
    assert aims == sum(len(one.aims) for one in people)
    assert destinations == len([one for one in rest if isinstance(one, LearnerDestination)])


def test_a_learner_comes_with_values_and_the_line_it_stands_on() -> None:
    """What the file says comes out typed, and the line is that of the file."""
    records = list(read_return(made_file(MADE_2025).stream))
    lines = (FILES / MADE_2025).read_text(encoding="utf-8").splitlines()
    learner = records[11]
    assert isinstance(learner, Learner)

    assert learner.reference == "TWIN01"
    assert lines[learner.line - 1].strip() == "<Learner>"
    assert learner.uln == 8700000107
    assert str(learner.born_on) == "1998-05-12"
    assert [(one.level, str(one.on)) for one in learner.prior_levels] == [
        (1, "2014-06-09"),
        (2, "2015-06-08"),
    ]
    assert learner.provider_monitoring == ("77KX02", "EVENING")
    assert learner.employment[0].code("EII") == 5
    assert learner.aims[0].codes("SOF") == ("105",)
    assert lines[learner.aims[1].line - 1].strip() == "<LearningDelivery>"


def test_printing_a_learner_shows_nothing_personal() -> None:
    """A record that ends up in a log by mistake discloses nobody."""
    learner = list(read_return(made_file(MADE_2025).stream))[11]

    assert "TWIN01" not in repr(learner)
    assert "Castellano" not in repr(learner)
    assert "8700000107" not in repr(learner)


def test_a_broken_return_is_refused_with_every_line() -> None:
    """Misspelt elements and a value out of range refuse the file, each named with its line."""
    content = (FILES / BROKEN_2018).read_bytes()
    lines = content.decode().splitlines()

    faults = faults_of(content)

    assert faults == [
        "line 22: CampID is not an element of Learner; is CampId meant?",
        "line 56: ALSCost is not a whole number from 0 to 9999",
        "line 88: AgreeID is not an element of LearnerEmploymentStatus; is AgreeId meant?",
    ]
    assert [lines[n - 1].strip()[1:].split(">")[0] for n in (22, 56, 88)] == [
        "CampID",
        "ALSCost",
        "AgreeID",
    ]


def test_a_broken_return_yields_nothing_after_its_first_fault() -> None:
    """No learner comes out of a file once something in it is wrong."""
    yielded: list[Record] = []
    with pytest.raises(StructureError):
        yielded.extend(read_return(made_file(BROKEN_2018).stream))

    assert not any(isinstance(one, Learner) for one in yielded)


def test_a_refusal_never_quotes_the_file() -> None:
    """The faults name elements and what was wanted, never the value that stood there."""
    faults = edited(lambda file: file.set(file.all("Learner")[0], "ULN", "JaneSmith"))

    assert faults == ["line 22: ULN is not a whole number from 1000000000 to 9999999999"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: f.set(f.all("Learner")[0], "ULN", None), "ULN is missing from Learner"),
        (
            lambda f: f.set(f.all("Learner")[0], "Surname", "x"),
            "Surname is not an element of Learner",
        ),
        (lambda f: f.add(f.all("Learner")[0], "ULN"), "there is more than one ULN in Learner"),
        (lambda f: f.set(f.root, "Extra", "x"), "Extra is not an element of Message"),
        (lambda f: f.add(f.root, "Header"), "there is more than 1 Header in Message"),
        (lambda f: f.root.remove(f.all("LearningProvider")[0]), "LearningProvider is missing"),
        (lambda f: f.keep(), "Learner is missing from Message"),
        (lambda f: f.set(f.root[0][0], "Year", "2425"), 'Year is not "2526"'),
        (lambda f: f.all("ULN")[0].set("note", "x"), "attributes are not accepted"),
        (
            lambda f: setattr(f.all("Learner")[0], "text", "x"),
            "text between the elements of Learner",
        ),
        (
            lambda f: setattr(f.all("Learner")[0], "tail", "x"),
            "text between the elements of Message",
        ),
        (lambda f: etree.SubElement(f.all("ULN")[0], f.tag("b")), "ULN holds other elements"),
        (lambda f: setattr(f.all("ULN")[0], "tag", "{else}ULN"), "in another namespace"),
        (
            lambda f: f.add(f.root, "LearnerDestinationandProgression"),
            "is not an element of Message",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_structural_faults_refuse_the_file(change: Callable[[Edited], object], reason: str) -> None:
    """Each way to break the structure is found and named."""
    assert any(reason in fault for fault in edited(change))


def test_too_many_of_a_group_refuse_the_file() -> None:
    """A learner may have 17 monitoring records and not 18."""

    def change(file: Edited) -> None:
        for n in range(18):
            file.add(file.all("Learner")[0], "LearnerFAM", LearnFAMType="NLM", LearnFAMCode=str(n))

    assert edited(change) == ["line 20: there is more than 17 LearnerFAM in Learner"]


def test_faults_are_listed_up_to_a_limit() -> None:
    """A file in which everything is wrong is refused with a list that a person can read."""

    def change(file: Edited) -> None:
        for aim in file.all("LearningDelivery"):
            file.set(aim, "CompStatus", "x")
            file.set(aim, "FundModel", "x")

    assert len(edited(change)) == FAULT_LIMIT


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "this is not well-formed XML"),
        (b"not xml", "this is not well-formed XML"),
        (HEAD + b"<Header>", "this is not well-formed XML"),
        (b"<Message/>", "the namespace is not that of a return"),
        (
            b'<Message xmlns="ESFA/ILR/2017-18"/>',
            "ESFA/ILR/2018-19 to ESFA/ILR/2026-27",
        ),
        (b'<Message xmlns="ESFA/ILR/2027-28"/>', "the namespace is not that of a return"),
        (b'<Message xmlns="ESFA/ILR/2025-27"/>', "the namespace is not that of a return"),
        (b'<Learners xmlns="ESFA/ILR/2025-26"/>', "the root element is not Message"),
        (b"<html><body/></html>", "the root element is not Message"),
        (HEAD + b"</Message>", "Header is missing from Message"),
    ],
)
def test_what_is_no_return_is_refused(content: bytes, reason: str) -> None:
    """Anything else than a return of a year that can be read is refused with the reason."""
    assert any(reason in fault for fault in faults_of(content))


def test_a_return_cut_short_is_refused() -> None:
    """Half an upload is not half an import."""
    content = (FILES / MADE_2025).read_bytes()

    assert "not well-formed" in faults_of(content[: len(content) // 2])[-1]


def test_entities_are_never_expanded() -> None:
    """A bomb of nested entities is refused before it can take memory."""
    nested = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    bomb = b'<!DOCTYPE Message [<!ENTITY l0 "lol">%s]>' % nested
    tracemalloc.start()
    in_text = faults_of(bomb + HEAD + b"<Header>&l11;</Header></Message>")
    in_attribute = faults_of(bomb + b'<Message x="&l11;"/>')
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert in_text == ["line 1: this is not well-formed XML (ERR_RESOURCE_LIMIT)"]
    assert in_attribute == in_text
    assert peak < 5_000_000


def test_external_entities_and_schemas_are_never_read(tmp_path: Path) -> None:
    """A file cannot make the importer read another file or fetch anything."""
    secret = tmp_path / "secret.txt"
    secret.write_text("OPEN-SESAME")
    content = (FILES / MADE_2025).read_text(encoding="utf-8")
    named = content.replace(
        "<Message", f'<!DOCTYPE Message [<!ENTITY s SYSTEM "{secret.as_uri()}">]><Message', 1
    ).replace("<FamilyName>Okafor<", "<FamilyName>&s;<", 1)

    faults = faults_of(named.encode())

    assert faults == ["line 2: document type declarations are not accepted"]


def test_an_external_dtd_is_not_read(tmp_path: Path) -> None:
    """If it were, its nonsense would be the fault that is reported."""
    dtd = tmp_path / "message.dtd"
    dtd.write_text("<!NONSENSE")
    named = f'<!DOCTYPE Message SYSTEM "{dtd.as_uri()}">'.encode()

    assert faults_of(named + HEAD + b"</Message>") == [
        "line 1: document type declarations are not accepted"
    ]


def test_comments_and_instructions_are_passed_over() -> None:
    """A comment inside a value does not cut it short."""
    content = (FILES / MADE_2025).read_text(encoding="utf-8")
    commented = content.replace("<FamilyName>Okafor<", "<FamilyName>Oka<!-- x --><?y z?>for<", 1)

    learner = list(read_return(io.BytesIO(commented.encode())))[1]

    assert isinstance(learner, Learner)
    assert learner.family_name == "Okafor"


def test_a_record_without_end_is_refused() -> None:
    """A single record cannot fill the memory."""
    endless = io.BytesIO(
        HEAD + b"<Header>" + b"<Junk/>" * (5 * 1024 * 1024 // 7) + b"</Header></Message>"
    )

    with pytest.raises(StructureError, match="over 4 MB"):
        list(read_return(endless))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Ten times the learners take no more memory to read; lines beyond 65535 are still right."""
    small = write_made_return(tmp_path / "small.xml", 1_000)
    large = write_made_return(tmp_path / "large.xml", 10_000)

    def grown(stream: BinaryIO) -> tuple[int, int]:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        last = 0
        with stream:
            for record in read_return(stream):
                last = record.line if isinstance(record, Learner) else last
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, last

    grown(small.stream)
    more_kb, last_line = grown(large.stream)

    assert more_kb < 8_000, "10,000 learners are 15 MB of XML"
    lines = (tmp_path / "large.xml").read_text().splitlines()
    assert last_line > 200_000
    assert lines[last_line - 1] == "<Learner>"
