"""The key of a provider's door, which leaves the hub in the pepper's stead."""

from pathlib import Path

import pytest

from deploy.home.secret_files import Secrets, create_secrets, load_secrets
from schemas.identifiers import ProviderId


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    """Give the secrets of a new bus."""
    create_secrets(tmp_path)
    return load_secrets(tmp_path, "no-wrong-door.example/ledger")


def test_a_door_has_the_same_key_each_time(secrets: Secrets) -> None:
    """A return that is imported again has the event ids that it had."""
    assert secrets.door_key(ProviderId("college-c")) == secrets.door_key(ProviderId("college-c"))


def test_a_door_cannot_make_the_names_of_another_or_of_the_bus(secrets: Secrets) -> None:
    """Its key is neither the pepper nor what another provider has."""
    keys = {
        secrets.pepper,
        secrets.door_key(ProviderId("college-c")),
        secrets.door_key(ProviderId("charity-b")),
    }

    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}
