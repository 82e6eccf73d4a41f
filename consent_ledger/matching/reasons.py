"""Why two records may be one person, in words for an adviser. Never a value."""

from typing import Final

from consent_ledger.matching.levels import Field, Level, Pattern

_WORDS: Final = {
    (Field.GIVEN, Level.SAME): "the same given name",
    (Field.GIVEN, Level.PART): "the same given name, one with more words",
    (Field.GIVEN, Level.SHORT): "a short form of the given name",
    (Field.GIVEN, Level.CLOSE): "nearly the same given name",
    (Field.GIVEN, Level.SHARED): "a given name in common",
    (Field.GIVEN, Level.ALIKE): "given names that sound alike",
    (Field.FAMILY, Level.SAME): "the same family name",
    (Field.FAMILY, Level.PART): "the same family name, one with more words",
    (Field.FAMILY, Level.CLOSE): "nearly the same family name",
    (Field.FAMILY, Level.SHARED): "a family name in common",
    (Field.FAMILY, Level.ALIKE): "family names that sound alike",
    (Field.ORDER, Level.OTHER): "names given the other way round",
    (Field.BIRTH, Level.SAME): "the same date of birth",
    (Field.BIRTH, Level.CLOSE): "nearly the same date of birth",
    (Field.BIRTH, Level.PART): "two parts of the date of birth",
    (Field.BIRTH, Level.YEAR): "the same year of birth",
    (Field.POSTCODE, Level.SAME): "the same postcode",
    (Field.POSTCODE, Level.CLOSE): "nearly the same postcode",
    (Field.POSTCODE, Level.AREA): "the same postcode district",
    (Field.STREET, Level.SAME): "the same street",
    (Field.STREET, Level.CLOSE): "nearly the same street",
    (Field.PHONE, Level.SAME): "the same telephone number",
    (Field.PHONE, Level.CLOSE): "nearly the same telephone number",
    (Field.EMAIL, Level.SAME): "the same e-mail address",
    (Field.EMAIL, Level.CLOSE): "nearly the same e-mail address",
    (Field.NI_NUMBER, Level.SAME): "the same National Insurance number",
    (Field.NI_NUMBER, Level.CLOSE): "nearly the same National Insurance number",
    (Field.ULN, Level.SAME): "the same learner number",
    (Field.ULN, Level.CLOSE): "nearly the same learner number",
}


def reasons(pattern: Pattern) -> tuple[str, ...]:
    """Return what agrees, the names first."""
    found = zip(Field, pattern, strict=True)
    return tuple(
        _WORDS[field, level] for field, level in found if level and (field, level) in _WORDS
    )
