"""A transparency log of ten entries in five appends, and ways to tamper with it."""

from collections.abc import Sequence

from sqlalchemy import Engine, text

from consent_ledger.tables import transparency_log as tables
from consent_ledger.transparency.log_report import LogPart, LogReport
from consent_ledger.transparency.log_verification import verify
from consent_ledger.transparency.note_keys import SigningKey
from consent_ledger.transparency.transparency_log import append

LEAVES = [str(number).encode() for number in range(10)]
BATCHES = [LEAVES[:1], LEAVES[1:2], LEAVES[2:5], LEAVES[5:6], LEAVES[6:]]
SIZES = [1, 2, 5, 6, 10]  # of the log after each append


def fill(engine: Engine, key: SigningKey, batches: Sequence[Sequence[bytes]]) -> None:
    """Append the batches, each in a transaction of its own."""
    for batch in batches:
        with engine.begin() as connection:
            append(connection, batch, key)


def checked(engine: Engine, key: SigningKey, known_checkpoint: str | None = None) -> LogReport:
    """Verify the log on a connection of its own."""
    with engine.connect() as connection:
        return verify(connection, key.verifier_key, known_checkpoint)


def tamper(engine: Engine, *statements: str) -> None:
    """Change the log as its owner, who can take the triggers off."""
    with engine.begin() as connection:
        for table in (tables.entry, tables.checkpoint, tables.head):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))


def faults(report: LogReport) -> list[tuple[LogPart, int, int]]:
    """Say where the faults lie."""
    return [(fault.part, fault.first, fault.last) for fault in report.faults]
