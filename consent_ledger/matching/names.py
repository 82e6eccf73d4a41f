"""A person's name, taken apart."""

from typing import Final

from consent_ledger.matching.spelling import Word, joined, words_of
from consent_ledger.matching.traits import PersonName

_PARTICLES: Final = frozenset(
    {"da", "das", "de", "degli", "dei", "del", "della", "der", "di", "do", "dos", "du", "e", "y"}
    | {"al", "ap", "bin", "bint", "binti", "el", "ibn", "la", "le"}
    | {"af", "av", "den", "ten", "ter", "van", "vande", "vander", "von", "zu", "zum", "zur"}
)
_BOUND: Final = frozenset({"o", "mc", "mac", "fitz"})
"""Written apart or not, these are one word with the next."""

_NO_NAMES: Final = frozenset(
    {"fnu", "lnu", "mnu", "nfn", "nln", "noname", "nosurname"}
    | {"notgiven", "notknown", "notprovided", "tbc", "unknown"}
)
"""Written where a form insists on a name. `Null`, `Na` and `Test` are left: people are so named."""


def person_name(given_names: str | None, family_name: str | None) -> PersonName | None:
    """Return a name in its parts; None where nothing of it is a name.

    Of several words in the given names alone the last is taken for the family name; where that is
    wrong, the comparison of both ways round mends it.
    """
    given, family = _part(given_names), _part(family_name)
    if not family and len(given) > 1:
        given, family = given[:-1], given[-1:]
    if not given and len(family) > 1:
        given, family = family[:-1], family[-1:]
    if not given and not family:
        return None
    core = tuple(word for word in family if word.latin not in _PARTICLES)
    if not core:  # as Le, La or Du, which are names where they stand alone
        return PersonName(given, family)
    return PersonName(given, core, tuple(word for word in family if word.latin in _PARTICLES))


def _part(text: str | None) -> tuple[Word, ...]:
    words = words_of(text or "")
    if "".join(word.latin for word in words) in _NO_NAMES:
        return ()
    found: list[Word] = []
    bound: tuple[Word, ...] = ()
    for word in words:
        if word.latin in _BOUND:
            bound += (word,)
        else:
            found.append(joined((*bound, word)))
            bound = ()
    return (*found, joined(bound)) if bound else tuple(found)
