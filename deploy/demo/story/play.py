"""Plays the story from its first chapter to its closing figures."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from deploy.demo.story.check import check
from deploy.demo.story.choices import ask
from deploy.demo.story.doors import open_doors
from deploy.demo.story.figures import Closing
from deploy.demo.story.folder import demo_folder
from deploy.demo.story.interruption import interrupted_by_signals
from deploy.demo.story.one_participant import follow_rosa
from deploy.demo.story.options import Options
from deploy.demo.story.returns import check_given
from deploy.demo.story.screen import Screen
from deploy.demo.story.stage import Stage
from deploy.demo.story.start import set_stage
from deploy.demo.story.trays import fill_trays
from deploy.demo.story.withdrawal import change_her_mind


class Chapter(NamedTuple):
    """A chapter: its title, and what it does with the stage. `name` is for the closing figures."""

    name: str
    title: str
    play: Callable[[Stage], None]


STORY: Final = (
    Chapter("doors", "People come to the doors, and providers publish what they know", open_doors),
    Chapter("choices", "They say who may see what", ask),
    Chapter("trays", "The out-trays fill, and the passport and the statistics follow", fill_trays),
    Chapter("rosa", "One participant: referred, enrolled, in work", follow_rosa),
    Chapter("withdrawal", "She changes her mind", change_her_mind),
    Chapter("check", "Is it right?", check),
)


def play(
    options: Options,
    screen: Screen,
    *,
    keep: Path | None = None,
    chapters: Sequence[Chapter] = STORY,
) -> Closing:
    """Play the chapters on a bus of their own, and return their closing figures.

    Whatever happens, everything that was started is stopped, and its folder removed unless it is
    `keep`. Raises BusError when something failed, Interrupted when a signal ended the story.
    """
    begun_at = time.perf_counter()
    with interrupted_by_signals() as interruption, ExitStack() as stack:
        if options.ilr is not None:
            check_given(options.ilr, screen)
        folder = stack.enter_context(demo_folder(keep))
        stage = stack.enter_context(set_stage(options, folder, screen, is_kept=keep is not None))
        stack.callback(interruption.hold_off)
        seconds = stage.closing.seconds
        seconds["start"] = time.perf_counter() - begun_at
        screen.took(seconds["start"])
        for number, chapter in enumerate(chapters, start=1):
            screen.chapter(number, chapter.title)
            at = time.perf_counter()
            chapter.play(stage)
            seconds[chapter.name] = time.perf_counter() - at
            screen.took(seconds[chapter.name])
        seconds["all"] = time.perf_counter() - begun_at
    stage.closing.seconds = {name: round(taken, 3) for name, taken in seconds.items()}
    _close(screen, stage.closing)
    return stage.closing


def _close(screen: Screen, closing: Closing) -> None:
    screen.table(
        ("Recipient", "records", "with closed categories", "retracted"),
        (
            (tray.recipient, tray.records, tray.with_closed, tray.retracted)
            for tray in closing.trays
        ),
    )
    screen.say(f"{closing.events:,} events of {closing.participants:,} people.")
    seconds = ((name, f"{taken:.1f}") for name, taken in closing.seconds.items())
    screen.table(("Chapter", "seconds"), seconds)
    for finding in closing.findings:
        screen.warn(finding)
