import stat
from pathlib import Path

from deploy.home.suppression_list import SuppressionList
from schemas.identifiers import new_passport_number
from tests.support.bus_settings import PEPPER


def test_whoever_was_added_is_on_it_and_found_among_others(tmp_path: Path) -> None:
    """By another program, too, and once however often they were added."""
    one, two, three = (new_passport_number() for _ in range(3))
    for number in (one, two, one):
        SuppressionList(tmp_path, PEPPER).add(number, [])
    again = SuppressionList(tmp_path, PEPPER)

    assert one in again
    assert three not in again
    assert not again.is_empty()
    assert again.among([three, two, one]) == [two, one]
    assert len((tmp_path / "erased").read_text().splitlines()) == 2


def test_references_are_kept_beside_and_once(tmp_path: Path) -> None:
    """As digests; one that came later is added to somebody who is on the list already."""
    number, first, second = new_passport_number(), b"\x01" * 32, b"\x02" * 32
    for references in ([], [first], [second, first]):
        SuppressionList(tmp_path, PEPPER).add(number, references)
    again = SuppressionList(tmp_path, PEPPER)

    assert again.references() == [first, second]
    assert again.among([number]) == [number]
    assert len((tmp_path / "erased").read_text().splitlines()) == 3


def test_without_a_file_nobody_is_on_it(tmp_path: Path) -> None:
    """A bus that has erased nobody."""
    listed = SuppressionList(tmp_path, PEPPER)

    assert listed.among([new_passport_number()]) == []
    assert listed.is_empty()


def test_the_file_names_nobody_and_is_its_owners_alone(tmp_path: Path) -> None:
    """Whoever reads it without the pepper learns how many there were."""
    number = new_passport_number()
    SuppressionList(tmp_path, PEPPER).add(number, [])
    file = tmp_path / "erased"

    assert number not in file.read_text()
    assert number not in SuppressionList(tmp_path, bytes(31) + b"x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
