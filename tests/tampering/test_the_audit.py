"""The audit names what was attacked, and nothing else; with a check left out it does not."""

from typing import NamedTuple

import pytest

from consent_ledger.audit.differences import Difference
from schemas.identifiers import TopicName
from tests.simulation.mutant import Mutant, applied
from tests.tampering import attacks_on_the_journal, attacks_on_trays
from tests.tampering.victim import ATTACKS_ON_A_BUS, SUPPORT, Named, Victim, new_victim

LEAST_CLASSES = 30

MODULES = (attacks_on_trays, attacks_on_the_journal)
"""Imported so that every class is in ATTACKS_ON_A_BUS."""


def attacked(name: str) -> tuple[Victim, Named, list[Difference]]:
    """Attack a bus, and audit it."""
    victim = new_victim()
    wanted = ATTACKS_ON_A_BUS[name](victim)
    return victim, wanted, victim.bus.audit().differences


def test_a_bus_that_nobody_attacked_is_not_accused() -> None:
    """And there was something to be looked at."""
    report = new_victim().bus.audit()

    assert report.differences == []
    assert report.events == 3
    assert report.trays[SUPPORT] == 3
    assert len(ATTACKS_ON_A_BUS) >= LEAST_CLASSES


@pytest.mark.parametrize("name", ATTACKS_ON_A_BUS)
def test_an_attack_is_named_and_the_rest_is_not_accused(name: str) -> None:
    """Once: with the part of the bus that is wrong, and what of it."""
    _, wanted, found = attacked(name)

    assert [(one.place, one.kind, one.what) for one in found] == [wanted]


def test_every_copy_of_a_record_is_named() -> None:
    """Three, in the three partitions where it does not belong."""
    victim = new_victim()
    topic, record = victim.record(SUPPORT)
    for partition in {0, 1, 2, 3} - {record.partition}:
        victim.bus.broker.append(topic, partition, record.key, record.value, record.headers)
    found = victim.bus.audit().differences

    assert [one.kind for one in found] == ["copy"] * 3
    assert {one.partition for one in found} == {0, 1, 2, 3} - {record.partition}
    assert {one.agreement_id for one in found} == {SUPPORT}


def test_a_topic_of_nobody_is_told() -> None:
    """Whoever reads it reads something that nobody decided."""
    victim = new_victim()
    victim.bus.broker.append(TopicName("out.evil.purpose"), 0, b"key", b"value")
    victim.bus.broker.append(TopicName("elsewhere"), 0, b"key", b"value")

    assert victim.bus.audit().unknown_topics == ["out.evil.purpose"]


@pytest.mark.parametrize(
    "name",
    [name for name in ATTACKS_ON_A_BUS if attacked(name)[1].place in ("tray", "disclosures")],
)
def test_what_was_attacked_is_put_right_by_the_filter(name: str) -> None:
    """What may not stand is taken away, the rest decided anew."""
    victim, _, _ = attacked(name)
    places = victim.bus.audit().wrong_places
    victim.bus.shard.take_away([place[:3] for place in places])
    victim.bus.shard.write_anew(
        {(place.event, place.agreement_id) for place in places if place.event is not None}
    )

    assert places
    assert victim.bus.audit().differences == []


class LeftOut(NamedTuple):
    """A check that is left out, and an attack that it is there for."""

    attack: str
    mutant: Mutant


def _left_out(attack: str, function: str, old: str, new: str = "if False:") -> LeftOut:
    module, _, name = function.partition(":")
    return LeftOut(attack, Mutant(attack, f"consent_ledger.audit.{module}", name, old, new))


CHECKS_LEFT_OUT = (
    _left_out("a value that shows more", "trays:_unlike", "if found.digest != content.digest:"),
    _left_out("a header twice", "trays:_unlike", "len(texts_there) != 1", "not texts_there"),
    _left_out("a header added", "trays:_unlike", "may_be is None", "False"),
    _left_out("a basis made up", "trays:_unlike", "texts_there[0] not in may_be", "False"),
    _left_out(
        "a header taken away",
        "trays:_unlike",
        "wanted.keys() | there.keys()",
        "there.keys()",
    ),
    _left_out(
        "a copy in another partition",
        "trays:placed",
        "record.key, record.partition, content",
        "record.key, 0, content",
    ),
    _left_out("a copy in another partition", "trays:compare", "Kind.COPY", "Kind.SURPLUS"),
    _left_out(
        "a copy in another partition", "trays:leave_out_equal", "and key not in elsewhere", ""
    ),
    _left_out(
        "a value that shows more", "trays:leave_out_equal", "== record.content", "is not None"
    ),
    _left_out("a record of nobody", "trays:compare", "home | held.keys()", "home"),
    _left_out("a record taken away", "trays:compare", "home | held.keys()", "held.keys()"),
    _left_out(
        "an event taken out of the journal", "trays:compare", "elif key in unknown:", "elif False:"
    ),
    _left_out(
        "a row of another service",
        "gathering:Gathering._expect",
        "self._cannot_know(person, event.row.event_id)",
        "pass",
    ),
    _left_out(
        "an older ciphertext in the newer row",
        "journal_rows:_value",
        "|{row.revision}|{row.provider_id}|{row.service_id}",
        "",
    ),
    _left_out("a digest changed", "journal_rows:_open", "if row.digest != vault.digest(value):"),
    _left_out(
        "an event taken out of the journal",
        "gathering:Gathering._take_people",
        "sorted(sent)",
        "()",
    ),
    _left_out(
        "a disclosure taken away",
        "gathering:Gathering._told",
        "if sent is None or what:",
        "if what:",
    ),
    _left_out(
        "a disclosure told as retracted",
        "gathering:Gathering._told",
        "if sent.is_tombstone else ()",
        "if False else ()",
    ),
    _left_out(
        "a disclosure decided by nothing",
        "gathering:Gathering._told",
        "() if may_be else",
        "() if True else",
    ),
    _left_out(
        "another entry named",
        "gathering:Gathering._told",
        '("ledgerseq", entries)',
        '("ledgerseq", ())',
    ),
    _left_out(
        "an entry named in a pseudonymous tray",
        "gathering:Gathering._told",
        "terms.brought_by",
        "tuple(str(one).encode() for one in range(1000))",
    ),
    _left_out(
        "another number of the issue",
        "gathering:Gathering._told",
        '(f"{record.event_id}.{sent.issue}".encode(),)',
        "()",
    ),
)


@pytest.mark.parametrize("left_out", CHECKS_LEFT_OUT, ids=lambda one: one.attack.replace(" ", "-"))
def test_a_check_of_the_audit_that_is_left_out_is_noticed(left_out: LeftOut) -> None:
    """The attack that it is there for is not named any more."""
    with applied(left_out.mutant):
        _, wanted, found = attacked(left_out.attack)

    assert [(one.place, one.kind, one.what) for one in found] != [wanted]
