from pathlib import Path

from consent_ledger.filter.dead_letters import dead_letter
from consent_ledger.filter.event_log import InRecord
from consent_ledger.filter.intake import Reason, RefusedRecord
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from schemas.identifiers import ProviderId
from schemas.trays import in_tray
from tests.integration.cli.conftest import Bus


def journal_key(bus: Bus) -> Path:
    """Return the file of the journal keys."""
    return Path(bus.settings["NWD_HOME"]) / "secrets" / "journal-key"


def test_a_new_journal_key_opens_what_the_old_one_sealed(bus: Bus) -> None:
    """Also once the old one is destroyed: every participant's key was sealed again."""
    before = bus.participant()
    old = journal_key(bus).read_bytes()

    rotated = bus.json("keys", "rotate")
    between = journal_key(bus).read_bytes()
    during = bus.participant()
    forgotten = bus.json("keys", "forget-old")

    assert rotated["participants"] >= 1
    assert between[32:] == old
    assert forgotten == {"forgotten": 1}
    assert journal_key(bus).read_bytes() == between[:32]
    assert journal_key(bus).stat().st_mode & 0o777 == 0o600
    for number in (before, during):
        assert bus.json("export", number)["registration"]["participant_id"] == number


def test_an_old_key_stays_while_a_dead_letter_needs_it(bus: Bus) -> None:
    """An erasure has to open every letter."""
    refusal = RefusedRecord(
        InRecord(in_tray(ProviderId(bus.name("college-c"))), 0, 0, None, b"?"), Reason.MALFORMED
    )
    with bus.hub() as hub:
        log = KafkaEventLog(hub.addresses.kafka_bootstrap, f"{bus.tag}-letters")
        log.acquire()
        log.append([dead_letter(refusal, hub.vault, hub.clock())])
        log.close()
    bus.done("keys", "rotate")

    refused = bus.nwd("keys", "forget-old")

    assert refused.exit_code == 1
    assert "dead letter is sealed under an older journal key" in refused.stderr
    assert len(journal_key(bus).read_bytes()) == 64
