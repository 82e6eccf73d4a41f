"""A return as a college has it: XML, packed, or something else by mistake."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from producers.ilr import handed_in
from producers.ilr.errors import ReturnRefusedError
from producers.ilr.handed_in import open_return
from producers.ilr.survey import survey_return
from tests.support.ilr.hub import CollegeHub
from tests.support.ilr.returns import FILES, MADE_2018

XML = (FILES / MADE_2018).read_bytes()


def packed(path: Path, *entries: tuple[str, bytes], method: int = ZIP_DEFLATED) -> Path:
    """Write an archive."""
    with ZipFile(path, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def test_a_return_in_a_zip_is_read_as_the_xml_itself(tmp_path: Path, hub: CollegeHub) -> None:
    """It is read twice from end to end, and checked by the name of the XML in it."""
    path = packed(tmp_path / "export.zip", ("out/readme.txt", b"hello"), (f"out\\{MADE_2018}", XML))
    with open_return(path) as file:
        result = hub.run(file)

    assert (file.name, result.learners_taken, result.warnings) == (MADE_2018, 2, ())
    assert list(tmp_path.iterdir()) == [path], "nothing of it is unpacked to the disk"


def test_an_xml_is_opened_as_it_is() -> None:
    """Under its own name."""
    with open_return(FILES / MADE_2018) as file:
        assert file.name == MADE_2018
        assert survey_return(file.stream).learners == 2


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (packed, "holds 0 XML files"),
        (lambda path: packed(path, ("a.xml", XML), ("b.XML", XML)), "holds 2 XML files"),
        (lambda path: packed(path, ("a.zip", XML)), "holds 0 XML files"),
        (lambda path: packed(path, ("a.xml", XML), method=ZIP_BZIP2), "a method that is not read"),
        (lambda path: packed(path, ("[Content_Types].xml", b"<a/>")), "a workbook or a document"),
        (lambda path: path.write_bytes(b"PK\x03\x04 and no more"), "The .zip is damaged"),
        (lambda path: path.write_bytes(b"LearnRefNumber,ULN\nA1,1\n"), "a table (CSV)"),
        (lambda path: path.write_bytes(b"\xef\xbb\xbfLearnRefNumber;ULN\r\nA1;1"), "a table (CSV)"),
        (lambda path: path.write_bytes(b"\x1f\x8b\x08rest"), "a gzip archive"),
        (lambda path: path.write_bytes(b"%PDF-1.7"), "a PDF"),
    ],
)
def test_what_is_no_return_is_named(
    tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    """By its first bytes or by what is in it, before anything is read of it."""
    path = tmp_path / "return"
    make(path)

    with pytest.raises(ReturnRefusedError) as refused, open_return(path):
        pass
    assert said in refused.value.message
    assert refused.value.hint


def test_an_archive_that_is_larger_unpacked_than_any_return_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what it says of itself; no byte of it is unpacked."""
    monkeypatch.setattr(handed_in, "LARGEST_RETURN", len(XML) - 1)
    path = packed(tmp_path / "bomb.zip", (MADE_2018, XML))

    with pytest.raises(ReturnRefusedError, match="Unpacked, the XML"), open_return(path):
        pass


def test_an_archive_that_is_too_large_itself_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its list of entries alone would fill the memory."""
    monkeypatch.setattr(handed_in, "LARGEST_ARCHIVE", 10)
    path = packed(tmp_path / "large.zip", (MADE_2018, XML))

    with pytest.raises(ReturnRefusedError, match="is larger than"), open_return(path):
        pass


def test_an_archive_that_lies_about_its_size_gives_no_more_than_it_says(tmp_path: Path) -> None:
    """What is unpacked ends there, and is found to be damaged before anybody is registered."""
    path = packed(tmp_path / "lying.zip", (MADE_2018, XML))
    content = path.read_bytes()
    size = len(XML).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (2000).to_bytes(4, "little")))

    with pytest.raises(ReturnRefusedError, match="damaged"), open_return(path) as file:
        survey_return(file.stream)


def test_an_archive_with_a_wrong_byte_is_damaged(tmp_path: Path) -> None:
    """The checksum is looked at before anybody is registered."""
    path = packed(tmp_path / "torn.zip", (MADE_2018, XML))
    content = bytearray(path.read_bytes())
    content[400] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(ReturnRefusedError, match="damaged"), open_return(path) as file:
        file.stream.read()


def test_an_archive_with_a_password_is_told(tmp_path: Path) -> None:
    """The bus asks for no password."""
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        archive.writestr(ZipInfo(MADE_2018), XML)
    content = bytearray(target.getvalue())
    listed = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[listed + 8] |= 1
    path = tmp_path / "locked.zip"
    path.write_bytes(content)

    with pytest.raises(ReturnRefusedError, match="password"), open_return(path):
        pass
