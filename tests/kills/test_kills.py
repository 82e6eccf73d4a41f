"""Real kills under load: as many as the profile says, or as `python -m tests.kills.prove` asks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from schemas.identifiers import EventId, PassportNumber, TopicName
from tests.kills.campaign import fight
from tests.kills.closures import Closure, Seen
from tests.plugins.profile import Profile
from tests.plugins.server_folder import run_folder

SEED = 50  # whom it hits is the same each time; at which moment never is
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.timeout(3600)
# kafka-python leaves the socket of a connection that a killed broker broke to the collector
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_whatever_is_killed_nothing_differs_leaks_or_is_lost(
    measured: Callable[[str], None], profile: Profile
) -> None:
    """Ours, Kafka and PostgreSQL, one or two at once, while people publish and change their mind.

    Each part comes back by itself, and says so in sentences.
    """
    said: list[str] = []
    with run_folder() as folder:
        campaign = fight(folder, SEED, profile.kills, said.append)

    for victim, seconds in campaign.report()["recovery"].items():
        measured(f"killed {victim}: {seconds}")
    assert campaign.faults == [], said
    assert campaign.kills == profile.kills
    assert campaign.findings.audits >= max(1, profile.kills // 5)
    assert campaign.findings.closures > 0


@pytest.mark.parametrize(
    ("blocks", "record_blocks", "seconds", "is_leak"),
    [
        pytest.param({"health"}, {"health", "needs"}, +1, True, id="appended after it"),
        pytest.param({"health"}, {"needs"}, +1, False, id="other blocks after it"),
        pytest.param(None, {"needs"}, +1, True, id="any record, where nothing is open"),
        pytest.param({"health"}, {"health"}, -1, True, id="left standing at it"),
        pytest.param({"health"}, {"health"}, +9, False, id="after it was granted again"),
        pytest.param(None, None, +1, False, id="a tombstone"),
    ],
)
def test_the_watcher_knows_a_leak(
    blocks: set[str] | None, record_blocks: set[str] | None, seconds: int, *, is_leak: bool
) -> None:
    """What could not find a leak would prove nothing by finding none."""
    closed, shown = (frozenset(one) if one is not None else None for one in (blocks, record_blocks))
    closure = Closure(
        TopicName("out.x.y"), PassportNumber("p"), closed, NOON, NOON + timedelta(0, 5)
    )
    record = Seen(7, NOON + timedelta(seconds=seconds), EventId("e"), shown)

    assert bool(list(closure.leaks_in([record]))) is is_leak


def test_what_was_retracted_in_time_is_no_leak() -> None:
    """A value that stood before, and is covered by a tombstone at the moment of enforcement."""
    value = Seen(1, NOON - timedelta(seconds=2), EventId("e"), frozenset({"health"}))
    tombstone = Seen(2, NOON - timedelta(seconds=1), EventId("e"), None)

    assert (
        list(
            Closure(TopicName("out.x.y"), PassportNumber("p"), None, NOON).leaks_in(
                [value, tombstone]
            )
        )
        == []
    )
