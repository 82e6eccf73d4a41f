"""London's boroughs with postcode districts that lie in them, as far as a made-up address goes.

Boroughs and districts are real; streets are not, and each postcode ends in ZZ, as the ILR's own
"postcode unknown" (ZZ99 9ZZ) does, so that a made-up one is known for what it is.
"""

import random
from typing import Final, NamedTuple

from deploy.demo.people.dice import weighted

UNKNOWN_POSTCODE: Final = "ZZ99 9ZZ"
"""The ILR's code for a postcode that is not known."""

DISTRICTS: Final = {
    "Barking and Dagenham": ("IG11", "RM8", "RM9", "RM10"),
    "Barnet": ("N2", "N3", "N12", "NW4", "NW7", "EN5"),
    "Bexley": ("DA5", "DA6", "DA7", "DA14", "DA16"),
    "Brent": ("HA0", "HA9", "NW2", "NW10"),
    "Bromley": ("BR1", "BR2", "BR3", "BR5", "BR6"),
    "Camden": ("NW1", "NW3", "NW5", "WC1H"),
    "Croydon": ("CR0", "CR2", "CR7", "SE25"),
    "Ealing": ("W5", "W7", "W13", "UB1", "UB2", "UB5"),
    "Enfield": ("EN1", "EN2", "EN3", "N9", "N18"),
    "Greenwich": ("SE3", "SE7", "SE9", "SE10", "SE18"),
    "Hackney": ("E5", "E8", "E9", "N16"),
    "Hammersmith and Fulham": ("W6", "W12", "SW6"),
    "Haringey": ("N8", "N15", "N17", "N22"),
    "Harrow": ("HA1", "HA2", "HA3"),
    "Havering": ("RM1", "RM2", "RM3", "RM7", "RM12"),
    "Hillingdon": ("UB3", "UB4", "UB7", "UB8", "UB10"),
    "Hounslow": ("TW3", "TW4", "TW5", "TW13"),
    "Islington": ("N1", "N5", "N7", "N19"),
    "Kensington and Chelsea": ("SW3", "SW5", "SW7", "W8", "W11"),
    "Kingston upon Thames": ("KT1", "KT2", "KT3", "KT6"),
    "Lambeth": ("SW2", "SW4", "SW9", "SE11", "SE27"),
    "Lewisham": ("SE4", "SE6", "SE8", "SE13", "SE23"),
    "Merton": ("SW19", "SW20", "CR4", "SM4"),
    "Newham": ("E6", "E7", "E13", "E16"),
    "Redbridge": ("IG1", "IG2", "IG3", "IG4", "IG5"),
    "Richmond upon Thames": ("TW1", "TW2", "TW9", "TW10", "TW11"),
    "Southwark": ("SE1", "SE5", "SE15", "SE16", "SE17"),
    "Sutton": ("SM1", "SM2", "SM3", "SM5"),
    "Tower Hamlets": ("E1", "E2", "E3", "E14"),
    "Waltham Forest": ("E4", "E10", "E11", "E17"),
    "Wandsworth": ("SW11", "SW12", "SW15", "SW17", "SW18"),
    "Westminster": ("W2", "W9", "NW8", "SW1P", "SW1V"),
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
    """Where somebody lives. Without a known postcode the other fields are empty."""

    address: tuple[str, ...]
    postcode: str
    borough: str | None
    district: str | None


NO_PLACE: Final = Place((), UNKNOWN_POSTCODE, None, None)
"""Of somebody without an address."""


def place(chance: random.Random) -> Place:
    """Return somewhere to live that does not exist, in a borough that does."""
    borough = weighted(
        chance, ((name, _NEAR_WEIGHT if name in NEAR else 1.0) for name in DISTRICTS)
    )
    district = chance.choice(DISTRICTS[borough])
    street = chance.choice(_STREET_FIRST) + chance.choice(_STREET_SECOND)
    first_line = f"{chance.randint(1, _STREETS_LONGEST)} {street} {chance.choice(_STREET_LAST)}"
    return Place((first_line, "London"), f"{district} {chance.randint(1, 9)}ZZ", borough, district)


def borough_of(postcode: str) -> str | None:
    """Return the borough of a postcode in one of these districts, or None.

    Real districts may reach into a second borough: this knows the demo's own addresses alone.
    """
    return _BOROUGHS.get(postcode.partition(" ")[0])
