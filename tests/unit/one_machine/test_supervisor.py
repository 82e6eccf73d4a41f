from dataclasses import dataclass, field

import pytest
from prometheus_client import REGISTRY

from deploy.one_machine.up.restarts import LONG_ENOUGH_SECONDS, WAITS_SECONDS
from deploy.one_machine.up.supervisor import Watch, watch
from deploy.stop_signals import StopRequest
from schemas.errors import BusError


@dataclass
class FakeChild:
    """A child that runs until a test says otherwise."""

    name: str
    code: int | None = None
    starts: int = 0
    refusals: int = 0
    words: str = "the disk is full"

    def restart(self) -> None:
        """Run again, unless it is to refuse."""
        if self.refusals:
            self.refusals -= 1
            raise BusError("It gave no answer.", "Its whole log is over there.")
        self.starts += 1
        self.code = None

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.code is None

    def exit_code(self) -> int | None:
        """Give the exit code."""
        return self.code

    def last_words(self) -> str:
        """Give what it said."""
        return self.words


@dataclass
class Stage:
    """A watched child, a clock that a test moves, and what was told."""

    child: FakeChild
    now: float = 1000.0
    told: list[str] = field(default_factory=list)
    restarts: int = 0

    def __post_init__(self) -> None:
        self.watch = Watch(
            self.child, self.told.append, on_restart=self.note_restart, clock=lambda: self.now
        )

    def note_restart(self) -> None:
        """Count a restart."""
        self.restarts += 1

    def end(self, code: int) -> None:
        """Let the child end, and let that be seen."""
        self.child.code = code
        self.watch.look()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and look again."""
        self.now += seconds
        self.watch.look()


@pytest.fixture
def stage(unique: str) -> Stage:
    """Give a child that runs."""
    return Stage(FakeChild(unique))


def test_an_end_is_told_with_how_it_came_and_the_last_words(stage: Stage) -> None:
    """Whoever watches knows what ended, how, and what it said."""
    stage.end(-9)
    assert stage.told[-1].startswith(f"{stage.child.name} was ended by SIGKILL")
    assert "the disk is full" in stage.told[-1]

    stage.pass_time(WAITS_SECONDS[0])
    stage.end(3)
    assert stage.told[-1].startswith(f"{stage.child.name} ended with exit code 3")


def test_it_is_started_again_when_its_wait_is_over_and_not_before(stage: Stage) -> None:
    """Each wait in a row is longer than the one before."""
    for place, wait in enumerate(WAITS_SECONDS):
        stage.end(1)
        stage.pass_time(wait * 0.9)
        assert stage.child.starts == place
        assert not stage.watch.is_up

        stage.pass_time(wait * 0.2)
        assert stage.child.starts == stage.restarts == place + 1
        assert stage.watch.is_up


def test_what_ends_again_and_again_is_tried_at_the_longest_wait_for_ever(stage: Stage) -> None:
    """A database that is away for a night is no reason to end the bus."""
    for wait in (*WAITS_SECONDS, *(WAITS_SECONDS[-1:] * 50)):
        stage.end(1)
        stage.pass_time(wait * 0.9)
        assert not stage.watch.is_up
        stage.pass_time(wait * 0.2)
        assert stage.watch.is_up


def test_what_ran_for_long_begins_a_new_row(stage: Stage) -> None:
    """A crash a day is no reason to give anything up."""
    for _ in range(3 * len(WAITS_SECONDS)):
        stage.end(1)
        stage.pass_time(WAITS_SECONDS[0])
        stage.pass_time(LONG_ENOUGH_SECONDS + 1)

    assert stage.child.starts == 3 * len(WAITS_SECONDS)


def test_a_start_that_fails_counts_as_an_end(stage: Stage) -> None:
    """However long a start takes to fail, the next one waits longer; at last it may succeed."""
    stage.child.refusals = len(WAITS_SECONDS)
    stage.end(1)
    for wait in WAITS_SECONDS:
        stage.pass_time(wait * 0.9)
        assert stage.child.refusals == len(WAITS_SECONDS) - WAITS_SECONDS.index(wait)
        stage.pass_time(wait * 0.2)
        assert "did not start" in stage.told[-1]
        assert "It gave no answer." in stage.told[-1]

    stage.pass_time(WAITS_SECONDS[-1])

    assert stage.watch.is_up


def test_metrics_tell_what_runs_and_what_ended(stage: Stage) -> None:
    """Prometheus can alert on either."""
    labels = {"part": stage.child.name}
    assert REGISTRY.get_sample_value("nwd_part_running", labels) == 1

    stage.end(1)
    assert REGISTRY.get_sample_value("nwd_part_running", labels) == 0
    assert REGISTRY.get_sample_value("nwd_children_ended_total", labels) == 1

    stage.pass_time(WAITS_SECONDS[0])
    assert REGISTRY.get_sample_value("nwd_part_running", labels) == 1


def test_parts_wait_until_every_server_is_up(stage: Stage, unique: str) -> None:
    """Without its server a part would only end again."""
    part = Stage(FakeChild(f"{unique}-part"))
    stop = StopRequest()
    part.child.code = 1
    stage.child.code = 1

    def stop_after_first_round() -> float:
        stop.make()
        return stage.now

    stage.watch._clock = stop_after_first_round
    watch([stage.watch], [part.watch], stop, is_up=lambda: False, on_up=stop.make)

    assert not stage.watch.is_up
    assert part.told == []


def test_what_ended_while_a_server_was_away_is_started_as_soon_as_that_is_back(
    stage: Stage, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it had ended before; and its next end is the first of a row."""
    part = Stage(FakeChild(f"{unique}-part"))
    for wait in WAITS_SECONDS[:-1]:
        part.end(1)
        part.pass_time(wait)
    part.end(1)
    stage.child.code = 1
    stop = StopRequest()
    rounds = iter([None, stop.make])

    def sleep(_: float) -> None:
        stage.now += WAITS_SECONDS[0]
        if last := next(rounds):
            last()

    monkeypatch.setattr("deploy.one_machine.up.supervisor.time.sleep", sleep)
    watch([stage.watch], [part.watch], stop, is_up=lambda: False, on_up=stop.make)

    assert stage.watch.is_up
    assert part.watch.is_up
    part.end(1)
    part.pass_time(WAITS_SECONDS[0])
    assert part.watch.is_up


def test_that_all_is_up_is_announced_once_and_not_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs is looked after meanwhile: a part that ends before it answers is started again."""
    stop = StopRequest()
    answers = iter([False, False, True, True, True])
    rounds, announced = [0], list[int]()

    def sleep(_: float) -> None:
        rounds[0] += 1
        stage.now += WAITS_SECONDS[0]
        if rounds[0] == 5:
            stop.make()

    stage.child.code = 1
    monkeypatch.setattr("deploy.one_machine.up.supervisor.time.sleep", sleep)
    watch(
        [],
        [stage.watch],
        stop,
        is_up=lambda: next(answers),
        on_up=lambda: announced.append(rounds[0]),
    )

    assert announced == [2]
    assert stage.watch.is_up
