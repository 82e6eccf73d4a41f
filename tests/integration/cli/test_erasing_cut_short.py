"""`nwd erasure` cut short at each of its steps: the next one goes on, to the certificate."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import create_engine, func, select

from consent_ledger.tables.consent import change
from consent_ledger.tables.rights import erasure_certificate
from deploy.cli import erasure
from deploy.home.suppression_list import SuppressionList
from deploy.operations import erasure as erasing
from deploy.operations import erasure_certificate as certifying
from deploy.programs.erasure_watch import run_erasure_watch
from schemas.identifiers import PassportNumber, ProviderId
from tests.integration.cli.conftest import Bus, wait_until
from tests.integration.cli.cutting import Cut, CutError, cut

UNRECORDED = {
    "before anything": cut(erasing, "_enter_disclosures"),
    "when they are on the suppression list": cut(SuppressionList, "add", after=True),
    "before the entry is committed": cut(erasing, "record_erasure", after=True),
}
UNFINISHED = {
    "when it is recorded": cut(erasing, "wait_until_enforced"),
    "before every shard is past it": cut(erasing, "wait_until_past"),
    "before the dead letters": cut(erasing, "take_away_all_about"),
    "after the dead letters": cut(erasing, "take_away_all_about", after=True),
    "before the rows go": cut(erasing, "finish_erasure"),
    "before it is committed that they are gone": cut(erasing, "owe_certificate", after=True),
    "when the rows are gone": cut(erasure, "certify"),
    "when the trays are read back": cut(certifying, "_tables_in_the_end"),
    "before the certificate is kept": cut(certifying, "keep_certificate"),
    "before that is committed": cut(certifying, "keep_certificate", after=True),
}
FINISHED = {"before the certificate is printed": cut(erasure, "certify", after=True)}


@pytest.fixture(scope="module", autouse=True)
def _audited(running: Bus) -> Iterator[None]:
    """See in the end that the audit holds."""
    yield
    assert running.json("audit")["differences"] == []


@pytest.fixture
def erased_once(running: Bus) -> Iterator[Bus]:
    """Give the bus; then there is one erasure more, and all are certified."""
    before = entries(running)
    yield running
    assert entries(running) == before + 1
    assert owed(running) == 0
    assert all(one["made_at"] for one in running.lines("erasure", "list"))
    assert running.lines("dead-letters") == []


@pytest.mark.parametrize(
    "step", [*UNRECORDED.values(), *UNFINISHED.values()], ids=[*UNRECORDED, *UNFINISHED]
)
def test_cut_short_anywhere_it_goes_on_to_its_certificate(erased_once: Bus, step: Cut) -> None:
    """One that tells everything that one made at once would have told."""
    number = somebody_with_a_letter(erased_once)
    erase_and_cut(erased_once, number, step)

    certificate = erased_once.json("erasure", "start", number, "--yes")

    kept = erased_once.json("erasure", "certificate", str(certificate["ledger_entry"]))
    for one in (certificate, kept):
        assert (one["survivors"], one["retracted"]) == (0, 10)
    assert certificate["compaction"]["awaiting"] >= 20


@pytest.mark.parametrize(
    "step", [UNFINISHED[one] for one in ("when it is recorded", "when the rows are gone")]
)
def test_nobody_has_to_remember_one_that_was_cut_short(erased_once: Bus, step: Cut) -> None:
    """It is listed with what to do, and that needs no passport number."""
    number = somebody_with_a_letter(erased_once)
    erase_and_cut(erased_once, number, step)

    shown = erased_once.done("erasure", "list")
    (entry,) = [
        one["seq"] for one in erased_once.lines("erasure", "list") if one["made_at"] is None
    ]
    refused = erased_once.nwd("erasure", "certificate", str(entry))
    (certificate,) = erased_once.lines("erasure", "resume")

    assert "cut short: none yet" in shown.stdout
    assert "1 erasure cut short, without a certificate: `nwd erasure resume`" in shown.stderr
    assert number not in shown.stdout + shown.stderr
    assert refused.exit_code == 1
    assert (certificate["ledger_entry"], certificate["survivors"]) == (entry, 0)
    assert erased_once.lines("erasure", "resume") == []


def test_one_that_was_cut_short_shows_in_the_metrics(erased_once: Bus) -> None:
    """Until it is gone on with."""
    erase_and_cut(
        erased_once, somebody_with_a_letter(erased_once), UNFINISHED["when the rows are gone"]
    )

    assert unfinished_in_the_metrics(erased_once) == 1
    erased_once.done("erasure", "resume")
    assert unfinished_in_the_metrics(erased_once) == 0


def unfinished_in_the_metrics(bus: Bus) -> float | None:
    """Let the watch over erasures look once, and return what Prometheus sees then."""
    stop = threading.Event()
    with bus.hub() as hub, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stop, "wait", lambda _: stop.set())
        run_erasure_watch(hub, stop)
    return REGISTRY.get_sample_value("nwd_erasures_unfinished")


def test_a_certificate_that_was_kept_and_not_printed_is_still_there(erased_once: Bus) -> None:
    """Under the entry that the list names."""
    number = somebody_with_a_letter(erased_once)
    erase_and_cut(erased_once, number, *FINISHED.values())

    again = erased_once.json("erasure", "start", number, "--yes")
    entry = erased_once.lines("erasure", "list")[-1]["seq"]

    assert (again["ledger_entry"], again["survivors"]) == (None, 0)
    assert erased_once.json("erasure", "certificate", str(entry))["retracted"] == 10


def test_every_number_of_the_person_is_read_back(running: Bus) -> None:
    """By whichever of them it is gone on with, though nothing joins them any more."""
    number, other = running.somebody(), running.somebody()
    running.done("participant", "merge", other, "--into", number)
    with pytest.MonkeyPatch.context() as patch:
        cut(erasure, "certify")(patch)
        with pytest.raises(CutError):
            running.nwd("erasure", "start", number, "--yes")

    certificate = running.json("erasure", "start", other, "--yes")

    assert (certificate["survivors"], certificate["retracted"]) == (0, 20)
    assert all(found == 0 for found in certificate["scanned"]["tables"].values())
    assert certificate["compaction"]["awaiting"] >= 40
    assert owed(running) == 0


def test_what_a_restored_backup_had_is_owed_a_certificate_too(running: Bus) -> None:
    """Erasing again from the list reads nothing back: it says what does."""
    number = running.somebody()
    erase_and_cut(running, number, UNRECORDED["when they are on the suppression list"])

    again = running.done("erasure", "reapply")

    assert again.stdout == "1 participant erased again\n"
    assert "`nwd erasure resume` goes on" in again.stderr
    assert [one["retracted"] for one in running.lines("erasure", "resume")] == [10]


def somebody_with_a_letter(bus: Bus) -> PassportNumber:
    """Return the number of somebody with three events everywhere and a dead letter."""
    number = bus.somebody()
    bus.send(ProviderId("college-c"), f"about {number}".encode())
    wait_until(lambda: bool(bus.lines("dead-letters")), "the dead letter")
    return number


def erase_and_cut(bus: Bus, number: PassportNumber, step: Cut) -> None:
    """Erase somebody by a command that is cut short."""
    with pytest.MonkeyPatch.context() as patch:
        step(patch)
        with pytest.raises(CutError):
            bus.nwd("erasure", "start", number, "--yes")


def entries(bus: Bus) -> int:
    """Return how many erasures were entered."""
    return counted(bus, select(func.count()).where(change.c.kind == "erased"))


def owed(bus: Bus) -> int:
    """Return how many certificates are owed."""
    return counted(bus, select(func.count()).where(erasure_certificate.c.owed_for.is_not(None)))


def counted(bus: Bus, query: Any) -> int:
    """Return what a query counts."""
    engine = create_engine(bus.settings["NWD_DATABASE_URL"])
    with engine.connect() as connection:
        found = connection.scalar(query)
    engine.dispose()
    return int(found)
