"""What a record is, or must be, in a form in which the two are equal when nothing differs."""

from collections.abc import Iterable
from typing import Final, NamedTuple

Headers = tuple[tuple[str, tuple[bytes, ...]], ...]
"""Headers by name. Of a record each with its text, of what it must be each with those it may have;
one without any may have any text."""

OWN: Final = frozenset({"ce_id", "ce_time", "ledgerseq"})
"""Headers that differ from record to record of a tray."""


class Content(NamedTuple):
    """A record: the SHA-256 of its value, its own headers, and the others by their number."""

    digest: bytes
    own: Headers
    others: int


class HeaderTable:
    """Headers that many records share, by number."""

    def __init__(self) -> None:
        self._numbers: dict[Headers, int] = {}
        self._headers: list[Headers] = []
        self._found: dict[tuple[tuple[str, bytes], ...], int] = {}

    def number_of(self, headers: Iterable[tuple[str, tuple[bytes, ...]]]) -> int:
        """Return the number of headers, whatever their order."""
        in_order = tuple(sorted(headers))
        number = self._numbers.setdefault(in_order, len(self._headers))
        if number == len(self._headers):
            self._headers.append(in_order)
        return number

    def content_of(self, digest: bytes, headers: Iterable[tuple[str, bytes]]) -> Content:
        """Return the content of a record with these headers."""
        own: list[tuple[str, tuple[bytes, ...]]] = []
        others: list[tuple[str, bytes]] = []
        for header in headers:
            if header[0] in OWN:
                own.append((header[0], (header[1],)))
            else:
                others.append(header)
        own.sort()
        known = tuple(others)
        number = self._found.get(known)
        if number is None:
            number = self._found[known] = self.number_of((name, (text,)) for name, text in known)
        return Content(digest, tuple(own), number)

    def headers_of(self, content: Content) -> Headers:
        """Return all headers of a content."""
        return (*content.own, *self._headers[content.others])
