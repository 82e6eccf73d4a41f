import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from consumers.inbox import files
from consumers.inbox.files import TooLongError, write_csv, write_workbook
from consumers.inbox.table import columns_of, rows_of
from schemas.blocks import Identity
from schemas.categories import Category
from schemas.codec import encode
from schemas.events import Event
from schemas.identifiers import TopicName
from schemas.trays import TrayRecord, out_key
from tests.support.factories import make_outcome, make_referral

NASTY = "=HYPERLINK(1)"


def record_of(event: Event, closed: str = "") -> TrayRecord:
    """Return the record of an event."""
    headers = (("ce_type", b"org.nowrongdoor.outcome"), ("closed", closed.encode()))
    key = out_key(event.participant_id, event.event_id)
    return TrayRecord(TopicName("out.a.b"), 0, 0, key, encode(event), headers)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]], _: Path) -> list[list[str]]:
    """Write and read comma-separated values."""
    file = io.BytesIO()
    write_csv(file, columns, rows)
    return [*csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""))]


def as_workbook(columns: Sequence[str], rows: Iterable[Sequence[str]], to: Path) -> list[list[str]]:
    """Write and read a workbook: each cell must be a text."""
    file = io.BytesIO()
    write_workbook(file, columns, rows, str(to))
    assert not [*to.iterdir()]
    file.seek(0)
    book = CalamineWorkbook.from_filelike(file)
    found = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    assert all(isinstance(cell, str) for row in found for cell in row)
    return [[str(cell) for cell in row] for row in found]


Written = Callable[[Sequence[str], Iterable[Sequence[str]], Path], list[list[str]]]


def test_the_columns_are_those_of_the_agreement_s_categories_whatever_the_data_are() -> None:
    """And those of the gate: what is closed is a column without a text."""
    columns = columns_of([Category.AREA, Category.SENSITIVE_PARTICIPATION])

    assert columns[:5] == ("participant", "event_id", "type", "closed", "provider_id")
    assert columns[-2:] == ("area.borough", "area.postcode_district")
    assert {"participation.service_id", "participation.started_on"} <= set(columns)
    assert {one.partition(".")[0] for one in columns if "." in one} == {"participation", "area"}


def test_a_row_holds_every_kind_of_value_as_text() -> None:
    """Days and moments as ISO has them, lists parted by semicolons, nothing as nothing."""
    event = make_outcome()
    columns = columns_of([*Category])
    (row,) = rows_of([record_of(event, closed="health,money")], columns)
    found = dict(zip(columns, row, strict=True))

    assert found["participant"] == event.participant_id
    assert found["closed"] == "health; money"
    assert found["occurred_at"].endswith("Z")
    assert event.identity
    assert found["identity.date_of_birth"] == str(event.identity.date_of_birth)
    assert event.background
    assert found["background.skills"] == "; ".join(event.background.skills)
    assert found["participation.aim"] == ""


@pytest.mark.parametrize("written", [as_csv, as_workbook])
def test_a_file_holds_the_rows_and_runs_nothing(written: Written, tmp_path: Path) -> None:
    """Numbers keep their zeros; what would be a formula is a text."""
    rows = [["0012", "é, \n 中"], [NASTY, "1.23E+09"]]

    heading, first, second = written(("a", "b"), rows, tmp_path)

    assert heading == ["a", "b"]
    assert first == rows[0]
    assert second[0] in (NASTY, f"'{NASTY}")
    assert second[1] == "1.23E+09"


@pytest.mark.parametrize("written", [as_csv, as_workbook])
def test_an_empty_tray_is_a_file_with_headings(written: Written, tmp_path: Path) -> None:
    """A spreadsheet opens it."""
    assert written(("a", "b"), [], tmp_path) == [["a", "b"]]


def test_what_is_too_much_for_a_sheet_goes_on_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has the headings."""
    monkeypatch.setattr(files, "SHEET_ROWS", 3)

    rows = as_workbook(("a",), [[str(number)] for number in range(5)], tmp_path)

    assert [row[0] for row in rows] == ["a", "0", "1", "a", "2", "3", "a", "4"]


def test_a_text_that_no_cell_takes_is_an_error(tmp_path: Path) -> None:
    """Excel's own limit: cut short it would look whole."""
    with pytest.raises(TooLongError, match="of b "):
        write_workbook(io.BytesIO(), ("a", "b"), [["", "x" * 32_768]], str(tmp_path))


def test_a_formula_in_an_event_is_none_in_the_file() -> None:
    """From the provider's text to the recipient's spreadsheet."""
    event = make_referral(identity=Identity(given_names=NASTY))
    columns = columns_of([Category.IDENTITY])
    file = io.BytesIO()

    write_csv(file, columns, rows_of([record_of(event)], columns))

    assert f"'{NASTY}" in file.getvalue().decode()
