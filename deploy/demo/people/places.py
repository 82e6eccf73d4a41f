"""London's boroughs with postcode districts that lie in them, for made-up addresses.

Boroughs and districts are real; streets are not, and each postcode ends in ZZ, as the ILR's own
"postcode unknown" (ZZ99 9ZZ) does, so that it shows as made up.
"""

import random
from typing import Final, NamedTuple

from deploy.demo.people.dice import weighted
from deploy.demo.people.text_lists import text_list

UNKNOWN_POSTCODE: Final = "ZZ99 9ZZ"
"""The ILR's code for a postcode that is not known."""

DISTRICTS: Final = {
    borough: tuple(districts.split())
    for borough, _, districts in (line.partition(": ") for line in text_list("districts.txt"))
}
"""Some postcode districts of each of the 32 boroughs."""

NEAR: Final = frozenset({"Camden", "Hackney", "Islington", "Lambeth", "Lewisham", "Southwark"})
"""Where most of the hub's people live."""

_BOROUGHS: Final = {
    district: borough for borough, districts in DISTRICTS.items() for district in districts
}
_NEAR_WEIGHT: Final = 20.0
_STREET_FIRST: Final = ("Kettle", "Lantern", "Marigold", "Pumpkin", "Tinker", "Wobble", "Yarrow")
_STREET_SECOND: Final = ("acre", "bell", "down", "pipe", "whistle", "wick")
_STREET_LAST: Final = ("Lane", "Rise", "Road", "Row", "Terrace")
_STREETS_LONGEST: Final = 240


class Place(NamedTuple):
    """Where a person lives. Without a known postcode the other fields are empty."""

    address: tuple[str, ...]
    postcode: str
    borough: str | None
    district: str | None


NO_PLACE: Final = Place((), UNKNOWN_POSTCODE, None, None)
"""For a person without an address."""


def place(chance: random.Random) -> Place:
    """Return a made-up address in a real borough."""
    borough = weighted(
        chance, ((name, _NEAR_WEIGHT if name in NEAR else 1.0) for name in DISTRICTS)
    )
    district = chance.choice(DISTRICTS[borough])
    street = chance.choice(_STREET_FIRST) + chance.choice(_STREET_SECOND)
    first_line = f"{chance.randint(1, _STREETS_LONGEST)} {street} {chance.choice(_STREET_LAST)}"
    return Place((first_line, "London"), f"{district} {chance.randint(1, 9)}ZZ", borough, district)


def borough_of(postcode: str) -> str | None:
    """Return the borough of a postcode in one of these districts, or None.

    It is right only for the demo's own addresses: a real district may reach into a second borough.
    """
    return _BOROUGHS.get(postcode.partition(" ")[0])
