"""How alike two values of one field are."""

from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

from consent_ledger.matching.contacts import district
from consent_ledger.matching.levels import Level
from consent_ledger.matching.nicknames import may_be_one_name
from consent_ledger.matching.spelling import LATIN, Word, joined
from consent_ledger.matching.traits import Birth

_CLOSE: Final = 0.92
_ALIKE: Final = 0.85
_FAINT: Final = 0.75
_TEXT_ALIKE: Final = 0.88
_SHORTEST_TEXT: Final = 6
_SHORTEST_SOUND: Final = 2
_TWO: Final = 2
_PICTURES: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL"})
"""Scripts of few signs a name: one sign off is another name."""

_RANKS: Final = {level: rank for rank, level in enumerate(Level)}


def nearest(levels: list[Level]) -> Level:
    """Return the nearest of several levels."""
    return min(levels, key=_RANKS.__getitem__)


def rank(level: Level | None) -> int:
    """Return a number that is the lower the nearer; what cannot be compared is in the middle."""
    return _RANKS[Level.SHARED] if level is None else _RANKS[level]


@lru_cache(maxsize=65_536)
def given_names(mine: tuple[Word, ...], other: tuple[Word, ...]) -> Level | None:
    """Compare given names: also short forms and first letters."""
    level = family_names(mine, other)
    if level in (None, Level.SAME, Level.PART):
        return level
    return Level.SHORT if _may_be_short(mine[0], other[0]) else level


@lru_cache(maxsize=65_536)
def family_names(mine: tuple[Word, ...], other: tuple[Word, ...]) -> Level | None:
    """Compare names of any number of words; None where either has none."""
    if not mine or not other:
        return None
    whole = _word(joined(mine), joined(other))
    if whole is Level.SAME or len(mine) == len(other) == 1:
        return whole
    by_word = [[_word(word, another) for another in other] for word in mine]
    found = sum(Level.SAME in row for row in by_word)
    if found == len(mine) or sum(Level.SAME in row for row in zip(*by_word, strict=True)) == len(
        other
    ):
        return Level.PART
    return nearest([whole, Level.SHARED if found else Level.OTHER, *_all_but_same(by_word)])


def births(mine: Birth, other: Birth) -> Level:
    """Compare dates of birth, either of which may be the year alone."""
    if mine == other and mine.day is not None:
        return Level.SAME
    if mine.day is None or other.day is None:
        return Level.YEAR if mine.year == other.year else Level.OTHER
    errors = OSA.distance(mine.digits, other.digits)
    if errors == 1 or (mine.year, mine.day, mine.month) == other:
        return Level.CLOSE
    if sum(part == another for part, another in zip(mine, other, strict=True)) == _TWO:
        return Level.PART
    return Level.ALIKE if errors == _TWO else Level.OTHER


def postcodes(mine: str, other: str) -> Level:
    """Compare postcodes; of British ones also the district."""
    level = numbers(mine, other)
    if level is Level.OTHER and district(mine) is not None and district(mine) == district(other):
        return Level.AREA
    return level


def numbers(mine: str, other: str) -> Level:
    """Compare numbers and what is typed like one: the same, or one typing error apart."""
    if mine == other:
        return Level.SAME
    return Level.CLOSE if OSA.distance(mine, other, score_cutoff=1) == 1 else Level.OTHER


def texts(mine: str, other: str) -> Level:
    """Compare a line of an address."""
    level = numbers(mine, other)
    if level is Level.OTHER and min(len(mine), len(other)) >= _SHORTEST_TEXT:
        alike = JaroWinkler.similarity(mine, other, score_cutoff=_TEXT_ALIKE) > 0
        return Level.ALIKE if alike else Level.OTHER
    return level


def _all_but_same(by_word: list[list[Level]]) -> list[Level]:
    return [level for row in by_word for level in row if level is not Level.SAME]


def _may_be_short(mine: Word, other: Word) -> bool:
    if mine.latin == other.latin or mine.script != other.script:
        return False
    shorter, longer = sorted((mine.latin, other.latin), key=len)
    is_first_letter = len(shorter) == 1 and longer.startswith(shorter)
    return is_first_letter or may_be_one_name(mine.latin, other.latin)


def _word(mine: Word, other: Word) -> Level:
    if mine.script == other.script and mine.script != LATIN:
        return _in_their_script(mine, other)
    is_of_two_scripts = mine.script != other.script
    if mine.latin == other.latin:
        return Level.CLOSE if is_of_two_scripts else Level.SAME
    sounds_alike = len(mine.sound) >= _SHORTEST_SOUND and mine.sound == other.sound
    if sounds_alike and is_of_two_scripts:
        return Level.CLOSE
    level = _by_letters(mine.latin, other.latin)
    return nearest([level, Level.ALIKE]) if sounds_alike else level


def _in_their_script(mine: Word, other: Word) -> Level:
    if mine.native == other.native:
        return Level.SAME
    if mine.script in _PICTURES:
        return Level.OTHER
    return _by_letters(mine.native, other.native)


def _by_letters(mine: str, other: str) -> Level:
    alike = JaroWinkler.similarity(mine, other, score_cutoff=_FAINT)
    if alike >= _CLOSE:
        return Level.CLOSE
    if alike >= _ALIKE:
        return Level.ALIKE
    return Level.FAINT if alike >= _FAINT else Level.OTHER
