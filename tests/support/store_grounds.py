"""What the conformance suites find on either ground: two shards and three people."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import create_engine

from consent_ledger.register.passport_numbers import ParticipantRow
from schemas.identifiers import PassportNumber
from tests.support.bus_settings import PARTITIONS
from tests.support.ground import Ground
from tests.support.memory.ground import MemoryGround
from tests.support.postgres_ground import PostgresGround

T = TypeVar("T")

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHARDS = 2
SALT = bytes(16)
KEY = b"a sealed key"
NUMBERS = (
    PassportNumber("NWD-SAMP-1E00-9"),
    PassportNumber("NWD-SAMP-1E01-B"),
    PassportNumber("NWD-SAMP-2B00-2"),
)


class FailedError(Exception):
    """What makes a transaction fail."""


@contextmanager
def failing(transaction: AbstractContextManager[T]) -> Iterator[T]:
    """Give a transaction whose block does its work and then fails."""
    with suppress(FailedError), transaction as begun:
        yield begun
        raise FailedError


@contextmanager
def memory_ground() -> Iterator[MemoryGround]:
    """Give the database in memory."""
    ground = MemoryGround()
    ground.share_out(PARTITIONS, SHARDS)
    yield ground


@contextmanager
def postgres_ground(url: str) -> Iterator[PostgresGround]:
    """Give a PostgreSQL in which the migrations have run."""
    engine = create_engine(url, hide_parameters=True)
    ground = PostgresGround(engine)
    ground.share_out(PARTITIONS, SHARDS)
    try:
        yield ground
    finally:
        engine.dispose()


def everybody(ground: Ground, partitions: Sequence[int] = (0, 1, 2)) -> tuple[PassportNumber, ...]:
    """Register the sample numbers, on these partitions."""
    for number, partition in zip(NUMBERS, partitions, strict=True):
        ground.add_person(ParticipantRow(number, uuid4(), partition, "active", SALT), KEY)
    return NUMBERS
