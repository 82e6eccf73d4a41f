"""A search of real files: for values in every way of writing, and for sealed keys that open."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from json import dumps
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.real.segment_files import records_on_disk

WAL_PAGE, PAGE_HEADER, AROUND = 8192, 24, 200
WINDOW, NONCE = 60, 12
"""Bytes of a sealed key: a nonce, a key of 32, a tag of 16."""
DISTINCT = 42
"""Different bytes in 60 random ones: 53 by the mean, and fewer than this once in ten millions."""


def contents(postgres: Mapping[str, Path], kafka: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the content of every file of these folders, by its place.

    What stands in two pages of PostgreSQL's log, or in a batch of Kafka's, is put together, too.
    """
    for name, folder in [*postgres.items(), ("Kafka", kafka)]:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue  # deleted meanwhile
            place = f"{name}: {path.relative_to(folder)}"
            yield place, content
            if path.parent.name == "pg_wal":
                yield f"{place}, across pages", across_pages(content)
    yield from packed(kafka)


def packed(kafka: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every record of Kafka's segments, by its topic."""
    for record in records_on_disk(kafka):
        yield f"Kafka: {record.topic}", record.key + (record.value or b"") + record.headers


def across_pages(wal: bytes) -> bytes:
    """Return what a segment of the write-ahead log has at the end of a page and in the next one."""
    return bytes(AROUND).join(
        wal[at - AROUND : at] + wal[at + PAGE_HEADER : at + PAGE_HEADER + AROUND]
        for at in range(WAL_PAGE, len(wal), WAL_PAGE)
    )


def written(value: str) -> set[bytes]:
    """Return a value in each way in which it could be written down."""
    plain = value.encode()
    encoded = {plain, plain.hex().encode(), value.encode("utf-16-le"), dumps(value)[1:-1].encode()}
    # in base64 it depends on where among three bytes it begins: what its neighbours tell is cut off
    for before in range(3):
        inner = b64encode(bytes(before) + plain)[before + (before > 0) : -4]
        encoded.add(inner)
    return encoded


def showing(files: Iterable[tuple[str, bytes]], traces: Iterable[str]) -> set[str]:
    """Return the places that show one of these values, each with what stands around it.

    Of files that are alike the first is searched.
    """
    wanted = [one for trace in traces for one in written(trace)]
    different: dict[bytes, tuple[str, bytes]] = {}
    for place, content in files:
        different.setdefault(sha256(content).digest(), (place, content))
    return {
        f"{place}: {content[max(at - 20, 0) : at + 20]!r}"
        for place, content in different.values()
        for one in wanted
        if (at := content.find(one)) >= 0
    }


def whose_keys_open(
    files: Iterable[tuple[str, bytes]], keys: Iterable[bytes], names: Iterable[str]
) -> set[str]:
    """Return those of these names about whom any 60 bytes of the files open under any of the keys.

    What is not random is passed over: ciphertext is. What is like something before is tried once,
    and nobody whose key has opened is looked for any more.
    """
    aeads = [AESGCM(key) for key in keys]
    left = {name: name.encode() for name in names}
    seen: set[int] = set()
    opened: set[str] = set()
    for _, content in files:
        for window in _random_windows(content, seen):
            new = {name for name in left if any(_opens(one, window, left[name]) for one in aeads)}
            opened |= new
            for name in new:
                del left[name]
        if not left:
            break
    return opened


def _random_windows(content: bytes, seen: set[int]) -> Iterator[bytes]:
    """Yield each window of a file that could be sealed, and was not seen in another one.

    Pages are in the log and in a backup, too; what is seen is kept by its hash.
    """
    for run in re.split(rb"\x00{3,}", content):
        for start in range(0, len(run) - WINDOW + 1, WINDOW):
            # of two windows' bytes too few are different: so they are of each one within
            if len(set(run[start : start + 2 * WINDOW])) < DISTINCT:
                continue
            for at in range(start, min(start + WINDOW, len(run) - WINDOW + 1)):
                window = run[at : at + WINDOW]
                if hash(window) not in seen and len(set(window)) >= DISTINCT:
                    seen.add(hash(window))
                    yield window


def _opens(aead: AESGCM, window: bytes, about: bytes) -> bool:
    try:
        aead.decrypt(window[:NONCE], window[NONCE:], about)
    except InvalidTag:
        return False
    return True
