"""The tree as it is served: enough to check every entry and every earlier checkpoint."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine

from consent_ledger.transparency.checkpoint import open_checkpoint
from consent_ledger.transparency.merkle import leaf_hash, merkle_root
from consent_ledger.transparency.merkle_proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from consent_ledger.transparency.note_keys import SigningKey
from deploy.settings import Settings
from deploy.web.app import create_app
from tests.integration.transparency_log.filled_log import fill

LEAVES = [str(number).encode() for number in range(600)]
BATCHES = [LEAVES[:10], LEAVES[10:]]


@pytest.fixture
def client(engine: Engine, key: SigningKey) -> Iterator[TestClient]:
    """Serve a log of 600 entries: two full tiles and a part of a third, and one above them."""
    fill(engine, key, BATCHES)
    with TestClient(create_app(engine, Settings()), base_url="http://localhost") as client:
        yield client


def tile(client: TestClient, path: str) -> list[bytes]:
    """Return the hashes of a tile that must be there."""
    answer = client.get(f"/ledger/tile/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "immutable" in answer.headers["cache-control"]
    return [answer.content[at : at + 32] for at in range(0, len(answer.content), 32)]


def test_every_entry_and_every_earlier_size_is_proven_from_tiles_alone(
    client: TestClient, key: SigningKey
) -> None:
    """By the proofs that any client computes: no other answer of the bus is needed."""
    note = client.get("/ledger/checkpoint")
    stated = open_checkpoint(note.text, [key.verifier_key])
    below = tile(client, "0/000") + tile(client, "0/001") + tile(client, "0/002.p/88")
    above = tile(client, "1/000.p/2")

    def node(level: int, index: int) -> bytes:
        if level >= 8:
            at = index << (level - 8)
            return merkle_root(above[at : at + (1 << (level - 8))])
        at = index << level
        return merkle_root(below[at : at + (1 << level)])

    for index, leaf in enumerate(LEAVES):
        path = inclusion_proof(node, index, stated.size)
        verify_inclusion(leaf_hash(leaf), index, stated.size, path, stated.root)
    for size in (1, 10, 256, 300, 512, 599):
        root = merkle_root(map(leaf_hash, LEAVES[:size]))
        proof = consistency_proof(node, size, stated.size)
        verify_consistency(size, root, stated.size, stated.root, proof)
    assert stated.size == 600
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert note.headers["cache-control"] == "no-cache"


def test_an_earlier_part_of_a_tile_stays_there(client: TestClient) -> None:
    """Whoever holds an older checkpoint asks for the tile as it was."""
    assert tile(client, "0/000.p/10") == [leaf_hash(leaf) for leaf in LEAVES[:10]]


@pytest.mark.parametrize(
    "path", ["0/002", "0/002.p/89", "0/003.p/1", "1/000", "1/000.p/3", "2/000.p/1", "0/2"]
)
def test_a_tile_that_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    """And no cache keeps that answer: it may be there tomorrow."""
    answer = client.get(f"/ledger/tile/{path}")

    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["entries/000", "entries/x001/000.p/7"])
def test_entries_are_private_and_the_answer_says_so(client: TestClient, path: str) -> None:
    """What an entry says goes to the person it is about."""
    answer = client.get(f"/ledger/tile/{path}")

    assert answer.status_code == 404
    assert "Entries are private" in answer.text


def test_a_log_without_entries_has_no_checkpoint(engine: Engine) -> None:
    """Nothing was signed yet."""
    with TestClient(create_app(engine, Settings()), base_url="http://localhost") as client:
        assert client.get("/ledger/checkpoint").status_code == 404


def test_a_database_that_is_away_is_told_and_the_schemas_are_served_still() -> None:
    """Readers of trays do not wait for the ledger's database."""
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1")
    with TestClient(create_app(nowhere, Settings()), base_url="http://localhost") as client:
        assert client.get("/ledger/checkpoint").status_code == 503
        assert client.get("/subjects").status_code == 200
