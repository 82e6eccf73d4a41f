"""The disclosure log in the ledger, and the proofs that are made of it."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.ledger.entries import salted_digests
from consent_ledger.register.passport_numbers import participant_row
from consent_ledger.rights.disclosure_batches import enter_closed_turns, split_hashes
from consent_ledger.rights.disclosure_proof import DisclosureProof
from consent_ledger.rights.proofs import prove_disclosures
from consent_ledger.tables.consent import change
from consent_ledger.tables.delivery import disclosure, disclosure_batch, enforcement, unentered_turn
from consent_ledger.transparency.log_proof import LogProof, format_proof, parse_proof, verify_proof
from consent_ledger.transparency.merkle_proofs import ProofError
from consent_ledger.transparency.transparency_log import head
from schemas.categories import Category
from schemas.events import Event
from schemas.identifiers import AgreementId, PassportNumber, ServiceId
from tests.support.bus import Bus
from tests.support.factories import make_events, make_referral
from tests.support.killing import KilledError, killed_at

SUPPORT = AgreementId("borough-d.support")


def enter(bus: Bus, most: int = 20) -> int:
    """Enter what closed turns disclosed."""
    with bus.ledger.begin() as tx:
        return enter_closed_turns(tx, most)


def proofs(bus: Bus, participant_id: PassportNumber) -> list[LogProof]:
    """Return somebody's proofs as they come out of their files."""
    with bus.engine.connect() as connection:
        found = list(prove_disclosures(connection, participant_id))
    return [parse_proof(format_proof(one)) for one in found]


def check(bus: Bus, proof: LogProof) -> DisclosureProof:
    """Check a proof with the public key, and return what it proves."""
    found = DisclosureProof.unpack(proof.extra or b"")
    assert found is not None
    verify_proof(proof, found.entry, bus.verifier_key)
    found.verify()
    return found


def somebody_with(bus: Bus, *categories: Category) -> tuple[str, list[Event]]:
    """Give somebody of whom three events are in the support tray."""
    person = bus.participant()
    bus.grant(person, SUPPORT, *categories)
    events = make_events(person)
    bus.publish(*events)
    bus.turn()
    return person, events


def test_a_turn_s_disclosures_are_entered_once_by_count_and_root(bus: Bus) -> None:
    """For each agreement; entering again finds nothing to do."""
    person, events = somebody_with(bus)

    entered = enter(bus)
    said = bus.leaf()

    with bus.engine.connect() as connection:
        counts: dict[str, int] = dict(
            connection.execute(
                select(disclosure.c.agreement_id, func.count()).group_by(disclosure.c.agreement_id)
            ).all()
        )
    assert entered == 1
    assert said["kind"] == "disclosed"
    assert said["certain"]
    assert {name: one["count"] for name, one in said["batches"].items()} == counts
    assert counts[SUPPORT] == len(events)
    assert enter(bus) == 0
    assert person not in json.dumps(said)


def test_the_leaves_of_a_batch_stand_in_the_order_of_their_bytes(bus: Bus) -> None:
    """Their places tell nothing of the order in which a turn looked at people and events."""
    people = [bus.participant() for _ in range(3)]
    for person in people:
        bus.grant(person, SUPPORT)
    bus.publish(*(event for person in people for event in make_events(person)))
    bus.turn()
    enter(bus)

    with bus.engine.connect() as connection:
        batches = connection.scalars(select(disclosure_batch.c.hashes)).all()
    leaves = [split_hashes(one) for one in batches]
    assert max(map(len, leaves)) >= 9
    assert leaves == [sorted(one) for one in leaves]


def test_each_disclosure_is_proven_with_the_public_key_and_says_what_was_disclosed(
    bus: Bus,
) -> None:
    """By pseudonym, and by digests that confirm the event to who has the participant's salt."""
    person, events = somebody_with(bus, Category.PARTICIPATION, Category.IDENTITY)
    other, _ = somebody_with(bus)
    bus.withdraw(PassportNumber(person), SUPPORT)
    bus.turn()
    enter(bus)

    found = [check(bus, one).disclosure for one in proofs(bus, PassportNumber(person))]

    said = [json.loads(one) for one in found]
    with bus.engine.connect() as connection:
        row = participant_row(connection, PassportNumber(person))
    assert row is not None
    assert row.salt is not None
    support = [one for one in said if one["agreement"] == SUPPORT]
    sent = [one for one in support if one["categories"]]
    assert {one["event"] for one in sent} == set(
        salted_digests(row.salt, [event.event_id for event in events])
    )
    assert [one["categories"] for one in sent] == [["participation", "identity"]] * 3
    assert [one["digest"] for one in support if not one["categories"]] == [None] * 3
    assert {one["subject"] for one in said} == {str(row.ledger_id)}
    canonical = [json.dumps(one, sort_keys=True, separators=(",", ":")).encode() for one in said]
    assert found == canonical
    assert not any(person.encode() in one or other.encode() in one for one in found)


def test_a_disclosure_that_was_not_made_is_not_proven(bus: Bus) -> None:
    """Nor one of another batch, nor with another entry."""
    person, _ = somebody_with(bus)
    enter(bus)
    proof = proofs(bus, PassportNumber(person))[0]
    good = check(bus, proof)
    said = json.loads(good.disclosure)
    forged = [
        replace(good, disclosure=json.dumps(said | {"categories": ["health"]}).encode()),
        replace(good, disclosure=json.dumps(said | {"turn": said["turn"] + 1}).encode()),
        replace(good, disclosure=json.dumps(said | {"agreement": "no.such"}).encode()),
        replace(good, index=good.index + 1),
        replace(good, hashes=()),
    ]

    for one in forged:
        with pytest.raises(ProofError):
            one.verify()
    entry = json.loads(good.entry)
    entry["batches"][SUPPORT]["count"] += 1
    with pytest.raises(ProofError):
        verify_proof(proof, json.dumps(entry).encode(), bus.verifier_key)


def test_the_filter_does_nothing_because_of_such_an_entry(bus: Bus) -> None:
    """It is not in the feed, nothing is enforced for it, and the trays hold."""
    somebody_with(bus)
    enter(bus)
    with bus.engine.connect() as connection:
        (seq,) = (head(connection).size - 1,)

    report = bus.turn()

    with bus.engine.connect() as connection:
        assert connection.scalar(select(change.c.seq).where(change.c.seq == seq)) is None
        assert connection.scalar(select(enforcement.c.seq).where(enforcement.c.seq == seq)) is None
        assert connection.scalar(select(func.count()).select_from(unentered_turn)) == 0
    assert not report.written
    assert not report.enforced_after
    assert enter(bus) == 0
    bus.assert_holds()


def test_a_turn_is_entered_when_it_is_closed_or_was_cut_short(bus: Bus) -> None:
    """While it is open nobody knows what it will have sent."""
    person = bus.participant()
    bus.grant(person, SUPPORT)
    bus.turn()

    shard = bus.new_shard(killed_at(TurnStep.AFTER_JOURNAL))
    bus.publish(make_referral(ServiceId("borough-d.jobs"), participant_id=person))
    with pytest.raises(KilledError):
        bus.turn(shard)

    while_open = enter(bus)
    bus.turn(bus.new_shard())
    entered = enter(bus)

    with bus.engine.connect() as connection:
        last = head(connection).size - 1
    cut_short, closed = bus.leaf(last - 1), bus.leaf(last)
    assert (while_open, entered) == (0, 2)
    assert [cut_short["certain"], closed["certain"]] == [False, True]
    proven = [json.loads(check(bus, one).entry) for one in proofs(bus, person)]
    assert closed in proven
    assert cut_short in proven


def test_turns_are_entered_some_at_a_time_and_in_order(bus: Bus) -> None:
    """So that a long absence does not make one long transaction."""
    for _ in range(3):
        somebody_with(bus)

    entered = [enter(bus, most=2), enter(bus, most=2)]

    with bus.engine.connect() as connection:
        last = head(connection).size - 1
    turns = [bus.leaf(seq)["turn"] for seq in range(last - 2, last + 1)]
    assert entered == [2, 1]
    assert turns == sorted(turns)


def test_others_are_proven_after_somebody_was_erased(bus: Bus) -> None:
    """Their siblings' hashes are kept; nothing of the person is."""
    person = bus.participant()
    other = bus.participant()
    for one in (person, other):
        bus.grant(one, SUPPORT)
        bus.publish(*make_events(one))
    bus.turn()
    enter(bus)
    before = [check(bus, one).disclosure for one in proofs(bus, other)]
    with bus.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(disclosure.delete().where(disclosure.c.participant_id == person))

    after = [check(bus, one).disclosure for one in proofs(bus, other)]

    with bus.engine.connect() as connection:
        row = participant_row(connection, other)
    assert row is not None
    assert after == before
    assert proofs(bus, person) == []
    assert {json.loads(one)["subject"] for one in after} == {str(row.ledger_id)}
