"""Lines of events: the good ones are sent, the others refused, and each is accounted for."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from producers.account import Refused
from producers.examples import EXAMPLES
from producers.json_lines import LineAccount, line_of, take_lines
from schemas.errors import BusError, MalformedError
from schemas.events import Event

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
GOOD = line_of(EXAMPLES["referral"]).encode()
WITHOUT_ID = GOOD.replace(b'"event_id": "6f1f0f4e-2f0d-4a55-9d0a-000000000001", ', b"")


def test_wrong_lines_are_refused_by_number_and_the_others_go_through() -> None:
    """Blank lines count as lines, and are neither."""
    sent: list[tuple[int, Event]] = []
    account = LineAccount()
    take_lines(
        [b"{}", b"\n", GOOD, b"[1]", GOOD], lambda *line: sent.append(line), account, lambda: NOW
    )

    assert sent == [(3, EXAMPLES["referral"]), (5, EXAMPLES["referral"])]
    assert account.accepted == 2
    assert account.refused == [
        Refused(line=1, problems=("type: must be one of referral, enrolment, outcome",)),
        Refused(line=4, problems=("it is not a JSON object",)),
    ]


def test_a_refused_line_is_reported_as_it_comes() -> None:
    """A pipe that never ends has its faults shown at once."""
    seen: list[int] = []

    def lines() -> Iterator[bytes]:
        yield b"{"
        assert seen == [1]
        yield GOOD

    account = LineAccount(lambda refused: seen.append(refused.line))
    take_lines(lines(), lambda *_: None, account, lambda: NOW)

    assert seen == [1]


def test_new_event_ids_are_kept_by_line() -> None:
    """Only those of lines without an id, which nobody else knows."""
    sent: list[Event] = []
    account = LineAccount()
    take_lines([GOOD, WITHOUT_ID], lambda _, event: sent.append(event), account, lambda: NOW)

    assert account.assigned == {2: sent[1].event_id}


def test_an_event_that_cannot_be_sent_is_a_refused_line() -> None:
    """It is too large, for instance, and others are not."""

    def send(number: int, _: Event) -> None:
        if number == 1:
            raise MalformedError("The event is too large.")

    account = LineAccount()
    take_lines([WITHOUT_ID, GOOD], send, account, lambda: NOW)

    assert account.refused == [Refused(line=1, problems=("The event is too large.",))]
    assert (account.accepted, account.assigned) == (1, {})


def test_an_error_that_is_not_of_the_line_ends_it_with_the_ids_so_far() -> None:
    """They are needed to send the same events again."""

    def send(number: int, _: Event) -> None:
        if number == 2:
            raise BusError("Kafka is away.")

    account = LineAccount()
    with pytest.raises(BusError, match="Kafka is away"):
        take_lines([WITHOUT_ID, GOOD, b"{"], send, account, lambda: NOW)
    assert list(account.assigned) == [1]
    assert account.refused == []
