"""Which paths name a tile (c2sp.org/tlog-tiles), and which do not."""

import pytest

from consent_ledger.transparency.tiles import Tile, parse_tile


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("0/000", Tile(0, 0, 256)),
        ("0/067.p/1", Tile(0, 67, 1)),
        ("1/x001/234.p/255", Tile(1, 1234, 255)),
        ("0/x001/x234/067", Tile(0, 1_234_067, 256)),
        ("63/000", Tile(63, 0, 256)),
    ],
)
def test_a_path_names_its_tile(path: str, tile: Tile) -> None:
    """Places are written in groups of three digits."""
    assert parse_tile(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/",
        "0/0",
        "0/0000",
        "0/1234",
        "0/x001",
        "0/x000/001",
        "0/001/234",
        "00/000",
        "64/000",
        "-1/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/000.p/",
        "0/000/",
        "0/000\n",
        "0/\N{ARABIC-INDIC DIGIT ONE}00",
        "0/" + "x001/" * 40 + "000",
        "entries/000",
    ],
)
def test_any_other_path_names_none(path: str) -> None:
    """One tile has one path, so that caches hold it once."""
    assert parse_tile(path) is None
