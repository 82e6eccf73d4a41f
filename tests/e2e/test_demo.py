import shutil
import signal
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from kafka import KafkaProducer
from typer.testing import CliRunner

from deploy.cli.application import app
from deploy.demo.story.folder import demo_folder
from deploy.demo.story.play import STORY, Chapter, play
from deploy.demo.story.stage import Stage
from schemas.identifiers import AgreementId, EventId, new_passport_number
from schemas.trays import out_key, out_tray
from tests.e2e.demo_process import DemoProcess
from tests.support.ilr.returns import FILES, MADE_2025

TRAY = AgreementId("college-c.outcomes")
KEY = out_key(new_passport_number(), EventId("6f1f64c2-1111-4222-8333-444455556666"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder with a short name: a socket's path may not be long."""
    made = Path(tempfile.mkdtemp(prefix="nwd-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_the_demo_tells_its_story_and_finds_nothing_wrong(folder: Path) -> None:
    """It ends with 0, says that nothing differs, and leaves neither process nor folder."""
    demo = DemoProcess(folder)

    assert demo.wait() == 0, demo.told()
    told = " ".join(demo.stdout.read_text("utf-8").split())
    assert [f"{n}. {chapter.title}" in told for n, chapter in enumerate(STORY, 1)] == [True] * 6
    assert "0 differences" in told
    assert "nothing is wrong" in told
    assert "24 of 28 answers are reused, 4 have to be asked" in told
    assert demo.stderr.read_text("utf-8") == ""
    assert demo.left_behind() == []


def test_a_return_that_is_given_takes_the_place_of_the_made_up_one(folder: Path) -> None:
    """A college's own file goes through; who breaks a rule is set aside."""
    demo = DemoProcess(folder, "--ilr", str(FILES / MADE_2025), "--json")

    assert demo.wait() == 0, demo.told()
    story, figures = demo.stderr.read_text("utf-8"), demo.figures()
    assert "13 learners" in story
    assert "Set aside" in story
    assert figures["findings"] == []
    assert figures["audit_differences"] == 0
    assert figures["ledger_is_sound"]
    assert figures["readers_caught_up"]
    assert figures["events"] > figures["audited_events"] > 100
    assert demo.left_behind() == []


def test_a_given_return_that_is_broken_is_told_before_anything_is_started(folder: Path) -> None:
    """Nobody waits for two servers to hear of line 1."""
    broken = folder / "return.xml"
    broken.write_text("<broken", "utf-8")
    demo = DemoProcess(folder, "--ilr", str(broken))

    assert demo.wait() == 1
    assert "line 1: " in demo.stderr.read_text("utf-8")
    assert "Starting" not in demo.told()
    assert demo.left_behind() == []


def test_ctrl_c_ends_the_demo_and_everything_that_it_started(folder: Path) -> None:
    """It stops Kafka, PostgreSQL and the filter, and takes the folder away."""
    demo = DemoProcess(folder)
    demo.wait_for(STORY[0].title)
    demo.send(signal.SIGINT)

    assert demo.wait() == 128 + signal.SIGINT, demo.told()
    assert demo.stderr.read_text("utf-8") == (
        "\nStopping everything that was started ...\nStopped. Nothing is left behind.\n"
    )
    assert demo.left_behind() == []


def test_what_a_killed_demo_leaves_behind_is_swept_by_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be stopped under kill -9, so the next demo stops it."""
    demo = DemoProcess(folder)
    demo.wait_for(STORY[0].title)
    demo.send(signal.SIGKILL)
    demo.wait()
    left_behind = demo.left_behind()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with demo_folder(None):
        pass

    assert left_behind != []
    assert demo.left_behind() == []


def test_a_filter_that_ends_is_told_and_nothing_is_left_behind(folder: Path) -> None:
    """The story cannot go on without its filter."""
    demo = DemoProcess(folder)
    demo.wait_for(STORY[0].title)
    demo.child("filter").kill()

    assert demo.wait() == 1
    assert "Error: The filter ended." in demo.stderr.read_text("utf-8")
    assert demo.left_behind() == []


def _write_behind_the_filters_back(stage: Stage) -> None:
    producer = KafkaProducer(**stage.hub.addresses.kafka.for_client())
    record = next(iter(stage.mirrors[TRAY].held.values()))
    producer.send(out_tray(TRAY), record.value, KEY, list(record.headers)).get(30)
    producer.close(timeout=5)


def test_a_record_that_nobody_may_see_makes_the_demo_fail(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """The audit finds what was written to a tray behind the filter's back, and names its key."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    tampering = Chapter("tampering", "Somebody tampers", _write_behind_the_filters_back)
    chapters = [*STORY[:3], tampering, STORY[-1]]
    monkeypatch.setattr("deploy.demo.story.play.play", partial(play, chapters=chapters))
    result = CliRunner().invoke(app, ["demo", "--participants", "20"])

    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 1
    told = " ".join(result.stdout.split())
    assert "1 difference." in told
    assert f"out.{TRAY} partition " in told
    assert f": surplus {KEY.decode()}" in told
