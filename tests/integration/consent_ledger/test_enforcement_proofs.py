"""Enforcement in the ledger, and the proofs that are made of it."""

import json
from dataclasses import replace

import pytest

from consent_ledger.ledger.enforcement import enforced
from consent_ledger.rights.enforcement_batches import enter_enforcements
from consent_ledger.rights.enforcement_proof import EnforcementProof, told_to_delete
from consent_ledger.rights.proofs import prove_enforcement, prove_entry
from consent_ledger.transparency.log_proof import LogProof, format_proof, parse_proof, verify_proof
from consent_ledger.transparency.merkle_proofs import ProofError
from consent_ledger.transparency.transparency_log import TransparencyLogError
from consumers.deletions import told_by
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber
from tests.support.bus import Bus
from tests.support.factories import make_events

SUPPORT = AgreementId("borough-d.support")


def enter(bus: Bus) -> int:
    """Enter what was carried out."""
    with bus.ledger.begin() as tx:
        return enter_enforcements(tx)


def withdrawn(bus: Bus, person: PassportNumber) -> LedgerIndex:
    """Let three records be written and retracted, and return the entry that retracted them."""
    bus.grant(person, SUPPORT)
    bus.publish(*make_events(person))
    bus.turn()
    seq = bus.withdraw(person, SUPPORT)
    bus.turn()
    return seq


def proof_of(bus: Bus, seq: LedgerIndex) -> LogProof:
    """Return a proof as it comes out of its file."""
    with bus.engine.connect() as connection:
        return parse_proof(format_proof(prove_enforcement(connection, seq)))


def said_by(bus: Bus, proof: LogProof) -> list[dict[str, object]]:
    """Check a proof with the public key, and return what its enforcements say."""
    found = EnforcementProof.unpack(proof.extra or b"")
    assert found is not None
    checkpoint = verify_proof(proof, found.entry, bus.verifier_key)
    return found.verify(proof.index, checkpoint)


def test_both_times_of_a_withdrawal_and_its_counts_are_proven(bus: Bus) -> None:
    """With the public key alone: recorded, enforced, and what the recipient was told to delete."""
    seq = withdrawn(bus, bus.participant())
    assert enter(bus) > 0
    proof = proof_of(bus, seq)
    found = EnforcementProof.unpack(proof.extra or b"")
    (said,) = said_by(bus, proof)
    with bus.engine.connect() as connection:
        done = enforced(connection, seq)

    assert found is not None
    assert done is not None
    assert json.loads(found.entry)["kind"] == "withdrawn"
    assert said["enforced_at"] == done.enforced_at.isoformat().replace("+00:00", "Z")
    assert said["by_agreement"] == {SUPPORT: {"records": 0, "tombstones": 3}}
    assert told_to_delete([said], SUPPORT) == 3


def test_a_recipient_finds_in_its_tray_what_it_was_told_to_delete(bus: Bus) -> None:
    """By the entry that each tombstone names."""
    person = bus.participant()
    seq = withdrawn(bus, person)
    told = told_by(bus.records(SUPPORT), {seq})
    bus.grant(person, SUPPORT)
    bus.turn()

    assert told == (3, 0)
    assert told_by(bus.records(SUPPORT), {seq}) == (3, 3)
    assert told_by(bus.records(SUPPORT), {seq - 1}) == (0, 0)


def test_a_change_for_several_numbers_is_proven_by_all_its_parts(bus: Bus) -> None:
    """Each part says which change it is a part of."""
    person, other = bus.participant(), bus.participant()
    bus.merge(other, person)
    seq = withdrawn(bus, person)
    enter(bus)
    said = said_by(bus, proof_of(bus, seq))

    assert [one["part_of"] for one in said] == [None, seq]


def test_what_is_not_entered_yet_is_not_proven(bus: Bus) -> None:
    """Nor what asks for nothing, and nor what is not there."""
    seq = withdrawn(bus, bus.participant())
    with bus.engine.connect() as connection:
        for none in (seq, 10**6):
            with pytest.raises(TransparencyLogError):
                prove_enforcement(connection, LedgerIndex(none))
    enter(bus)
    assert enter(bus) == 0
    assert said_by(bus, proof_of(bus, seq))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"tombstones\\":3', '"tombstones\\":4'),
        ('"place":', '"place":1'),
        ('"index":', '"index":1'),
        ('\\"kind\\":\\"enforced\\"', '\\"kind\\":\\"disclosed\\"'),
        ('"path":[', '"path":["AAAA",'),
        ('"enforced":[{', '"enforced":[],"was":[{'),
    ],
)
def test_a_proof_that_was_changed_proves_nothing(bus: Bus, old: str, new: str) -> None:
    """Whatever of it was changed."""
    seq = withdrawn(bus, bus.participant())
    enter(bus)
    proof = proof_of(bus, seq)
    extra = (proof.extra or b"").decode()
    assert old in extra

    with pytest.raises(ProofError):
        said_by(bus, replace(proof, extra=extra.replace(old, new, 1).encode()))


def test_an_enforcement_of_another_entry_proves_nothing(bus: Bus) -> None:
    """It is in the ledger, but not about this."""
    first, second = withdrawn(bus, bus.participant()), withdrawn(bus, bus.participant())
    enter(bus)
    with bus.engine.connect() as connection:
        entry = prove_entry(connection, second)
    other = EnforcementProof.unpack(proof_of(bus, first).extra or b"")
    assert other is not None
    forged = replace(entry, extra=replace(other, entry=entry.extra or b"").pack())

    with pytest.raises(ProofError, match="another entry"):
        said_by(bus, forged)
