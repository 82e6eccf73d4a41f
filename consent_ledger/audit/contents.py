"""What a record is, or must be, in a form in which the two are equal when nothing differs."""

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple

Headers = tuple[tuple[str, tuple[bytes, ...]], ...]
"""Headers by name. Of a record each with its text, of what it must be each with those it may have;
one without any may have any text."""

OWN: Final = frozenset({"ce_id", "ce_time", "ledgerseq"})
"""Headers that differ from record to record of a tray."""


class Content(NamedTuple):
    """A record: the SHA-256 of its value, its own headers, and the others by their digest."""

    digest: bytes
    own: Headers
    others: bytes


class HeaderTable:
    """Headers that many records share, by a digest that is the same in every process."""

    def __init__(self) -> None:
        self.headers: dict[bytes, Headers] = {}
        self._found: dict[tuple[tuple[str, bytes], ...], bytes] = {}

    def digest_of(self, headers: Iterable[tuple[str, tuple[bytes, ...]]]) -> bytes:
        """Return the digest of headers, whatever their order."""
        in_order = tuple(sorted(headers))
        digest = hashlib.sha256(repr(in_order).encode()).digest()
        self.headers[digest] = in_order
        return digest

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
        found = self._found.get(known)
        if found is None:
            found = self._found[known] = self.digest_of((name, (text,)) for name, text in known)
        return Content(digest, tuple(own), found)

    def headers_of(self, content: Content) -> Headers:
        """Return all headers of a content."""
        return (*content.own, *self.headers[content.others])

    def take_in(self, other: "HeaderTable") -> None:
        """Know the headers of another table, too."""
        self.headers.update(other.headers)
