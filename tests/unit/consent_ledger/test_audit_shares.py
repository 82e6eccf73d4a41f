"""What shares of an audit have gathered becomes one report."""

from typing import Final

from consent_ledger.audit.auditing import all_that_waits, report_of
from consent_ledger.audit.differences import Difference, DifferenceKind, WrongPart, WrongPlace
from consent_ledger.audit.gathering import Gathered
from consent_ledger.audit.waiting import WaitingPlaces
from schemas.identifiers import AgreementId, EventId, PassportNumber, TopicName

TRAY: Final = AgreementId("borough-d.support")
ANN, BOB = PassportNumber("NWD-ANN"), PassportNumber("NWD-BOB")


def _gathered(*numbers: PassportNumber) -> Gathered:
    """Return what a share has of people, of each of whom a disclosure is missing."""
    gathered = Gathered(frozenset([TRAY]), frozenset(), {TRAY: WaitingPlaces()}, {TRAY: set()})
    for number in numbers:
        key = f"{number}|1"
        gathered.events += 1
        gathered.differences.append(
            Difference(WrongPart.DISCLOSURES, DifferenceKind.MISSING, key, TRAY)
        )
        gathered.wrong.append(WrongPlace(TRAY, 0, key.encode(), (number, EventId("1"))))
    return gathered


def test_differences_and_places_come_in_order_whichever_share_has_them() -> None:
    """By their keys; events and topics of nobody are those of all."""
    topics = [TopicName("out.evil.purpose")]
    report = report_of([_gathered(BOB), _gathered(ANN)], [], [], topics)

    assert report == report_of([_gathered(ANN, BOB)], [], [], topics)
    assert [one.key for one in report.differences] == ["NWD-ANN|1", "NWD-BOB|1"]
    assert [one.event for one in report.wrong_places] == [(ANN, "1"), (BOB, "1")]
    assert report.events == 2
    assert report.unknown_topics == topics


def test_a_person_in_doubt_is_in_doubt_to_all_shares() -> None:
    """Nothing of theirs is put right, whoever has found it."""
    doubting = _gathered()
    doubting.doubtful.add(BOB)
    report = report_of([_gathered(ANN, BOB), doubting], [], [], [])

    assert [one.event for one in report.wrong_places] == [(ANN, "1")]


def test_what_waits_in_any_share_waits_for_all() -> None:
    """What each permits, what each saw, and whose event it is."""
    first, second = WaitingPlaces(), WaitingPlaces()
    first.add(b"ann", 0, [b"value"], (ANN, EventId("1")))
    second.add(b"bob", 1, [b"value"], (BOB, EventId("1")))
    waiting = all_that_waits([{TRAY: first}, {TRAY: second}])[TRAY]
    waiting.see(b"ann", 0, b"value")
    waiting.see(b"bob", 1, b"value")

    assert waiting.events == {b"ann": (ANN, "1"), b"bob": (BOB, "1")}
    assert waiting.seen == {(b"ann", 0): b"value", (b"bob", 1): b"value"}
