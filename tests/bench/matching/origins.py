"""Names as London has them, by where they come from: Faker's lists, and spellings of our own.

Twelve origins. Those whose names are also written in another script have pairs: the script, and the
ways in which people of that name spell it in Latin letters.
"""

import random
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final, NamedTuple

from tests.bench.matching.romanised import ARABIC, BENGALI, HAN_FAMILY, HAN_GIVEN, PUNJABI, cyrillic

_COMMONER_FIRST: Final = 0.8
"""A list's n-th name is as common as n to the power of minus this: few names are many people's."""


class Spelt(NamedTuple):
    """One name in the spellings that people of that name use; the first is the commonest."""

    spellings: tuple[str, ...]


class Origin(NamedTuple):
    """An origin of names, and its share of Londoners as this generator has them."""

    name: str
    share: float
    given: tuple[Spelt, ...]
    family: tuple[Spelt, ...]


def drawn(chance: random.Random, names: Sequence[Spelt]) -> Spelt:
    """Return a name of a list, the first ones oftener."""
    return chance.choices(names, cum_weights=_cumulated(len(names)))[0]


@cache
def origins() -> tuple[Origin, ...]:
    """Return all origins."""
    return (
        Origin("British and Irish", 0.36, _faker("en_GB", "given"), _faker("en_GB", "family")),
        Origin("Indian", 0.10, _faker("en_IN", "given"), _faker("en_IN", "family")),
        Origin("Pakistani", 0.07, _faker("en_PK", "given"), _faker("en_PK", "family")),
        Origin("Bangladeshi", 0.06, *_pairs(BENGALI)),
        Origin("Punjabi", 0.04, *_pairs(PUNJABI)),
        Origin("West African", 0.09, *_west_african()),
        Origin("Arabic and Somali", 0.07, *_pairs(ARABIC)),
        Origin("Polish", 0.05, _faker("pl_PL", "given"), _polish_family()),
        Origin("Romanian", 0.05, _faker("ro_RO", "given"), _faker("ro_RO", "family")),
        Origin("Turkish", 0.04, _faker("tr_TR", "given"), _faker("tr_TR", "family")),
        Origin("Latin American", 0.04, _faker("es_CO", "given"), _faker("es_CO", "family")),
        Origin("Ukrainian", 0.02, _cyrillic("given"), _cyrillic("family")),
        Origin("Chinese", 0.01, _spelt(HAN_GIVEN), _spelt(HAN_FAMILY)),
    )


def _faker(locale: str, part: str) -> tuple[Spelt, ...]:
    return tuple(Spelt((name,)) for name in _faker_names(locale, part))


def _faker_names(locale: str, part: str) -> list[str]:
    provider: Any = import_module(f"faker.providers.person.{locale}").Provider
    lists = {
        "given": ("first_names_male", "first_names_female", "first_names"),
        "family": ("last_names", "last_names_male", "last_names_female"),
    }[part]
    found = {str(name) for kind in lists for name in getattr(provider, kind, ())}
    names = sorted(name for name in found if name)
    random.Random(locale).shuffle(names)  # noqa: S311 - which is common; a test's names
    return names


def _west_african() -> tuple[tuple[Spelt, ...], tuple[Spelt, ...]]:
    given, family = (
        [name for locale in ("yo_NG", "tw_GH", "ig_NG") for name in _faker(locale, part)]
        for part in ("given", "family")
    )
    for names in (given, family):
        random.Random(1).shuffle(names)  # noqa: S311 - which is common; a test's names
    return tuple(given), tuple(family)


def _polish_family() -> tuple[Spelt, ...]:
    stems = (
        "Nowak Kowalsk Wiśniewsk Wójcik Kowalczyk Kamińsk Lewandowsk Zielińsk Szymańsk Woźniak"
        " Dąbrowsk Kozłowsk Jankowsk Mazur Wojciechowsk Kwiatkowsk Krawczyk Kaczmarek Piotrowsk"
        " Grabowsk Zając Pawłowsk Michalsk Król Wieczorek Jabłońsk Wróbel Nowakowsk Majewsk"
        " Olszewsk Stępień Malinowsk Jaworsk Adamczyk Dudek Nowick Pawlak Górsk Witkowsk Walczak"
        " Rutkowsk Michalak Szewczyk Ostrowsk Tomaszewsk Pietrzak Zalewsk Wróblewsk Marciniak"
        " Jasińsk Zawadzk Bąk Jakubowsk Sadowsk Duda Włodarczyk Chmielewsk Borkowsk Sokołowsk"
        " Szczepańsk Sawick Kucharsk Lis Maciejewsk Kubiak Kalinowsk Mazurek Wysock Kołodziej"
    )
    ends = ("sk", "ck", "dzk")
    return tuple(
        Spelt((f"{stem}i", f"{stem}a")) if stem.endswith(ends) else Spelt((stem,))
        for stem in stems.split()
    )


def _cyrillic(part: str) -> tuple[Spelt, ...]:
    return tuple(Spelt((*cyrillic(name), name)) for name in _faker_names("uk_UA", part))


def _pairs(names: tuple[str, str]) -> tuple[tuple[Spelt, ...], tuple[Spelt, ...]]:
    given, family = names
    return _spelt(given), _spelt(family)


def _spelt(lines: str) -> tuple[Spelt, ...]:
    """Return the names of lines such as `محمد Mohammed Muhammad`; the script comes last."""
    found = [line.split() for line in lines.strip().splitlines()]
    return tuple(Spelt((*latin, script)) for script, *latin in found)


@cache
def _cumulated(count: int) -> tuple[float, ...]:
    total, sums = 0.0, []
    for place in range(1, count + 1):
        total += place**-_COMMONER_FIRST
        sums.append(total)
    return tuple(sums)
