"""Lines of events: the good ones are published, the others refused, and each is accounted for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from typing_extensions import override

from producers.account import Refused
from producers.examples import EXAMPLES
from producers.hub import EventPublisher
from producers.json_lines import LineAccount, line_of, publish_lines
from schemas.errors import BusError, MalformedError
from schemas.events import Event, Referral

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
GOOD = line_of(EXAMPLES["referral"]).encode()
WITHOUT_ID = GOOD.replace(b'"event_id": "6f1f0f4e-2f0d-4a55-9d0a-000000000001", ', b"")


@dataclass
class Trays(EventPublisher):
    """Keeps events in their order, and refuses what it is told to."""

    events: list[Event | str] = field(default_factory=list)
    error: BusError | None = None

    @override
    def publish(self, event: Event) -> None:
        if self.error:
            raise self.error
        self.events.append(event)

    @override
    def flush(self) -> None:
        self.events.append("flushed")


def test_wrong_lines_are_refused_by_number_and_the_others_go_through() -> None:
    """Blank lines count as lines, and are neither."""
    trays, account = Trays(), LineAccount()
    publish_lines([b"{}", b"\n", GOOD, b"[1]", GOOD], trays, account, lambda: NOW)

    assert trays.events == [EXAMPLES["referral"], EXAMPLES["referral"], "flushed"]
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

    publish_lines(lines(), Trays(), LineAccount(lambda line: seen.append(line.line)), lambda: NOW)

    assert seen == [1]


def test_new_event_ids_are_kept_by_line() -> None:
    """Only of lines without an id, since nobody else knows these ids."""
    trays, account = Trays(), LineAccount()
    publish_lines([GOOD, WITHOUT_ID], trays, account, lambda: NOW)

    second = trays.events[1]
    assert isinstance(second, Referral)
    assert account.assigned == {2: second.event_id}


def test_a_dry_run_checks_the_lines_alone() -> None:
    """Without a publisher there is nothing to send, and nothing to wait for."""
    account = LineAccount()
    publish_lines([GOOD, b"{"], None, account, lambda: NOW)

    assert (account.accepted, [one.line for one in account.refused]) == (1, [2])


def test_an_event_that_is_too_large_is_a_refused_line() -> None:
    """It was not sent; the publisher takes others."""
    account = LineAccount()
    trays = Trays(error=MalformedError("The event is too large."))
    publish_lines([GOOD], trays, account, lambda: NOW)

    assert account.refused == [Refused(line=1, problems=("The event is too large.",))]
    assert (account.accepted, account.assigned) == (0, {})


def test_a_publisher_that_fails_ends_it_with_the_ids_so_far() -> None:
    """They are needed to send the same events again."""
    trays, account = Trays(), LineAccount()

    def lines() -> Iterator[bytes]:
        yield WITHOUT_ID
        trays.error = BusError("Kafka is away.")
        yield GOOD

    with pytest.raises(BusError, match="Kafka is away"):
        publish_lines(lines(), trays, account, lambda: NOW)
    assert list(account.assigned) == [1]
    assert "flushed" not in trays.events
