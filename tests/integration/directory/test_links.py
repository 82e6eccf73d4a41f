"""Links by which a listing is confirmed: each for one, for a time, and once."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from deploy.directory.joining import remove_listing
from deploy.directory.keeping import keep
from deploy.directory.links import LIFETIME, listing_of_link, make_link, use_link
from deploy.directory.oruk import read_oruk
from schemas.identifiers import ProviderId
from tests.support.published_services import as_file, number, published

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
FIRST, SECOND = UUID(number(1)), UUID(number(2))


@pytest.fixture(autouse=True)
def _listings(connection: Connection) -> None:
    """Put two listings into the directory."""
    read = read_oruk(as_file(published(1), published(2)), NOW.date())
    keep(connection, ProviderId("charity-b"), read.listings.values())


def test_a_link_is_for_its_listing_and_is_used_once(connection: Connection) -> None:
    """Another's is not concerned."""
    token, other = (make_link(connection, id_, NOW) for id_ in (FIRST, SECOND))

    assert listing_of_link(connection, token, NOW) == FIRST
    assert use_link(connection, token, NOW) == FIRST
    assert use_link(connection, token, NOW) is None
    assert listing_of_link(connection, token, NOW) is None
    assert listing_of_link(connection, other, NOW) == SECOND


def test_a_link_runs_out(connection: Connection) -> None:
    """From then on it opens nothing, and cannot be used."""
    token = make_link(connection, FIRST, NOW)

    assert listing_of_link(connection, token, NOW + LIFETIME) is None
    assert use_link(connection, token, NOW + LIFETIME) is None
    assert use_link(connection, token, NOW) == FIRST


def test_a_new_link_takes_the_place_of_the_one_before(connection: Connection) -> None:
    """Of two that lie in a mailbox, the newer opens."""
    old, new = (make_link(connection, FIRST, NOW) for _ in range(2))

    assert listing_of_link(connection, old, NOW) is None
    assert listing_of_link(connection, new, NOW) == FIRST


def test_the_database_cannot_make_a_link_out_of_what_it_keeps(connection: Connection) -> None:
    """It has a digest of 256 random bits."""
    token = make_link(connection, FIRST, NOW)

    rows = str(connection.execute(text("SELECT * FROM directory.confirmation_link")).all())

    assert len(token) == 43
    assert token not in rows


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\x00" * 43, "é" * 43])
def test_what_is_no_token_opens_nothing(connection: Connection, token: str) -> None:
    """Whatever it is."""
    make_link(connection, FIRST, NOW)

    assert listing_of_link(connection, token, NOW) is None
    assert use_link(connection, token, NOW) is None


def test_a_link_goes_with_its_listing(connection: Connection) -> None:
    """There is nothing left to confirm."""
    token = make_link(connection, FIRST, NOW)

    remove_listing(connection, FIRST)

    assert listing_of_link(connection, token, NOW) is None
