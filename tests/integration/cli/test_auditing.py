"""`nwd audit --read-models --repair` on a real Kafka, while the filter and the readers run."""

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import create_engine, text

from consent_ledger.filter.store import FencedError
from consumers.tray_reader import read_tray
from deploy.hub import Hub
from deploy.programs.disclosure_log import run_disclosure_log
from deploy.programs.filter import run_filter
from deploy.programs.readers import run_analytics, run_passport
from producers.publisher import connect, let_go
from schemas.codec import decode, encode_fields
from schemas.framing import schema_id_of
from schemas.identifiers import AgreementId, PassportNumber
from schemas.registry import schema_by_id
from schemas.trays import TrayRecord, is_tick, out_tray
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, at_work, wait_until

OUTCOMES = "college-c.outcomes"
PARTITIONS = 4


def again_and_again(hub: Hub, stop: threading.Event) -> None:
    """Run the filter, and start it again when somebody has taken its shard over."""
    while not stop.is_set():
        try:
            run_filter(hub, 0, stop)
        except FencedError:
            stop.wait(0.1)


@pytest.fixture(scope="module")
def watched(bus: Bus) -> Iterator[Bus]:
    """Give the bus with its readers, and a filter that is started again, as `nwd up` does."""
    programs: list[Callable[[Hub, threading.Event], None]] = [
        again_and_again,
        run_disclosure_log,
        partial(run_passport, agreement_id=AgreementId(bus.name("passport.coordination"))),
        partial(run_analytics, agreement_id=AgreementId(bus.name("hub.statistics"))),
    ]
    with at_work(bus, programs):
        yield bus


@pytest.fixture(scope="module")
def number(watched: Bus) -> PassportNumber:
    """Give somebody with three events in every tray."""
    return watched.somebody()


class Forger:
    """Somebody who may write to an out-tray, and had no business to."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.topic = out_tray(AgreementId(bus.name(OUTCOMES)))
        records = read_tray(bus.kafka, self.topic)
        held = {(one.key, one.partition): one for one in records if not is_tick(one.key)}
        self.record: TrayRecord = next(one for one in held.values() if one.value is not None)

    def write(self, **changes: Any) -> None:
        """Write a tray's record again, changed."""
        forged = self.record._replace(**changes)
        producer = connect(self._bus.kafka)
        producer.send(
            self.topic,
            value=forged.value,
            key=forged.key,
            headers=list(forged.headers),
            partition=forged.partition,
        ).get(WAIT_SECONDS)
        let_go(producer)

    def with_header(self, name: str, value: bytes) -> tuple[tuple[str, bytes], ...]:
        """Return the record's headers, one of them another."""
        return tuple((one, value if one == name else was) for one, was in self.record.headers)

    def another_value(self) -> bytes:
        """Return the record's value with more in it than it may show."""
        assert self.record.value is not None
        fields = dict(decode(self.record.value))
        fields["notes"] = {"text": "what nobody may see"}
        return encode_fields(schema_by_id(schema_id_of(self.record.value)), fields)


class Forgery(NamedTuple):
    """What is done to a tray, and what the audit must say of it."""

    do: Callable[[Forger], None]
    kind: str
    what: list[str]


FORGERIES = {
    "a header beside the right value": Forgery(
        lambda forger: forger.write(headers=forger.with_header("basis", b"none")),
        "different",
        ["header basis"],
    ),
    "another value": Forgery(
        lambda forger: forger.write(value=forger.another_value()), "different", ["value"]
    ),
    "a copy in another partition": Forgery(
        lambda forger: forger.write(partition=(forger.record.partition + 1) % PARTITIONS),
        "copy",
        [],
    ),
    "a record of nobody": Forgery(lambda forger: forger.write(key=b"\xffnobody|x"), "surplus", []),
    "a record taken away": Forgery(lambda forger: forger.write(value=None), "missing", []),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_tray_is_named_and_put_right(
    watched: Bus, number: PassportNumber, forgery: Forgery
) -> None:
    """While the filter runs, and the ledger says how many places were put right."""
    assert number
    forgery.do(Forger(watched))

    (found,) = json.loads(watched.nwd("audit", "--json").stdout)["differences"]
    repaired = watched.json("audit", "--repair")
    (entry,) = [one for one in watched.lines("ledger", "show") if one["kind"] == "repaired"][-1:]

    assert (found["place"], found["kind"], found["what"]) == ("tray", forgery.kind, forgery.what)
    assert found["agreement_id"] == watched.name(OUTCOMES)
    assert repaired["differences"] == []
    assert repaired["repaired"]["trays"] == {watched.name(OUTCOMES): 1}
    assert entry["trays"] == {watched.name(OUTCOMES): 1}
    assert watched.json("audit")["differences"] == []
    assert watched.json("ledger", "verify")["is_sound"]


READ_MODELS = {
    "sealed facts changed": "UPDATE passport.event SET sealed = set_byte(sealed, 20, 7)",
    "sealed facts moved": "UPDATE passport.event SET sealed ="
    " (SELECT sealed FROM passport.event ORDER BY event_id LIMIT 1)",
    "facts deleted": "DELETE FROM passport.event",
    "a fact of nobody": "INSERT INTO passport.event"
    " SELECT 'NWD-NOBODY', event_id, sealed FROM passport.event",
    "a figure changed": "UPDATE analytics.fact SET stage = 'forged'",
    "figures deleted": "DELETE FROM analytics.fact",
    "a figure of nobody": "INSERT INTO analytics.fact (participant, event_key, event, stage,"
    " service_id, on_day) SELECT 'PNOBODY', event_key, event, stage, service_id, on_day"
    " FROM analytics.fact",
}


@pytest.mark.parametrize("statement", READ_MODELS.values(), ids=READ_MODELS)
def test_a_forged_read_model_is_named_and_put_right(
    watched: Bus, number: PassportNumber, statement: str
) -> None:
    """Every forged row, by what the pages and the figures would be given."""
    assert watched.json("audit", "--read-models")["differences"] == []
    before = watched.json("passport", "show", number)
    owner = create_engine(watched.settings["NWD_DATABASE_OWNER_URL"])
    with owner.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    owner.dispose()

    told = json.loads(watched.nwd("audit", "--read-models", "--json").stdout)["differences"]
    repaired = watched.json("audit", "--read-models", "--repair")

    assert {one["place"] for one in told} == {"read model"}
    assert repaired["differences"] == []
    assert sum(repaired["repaired"]["read_models"].values()) == len(told) > 0
    assert watched.json("passport", "show", number) == before


def test_a_withdrawal_is_proven_with_both_its_times_and_counted_in_the_tray(
    watched: Bus, tmp_path: Path
) -> None:
    """With the public key alone; the recipient finds as many tombstones as are proven."""
    number = watched.somebody()
    agreement = watched.name("borough-d.support")
    entry = watched.json("consent", "withdraw", number, agreement)["entry"]
    proof, key = tmp_path / "kept.tlog-proof", watched.done("ledger", "key").stdout.strip()
    wanted = ("ledger", "prove", str(entry), "--enforced", "-o", str(proof))
    wait_until(lambda: watched.nwd(*wanted).exit_code == 0, "the enforcement to be entered")
    said = watched.json("ledger", "check", str(proof), "--key", key)
    shown = watched.done("ledger", "check", str(proof), "--key", key).stdout
    counted = watched.json("tray", "check", agreement, str(proof), "--key", key)
    elsewhere = watched.json("tray", "check", watched.name(OUTCOMES), str(proof), "--key", key)
    watched.done("ledger", "prove", str(entry), "-o", str(proof))
    without = watched.nwd("tray", "check", agreement, str(proof), "--key", key)

    assert said["what"] == "enforcement"
    assert said["enforced"][0]["by_agreement"] == {agreement: {"records": 0, "tombstones": 3}}
    assert f"{agreement}: 0 written, 3 retracted" in shown
    assert counted == {"entry": entry, "proven": 3, "in_the_tray": 3, "there_again": 0}
    assert (elsewhere["proven"], elsewhere["in_the_tray"]) == (0, 0)
    assert without.exit_code == 1
    assert "does not say how the entry was carried out" in without.stderr
