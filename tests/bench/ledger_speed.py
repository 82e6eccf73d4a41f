"""The ledger on PostgreSQL, against bare commits and a bare read of the same bytes, in one run.

Appends: one leaf, one signature and one commit each, with fsync on; and a hundred leaves at a time.
Verification: the log alone, and with every table that is made from its entries. The limits are
absolute; where a bare commit, or a bare read, is too slow for that, they are shares of it. Other
work on the machine shows in all figures but that of processor time.
"""

import json
import os
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Engine, create_engine, select, text

from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.standing_entries import standing_entry
from consent_ledger.journal.sealed_keys import begin_epoch
from consent_ledger.journal.vault import new_salt
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, Subject
from consent_ledger.tables.register import participant
from consent_ledger.tables.transparency_log import entry
from consent_ledger.transparency.log_rows import stream
from consent_ledger.transparency.log_verification import verify
from consent_ledger.transparency.note_keys import SigningKey
from consent_ledger.transparency.transparency_log import append, head
from consent_ledger.verification.ledger_verification import verify_ledger
from deploy.migrations.database import application_engine
from deploy.migrations.migrate import migrate
from schemas.identifiers import AgreementId, PassportNumber
from tests.bench.copied_rows import copy_rows
from tests.bench.prepared_bus import new_passport_numbers
from tests.bench.servers import embedded_postgres
from tests.histories import cast

APPENDS_MIN = 800
APPENDS_RATIO_MIN = 0.4
LEAVES_MIN = 200_000
LEAVES_RATIO_MIN = 0.3
BATCH = 100
AT = datetime(2026, 6, 1, tzinfo=UTC)

FEED = """
INSERT INTO ledger.change (seq, kind, participant_id, partition, agreement_id, recorded_at)
SELECT seq, said ->> 'kind', participant_id, partition, said ->> 'agreement',
    (said ->> 'at')::timestamptz
FROM (SELECT seq, convert_from(leaf, 'UTF8')::jsonb AS said FROM ledger.entry) AS entry
JOIN ledger.participant ON ledger_id = (said ->> 'subject')::uuid
"""
STANDINGS = """
INSERT INTO ledger.standing
    (participant_id, agreement_id, granted, excluded, is_informed, has_objected, seq)
SELECT participant_id, agreement_id, :granted, '{}', false, false, seq
FROM ledger.change WHERE kind = 'given'
"""


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--appends", type=int, default=4_000)
    parser.add_argument("--leaves", type=int, default=200_000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder,
        embedded_postgres(Path(folder)) as postgres,
    ):
        migrate(postgres.owner_url)
        owner = create_engine(postgres.superuser_url)
        engine = application_engine(postgres.url)
        figures = measure(owner, engine, options.appends, options.leaves)
        engine.dispose()
        owner.dispose()
    print(json.dumps(figures, indent=2))
    appends = min(APPENDS_MIN, APPENDS_RATIO_MIN * figures["bare_commits_per_second"])
    leaves = min(LEAVES_MIN, LEAVES_RATIO_MIN * figures["bare_leaves_per_second"])
    held = (
        figures["appends_per_second"] >= appends
        and figures["appends_per_second_in_hundreds"] > figures["appends_per_second"]
        and figures["verified_leaves_per_second"] >= leaves
    )
    return 0 if held else 1


def measure(owner: Engine, engine: Engine, appends: int, leaves: int) -> dict[str, float]:
    """Return the figures."""
    key = SigningKey.generate("bench.example/ledger")
    load = os.getloadavg()[0]
    rows = list(entries_of(leaves // 2))
    one_leaf = rows[-1][1]
    with owner.begin() as connection:
        durable = connection.execute(
            text("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        ).one()
        connection.execute(text("CREATE TABLE bare (seq bigint PRIMARY KEY, leaf bytea)"))
    assert tuple(durable) == ("on", "on")
    fill(owner, key, rows)
    with engine.connect() as connection:
        size = head(connection).size
    verified = bare_read = 0.0
    begin = time.process_time()
    for _ in range(3):
        verified = max(verified, rate(size, lambda: check(engine, key, verify)))
    processor_seconds = (time.process_time() - begin) / 3
    for _ in range(3):
        bare_read = max(bare_read, rate(size, lambda: read(engine)))
    whole = rate(size, lambda: check(engine, key, verify_ledger))
    # in turns, so that whatever else the machine does meets both
    bare = single = 0.0
    turns = 4
    for turn in range(turns):
        bare += commits(owner, turn * appends, appends // turns, one_leaf) / turns
        single += (
            rate(appends // turns, lambda: add(engine, key, [one_leaf], appends // turns)) / turns
        )
    batched = rate(appends * 5, lambda: add(engine, key, [one_leaf] * BATCH, appends * 5 // BATCH))
    return {
        "load_average_before": round(load, 2),
        "bare_commits_per_second": round(bare),
        "appends_per_second": round(single),
        "appends_ratio": round(single / bare, 2),
        "appends_per_second_in_hundreds": round(batched),
        "leaves": size,
        "bare_leaves_per_second": round(bare_read),
        "verified_leaves_per_second": round(verified),
        "verified_leaves_per_processor_second": round(size / processor_seconds),
        "verified_ratio": round(verified / bare_read, 2),
        "verified_leaves_per_second_with_tables": round(whole),
    }


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many a second."""
    begin = time.perf_counter()
    work()
    return count / (time.perf_counter() - begin)


def commits(owner: Engine, first: int, count: int, leaf: bytes) -> float:
    """Return how many bare rows a second are inserted and committed, one by one."""
    insert = text("INSERT INTO bare (seq, leaf) VALUES (:seq, :leaf)")

    def work() -> None:
        with owner.connect() as connection:
            for seq in range(first, first + count):
                connection.execute(insert, {"seq": seq, "leaf": leaf})
                connection.commit()

    return rate(count, work)


def add(engine: Engine, key: SigningKey, leaves: list[bytes], times: int) -> None:
    """Append the leaves so often, each time in a transaction of its own."""
    with engine.connect() as connection:
        for _ in range(times):
            with connection.begin():
                append(connection, leaves, key)


def check(engine: Engine, key: SigningKey, how: Callable[..., object]) -> None:
    """Verify the ledger, which must be sound."""
    with engine.connect() as connection:
        report = how(connection, key.verifier_key)
    assert getattr(report, "faults", None) == (), report


def read(engine: Engine) -> None:
    """Read every leaf and hash it twice: a tree has two hashes for each."""
    wanted = select(entry.c.seq, entry.c.leaf, entry.c.hashes).order_by(entry.c.seq)
    with engine.connect() as connection, stream(connection, wanted) as rows:
        for _, leaf, hashes in rows:
            sha256(leaf).digest()
            sha256(hashes).digest()


def entries_of(people: int) -> Iterator[tuple[NewEntry, bytes, Subject, bytes]]:
    """Register people, and let each give a consent."""
    agreement = cast.agreements(0)[AgreementId("wide.purpose")]
    after = Standing(agreement.consent_mask)
    for at, participant_id in enumerate(new_passport_numbers(people)):
        who = Subject(PassportNumber(participant_id), UUID(int=uuid4().int), at % 4)
        salt = new_salt()
        for new in (
            NewEntry(EntryKind.REGISTERED, who),
            standing_entry(EntryKind.GIVEN, who, salt, agreement, after),
        ):
            yield new, new.leaf(AT), who, salt


def fill(
    owner: Engine, key: SigningKey, rows: list[tuple[NewEntry, bytes, Subject, bytes]]
) -> None:
    """Write the entries, a hundred under a checkpoint, and the tables that are made from them."""
    with owner.begin() as connection:
        for at in range(0, len(rows), BATCH):
            append(connection, [leaf for _, leaf, *_ in rows[at : at + BATCH]], key)
        begin_epoch(connection, bytes(8), datetime.now(UTC))
        copy_rows(
            connection,
            participant,
            ("participant_id", "ledger_id", "salt", "partition", "state", "sealed_key"),
            (
                (who.participant_id, who.ledger_id, salt, who.partition, "active", bytes(68))
                for new, _, who, salt in rows
                if new.kind is EntryKind.REGISTERED
            ),
        )
        granted = int(cast.agreements(0)[AgreementId("wide.purpose")].consent_mask)
        connection.execute(text(FEED))
        connection.execute(text(STANDINGS), {"granted": granted})
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


if __name__ == "__main__":
    raise SystemExit(main())
