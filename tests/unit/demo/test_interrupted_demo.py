"""What the demo says when a signal ends it: whether anything stays on the disk, and where."""

import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.application import app
from deploy.demo.story.interruption import Interrupted


def _interrupted(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Run a demo that a Ctrl-C ends; return what it prints to standard error."""

    def play(*_: object, **__: object) -> None:
        raise Interrupted(signal.SIGINT)

    monkeypatch.setattr("deploy.demo.story.play.play", play)
    result = CliRunner().invoke(app, ["demo", *arguments])
    assert result.exit_code == 128 + signal.SIGINT
    return result.stderr


def test_an_interrupted_demo_names_the_folder_that_it_keeps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With --keep the folder stays, with what was made until then."""
    assert _interrupted(monkeypatch, "--keep", str(tmp_path)).replace("\n", "") == (
        f"Stopped. What was made so far is in {tmp_path}."
    )


def test_an_interrupted_demo_that_keeps_nothing_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without --keep, or before that folder was made, nothing stays."""
    nothing = "Stopped. Nothing is left behind.\n"

    assert _interrupted(monkeypatch) == nothing
    assert _interrupted(monkeypatch, "--keep", str(tmp_path / "new")) == nothing
