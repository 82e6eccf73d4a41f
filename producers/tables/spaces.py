"""White space that cannot be seen: a spreadsheet, a web page or a copy leaves it in cells."""

from typing import Final

_NARROW: Final = "\u00ad\u180e\u200b\u2060\ufeff"
"""They take no room, and no word needs them: soft hyphen, zero-width space, byte order mark."""
_JOINERS: Final = "\u200c\u200d\u200e\u200f"
"""They take no room, and words in some scripts need them: they go at the ends alone."""
_WIDE: Final = "\u00a0\u2007\u202f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_TABLE: Final = str.maketrans(dict.fromkeys(_NARROW, "") | dict.fromkeys(_WIDE, " "))


def cleaned_row(cells: list[str]) -> list[str]:
    """Return texts without white space that cannot be seen."""
    if "".join(cells).isascii():
        return list(map(str.strip, cells))
    return [cleaned(cell) for cell in cells]


def cleaned(text: str) -> str:
    """Return a text without white space that cannot be seen."""
    text = text.strip()
    if text.isascii():
        return text
    return text.translate(_TABLE).strip(f"{_JOINERS} \t\r\n")
