"""Users' passwords in files: one each, and two while one is put in the other's place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.home.kafka_users import KafkaUsers
from schemas.kafka_connection import KafkaConnection, SaslMechanism, SecurityProtocol

FIRST, OTHER = SaslMechanism.SCRAM_SHA_512, SaslMechanism.SCRAM_SHA_256


@contextmanager
def two_users() -> Iterator[KafkaUsers]:
    """Give a folder with two users, one of whose names begins as the other's does."""
    with TemporaryDirectory() as folder:
        found = KafkaUsers(Path(folder))
        for name in ("college-c", "college-cc"):
            found.password(name)
        yield found


@pytest.fixture
def users() -> Iterator[KafkaUsers]:
    """Give those users."""
    with two_users() as found:
        yield found


def test_a_second_password_stands_beside_the_first_until_that_is_dropped(
    users: KafkaUsers,
) -> None:
    """They take turns in the two mechanisms, so that Kafka keeps both."""
    before = users.passwords("college-c", FIRST)
    users.add("college-c")
    meanwhile = users.passwords("college-c", FIRST)
    since = users.rotated_since("college-c")
    users.drop_older("college-c")
    after = users.passwords("college-c", FIRST)
    users.add("college-c")

    assert before.keys() == {FIRST}
    assert meanwhile == before | after
    assert since is not None
    assert after.keys() == {OTHER}
    assert users.passwords("college-c", FIRST).keys() == {FIRST, OTHER}
    assert users.passwords("college-c", FIRST)[FIRST] != before[FIRST]
    assert users.rotated_since("college-cc") is None
    assert users.names() == ["college-c", "college-cc"]


def test_the_newest_password_is_the_one_to_come_with() -> None:
    """By its mechanism; where it is taken back, the one before."""
    with two_users() as users:
        kafka = KafkaConnection(
            "nowhere:1",
            SecurityProtocol.SASL_PLAINTEXT,
            user="nwd-broker",
            password_file=users.password_file("college-c"),
        )
        old = users.connection(kafka, "college-c")
        users.add("college-c")
        new = users.connection(kafka, "college-c")
        users.drop_newest("college-c")

        assert (old.mechanism, new.mechanism) == (FIRST, OTHER)
        assert old.password_file != new.password_file
        assert users.connection(kafka, "college-c") == old


def test_who_is_forgotten_has_no_password_and_no_name(users: KafkaUsers) -> None:
    """Nor does a file that a write left behind when it was cut short name anybody."""
    users.add("college-c")
    users.password_file("somebody.new").touch()
    users.forget("college-c")

    assert users.names() == ["college-cc"]
