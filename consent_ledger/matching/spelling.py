"""Words of names as they are compared: in Latin letters, in their own script, and by their sound.

Romanised by anyascii: its tables cover every script of Unicode 15, it has no dependency, a licence
that fits (ISC) and one answer for one input. Unidecode reads fewer scripts and is under the GPL.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from anyascii import anyascii

LATIN: Final = "LATIN"

_APOSTROPHES: Final = frozenset("'`´’‘‛ʼʻʹʾʿˈ′＇׳ꞌ")
_MARKS_THAT_FALL: Final = frozenset({"CYRILLIC", "GREEK", "ARABIC", "HEBREW"})
"""Scripts in which writers leave accents and vowel points out. An Indic vowel sign is a letter."""

_ONE_ARABIC_LETTER: Final = str.maketrans("ىیکة", "ييكه", "ـ")
_ARABIC_ARTICLE: Final = "ال"
_ARTICLE_LEAVES: Final = 3
_ALEF: Final = "ا"

_SOUNDS: Final = (
    (r"ch(?=[rl])", "k"),
    (r"shch|sch|tch|tsch|cz|sz|sh|zh|ts|tz|dz|ch", "s"),
    (r"ph|v", "f"),
    (r"kh", "h"),
    (r"gh", "g"),
    (r"th", "t"),
    (r"dh", "d"),
    (r"bh", "b"),
    (r"dj", "j"),
    (r"c(?=[eiy])", "s"),
    (r"ck|c|q", "k"),
    (r"x", "ks"),
    (r"z", "s"),
)
_SOUND: Final = tuple((re.compile(pattern), letter) for pattern, letter in _SOUNDS)
_FIRST_VOWEL: Final = re.compile(r"^[aeiou]+")
_FIRST_J: Final = re.compile(r"^[jy]+")
_LATER_VOWELS: Final = re.compile(r"(?<!^)[aeiouyw]|h$")
_DOUBLED: Final = re.compile(r"(.)\1+")
_ASCII_PIECE: Final = re.compile("[0-9A-Za-z]+")
_FALLS_IN_ASCII: Final = str.maketrans("", "", "'`^")


class Word(NamedTuple):
    """A part of a name. `native` and `script` are of a name that is not in Latin letters."""

    latin: str
    sound: str
    native: str = ""
    script: str = LATIN


@lru_cache(maxsize=65_536)
def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a name, or of a line of an address; nothing where it is symbols alone.

    Spaces, hyphens and full stops part words; apostrophes of every kind, and what cannot be seen,
    do not.
    """
    return tuple(word for piece in _pieces(text) if (word := _word(piece)).latin)


@lru_cache(maxsize=65_536)
def sound_of(latin: str) -> str:
    """Return the consonants that are heard, alike for spellings of one name from anywhere.

    English phonetics (Soundex, Metaphone) read no vowels where Arabic and Hebrew write none, and
    take Polish, Turkish and Chinese spellings for English ones.
    """
    heard = _FIRST_VOWEL.sub("a", latin)
    for pattern, letter in _SOUND:
        heard = pattern.sub(letter, heard)
    return _DOUBLED.sub(r"\1", _LATER_VOWELS.sub("", _FIRST_J.sub("y", heard)))


def joined(words: tuple[Word, ...]) -> Word:
    """Return words written as one; in Latin letters, where they are not all of one script."""
    if len(words) == 1:
        return words[0]
    latin = "".join(word.latin for word in words)
    scripts = {word.script for word in words}
    if len(scripts) == 1 and LATIN not in scripts:
        return Word(latin, sound_of(latin), "".join(word.native for word in words), scripts.pop())
    return Word(latin, sound_of(latin))


def _pieces(text: str) -> list[str]:
    if text.isascii():  # the same, and sooner
        return _ASCII_PIECE.findall(text.translate(_FALLS_IN_ASCII))
    found = [""]
    for letter in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(letter)
        if letter in _APOSTROPHES or category in ("Cf", "Sk"):
            continue
        if category[0] in "LNM":
            found[-1] += letter
        elif found[-1]:
            found.append("")
    return [piece for piece in found if piece]


def _word(piece: str) -> Word:
    if piece.isascii():
        return Word(piece.casefold(), sound_of(piece.casefold()))
    scripts = {_script(letter) for letter in piece if letter.isalpha()} or {LATIN}
    script = scripts.pop() if len(scripts) == 1 else LATIN
    native = "" if script == LATIN else _native(piece, script)
    latin = _latin(native or piece)
    return Word(latin, sound_of(latin), native, script)


def _script(letter: str) -> str:
    """Return the first word of a letter's name: it is its script."""
    return unicodedata.name(letter, LATIN).partition(" ")[0].partition("-")[0]


def _native(piece: str, script: str) -> str:
    if script not in _MARKS_THAT_FALL:
        return piece.casefold()
    apart = unicodedata.normalize("NFKD", piece.casefold())
    bare = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    if script != "ARABIC":
        return bare
    bare = bare.translate(_ONE_ARABIC_LETTER)
    stem = bare.removeprefix(_ARABIC_ARTICLE)
    return stem if len(stem) >= _ARTICLE_LEAVES else bare


def _latin(piece: str) -> str:
    """Return only a to z and digits.

    What begins with a sign for a sound that English lacks, or with alef, begins with a vowel.
    """
    plain = anyascii(piece).casefold()
    if plain[:1] in ("'", "`"):
        plain = f"a{plain[1:]}"
    elif piece.startswith(_ALEF) and not plain.startswith("a"):
        plain = f"a{plain}"
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
