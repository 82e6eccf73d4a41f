"""Tiles of the log's tree (c2sp.org/tlog-tiles), read from the stored hashes.

A tile of level L holds up to 256 neighbouring node hashes of tree level 8 L. Entries are private:
there are tiles of hashes, and no bundles of entries.
"""

import re
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Connection, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from consent_ledger.tables import transparency_log as tables
from consent_ledger.transparency.merkle import HASH_BYTES, merkle_root

WIDTH: Final = 256
"""Hashes of a full tile."""
_LEVELS: Final = 8
"""Levels of the tree that one level of tiles stands for: 2 ** 8 is WIDTH."""

_PATH: Final = re.compile(
    r"(?P<level>0|[1-9]|[1-5][0-9]|6[0-3])"
    r"/(?P<index>(?!x000/)(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?",
    re.ASCII,
)


class Tile(NamedTuple):
    """Which tile: its level, its place there, and how many hashes of it, 256 or fewer."""

    level: int
    place: int
    width: int


def parse_tile(path: str) -> Tile | None:
    """Return the tile that `<L>/<N>[.p/<W>]` names; None where it is no such path.

    N is in groups of three digits, all but the last with an x before them: x001/x234/067.
    """
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    index = int(found["index"].replace("x", "").replace("/", ""))
    return Tile(int(found["level"]), index, int(found["width"] or WIDTH))


def tile_path(tile: Tile) -> str:
    """Return the path that `parse_tile` reads."""
    *upper, last = f"{tile.place:,}".split(",")
    groups = [f"x{int(group):03}" for group in upper] + [f"{int(last):03}"]
    part = f".p/{tile.width}" if tile.width < WIDTH else ""
    return f"{tile.level}/{'/'.join(groups)}{part}"


def tile_of(level: int, index: int, size: int) -> Tile:
    """Return the tile under which the tree's node (level, index) lies in a log of that size."""
    tile_level, above = divmod(level, _LEVELS)
    place = (index << above) // WIDTH
    return Tile(tile_level, place, min(WIDTH, (size >> _LEVELS * tile_level) - place * WIDTH))


def node_in(hashes: bytes, level: int, index: int) -> bytes:
    """Compute a node of the tree, as `NodeHashes`, from the tile under which it lies."""
    width = 1 << level % _LEVELS
    at = (index * width) % WIDTH
    found = [
        hashes[HASH_BYTES * place : HASH_BYTES * (place + 1)] for place in range(at, at + width)
    ]
    return merkle_root(found)


def read_tile(connection: Connection, tile: Tile) -> bytes | None:
    """Return a tile's hashes, joined; None while the log is too short for it."""
    size = connection.scalar(select(tables.head.c.size)) or 0
    level = _LEVELS * tile.level
    first = tile.place * WIDTH
    if first + tile.width > size >> level:
        return None
    completed_by = [((first + at + 1) << level) - 1 for at in range(tile.width)]
    entry = tables.entry.c
    hashes = connection.scalars(
        select(func.substring(entry.hashes, HASH_BYTES * level + 1, HASH_BYTES))
        .where(entry.seq == func.any(cast(completed_by, ARRAY(BigInteger))))
        .order_by(entry.seq)
    )
    return b"".join(map(bytes, hashes))
