"""What keeps two records from being taken for one person without a question, however they score.

Twins share family name, birthday and home; a father and a son share a name and a home; flatmates a
telephone; two people may type one number. Each differs in something that is never known by itself.
"""

from collections.abc import Iterator
from typing import Final

from consent_ledger.matching.levels import Field, Level, Pattern, at

_NUMBERS: Final = (Field.NI_NUMBER, Field.ULN)
_NUMBER_WORDS: Final = {
    Field.NI_NUMBER: "another National Insurance number",
    Field.ULN: "another learner number",
}
_GIVEN_ALWAYS: Final = {
    None: "no given name to compare",
    Level.SHARED: "given names of which one word is the same",
    Level.ALIKE: "given names that only sound alike",
    Level.FAINT: "another given name",
    Level.OTHER: "another given name",
}
_GIVEN_UNLESS_A_NUMBER_AGREES: Final = {
    Level.PART: "given names of which one has more",
    Level.SHORT: "a short form of the given name",
    Level.CLOSE: "given names that differ a little",
}
_FAMILY: Final = {
    None: "no family name to compare",
    Level.SHARED: "family names of which one word is the same",
    Level.ALIKE: "family names that only sound alike",
    Level.FAINT: "another family name",
    Level.OTHER: "another family name",
}
_BIRTH_ALWAYS: Final = {
    Level.PART: "another date of birth",
    Level.ALIKE: "another date of birth",
    Level.OTHER: "another date of birth",
}
_BIRTH_UNLESS_A_NUMBER_AGREES: Final = {
    None: "no date of birth to compare",
    Level.CLOSE: "dates of birth that differ a little",
    Level.YEAR: "only the year of birth to compare",
}


def contradictions(pattern: Pattern) -> tuple[str, ...]:
    """Return, in words without values, why this may be somebody else. Nothing: nothing is."""
    found = [
        _NUMBER_WORDS[number]
        for number in _NUMBERS
        if at(pattern, number) not in (None, Level.SAME)
    ]
    found += _always(pattern)
    if not any(at(pattern, number) is Level.SAME for number in _NUMBERS):
        found += _unless_a_number_agrees(pattern)
    return tuple(found)


def are_of_two_people(pattern: Pattern) -> bool:
    """Tell whether a name and the birthday are both another's: then no reference makes them one.

    One of the two may have been typed wrong, or have changed; what cannot be compared says nothing.
    """
    names = at(pattern, Field.GIVEN), at(pattern, Field.FAMILY)
    is_another_name = any(level in (Level.FAINT, Level.OTHER) for level in names)
    return is_another_name and at(pattern, Field.BIRTH) in _BIRTH_ALWAYS


def _always(pattern: Pattern) -> Iterator[str]:
    given, birth = at(pattern, Field.GIVEN), at(pattern, Field.BIRTH)
    family = at(pattern, Field.FAMILY)
    if given in _GIVEN_ALWAYS:
        yield _GIVEN_ALWAYS[given]
    if birth in _BIRTH_ALWAYS:
        yield _BIRTH_ALWAYS[birth]
    has_a_new_name = (
        given is Level.SAME
        and birth is Level.SAME
        and any(at(pattern, number) is Level.SAME for number in _NUMBERS)
    )
    if family in _FAMILY and not has_a_new_name:
        yield _FAMILY[family]


def _unless_a_number_agrees(pattern: Pattern) -> Iterator[str]:
    given, birth = at(pattern, Field.GIVEN), at(pattern, Field.BIRTH)
    if given in _GIVEN_UNLESS_A_NUMBER_AGREES:
        yield _GIVEN_UNLESS_A_NUMBER_AGREES[given]
    if birth in _BIRTH_UNLESS_A_NUMBER_AGREES:
        yield _BIRTH_UNLESS_A_NUMBER_AGREES[birth]
    if at(pattern, Field.ORDER) is Level.OTHER:
        yield "names the other way round"
